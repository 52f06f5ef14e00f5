#!/usr/bin/env python3
"""Shows that scripts/tidy finds each violation, where it is, and nothing in a tree that is fine.

Each test makes a small clean tree in a temporary folder, spoils one thing and looks what is found.
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(REPO / "scripts"))
from tidylib import rules  # noqa: E402 (needs the path above)
from tidylib.tree import Tree  # noqa: E402

HEADER = '#pragma once\n\n#include "lib/base/ids.hpp"\n'
# Split so that scripts/tidy does not find them in this file.
UNFINISHED = "TO" + "DO"
MACHINE_PATH = "/ho" + "me/someone/x"
REGISTRY = "repo1.mav" + "en.org"
SLEEP = "std::this_thread::sleep" + "_for(1s);"

CLEAN = {
    "services/README.md": "x\n",
    "services/lib/base/README.md": "x\n",
    "services/lib/base/CMakeLists.txt": "cw_library(base SOURCES ids.cpp)\n",
    "services/lib/base/ids.hpp": "#pragma once\n\n#include <string>\n",
    "services/lib/base/ids.cpp": '#include "lib/base/ids.hpp"\n',
    "services/lib/domain/README.md": "x\n",
    "services/lib/domain/CMakeLists.txt":
        "cw_library(domain SOURCES card.cpp\n  DEPS cw::base)\n",
    "services/lib/domain/card.hpp": HEADER,
    "services/lib/domain/card.cpp": '#include "lib/domain/card.hpp"\n',
    "services/matcher/README.md": "x\n",
    "services/matcher/CMakeLists.txt": "cw_service(matcher SOURCES step.cpp DEPS cw::domain)\n",
    "services/matcher/main.cpp": '#include "lib/domain/card.hpp"\n',
    "services/matcher/step.cpp":
        "#include <sys/types.h>\n#include <unistd.h>\n\n#include <vector>\n",
    "tests/README.md": "x\n",
    "tests/unit/domain/CMakeLists.txt":
        "cw_test(NAME domain SOURCES card_test.cpp LABELS unit)\n",
    "tests/unit/domain/card_test.cpp": "#include <gtest/gtest.h>\n",
    "scripts/README.md": "x\n",
    "scripts/run": "#!/usr/bin/env bash\nset -euo pipefail\n",
    "scripts/layers.json": (REPO / "scripts" / "layers.json").read_text(),
}


def function_of(lines, head="int count(int x) {", last="}"):
    """A function of that many lines in all."""
    return "\n".join([head] + ["  ++x;"] * (lines - 2) + [last]) + "\n"


def write_tree(root, changes):
    """The clean tree with `changes` (None: the file is left out)."""
    for name, content in {**CLEAN, **changes}.items():
        if content is None:
            continue
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


class TidyTest(unittest.TestCase):
    def expect(self, changes, *wanted):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write_tree(root, changes)
            found = rules.findings(Tree(root))
        self.assertEqual([(one.path, one.line, one.rule) for one in found], sorted(wanted))
        for one in found:
            self.assertTrue(one.what and one.remedy, f"{one} says what to do")

    def run_script(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            write_tree(root, changes)
            return subprocess.run([REPO / "scripts" / "tidy", "--root", root],
                                  capture_output=True, text=True, check=False)

    def test_the_script_prints_place_rule_and_remedy_and_fails(self):
        done = self.run_script({"services/lib/base/ids.hpp": "\n"})
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "services/lib/base/ids.hpp:1: [header-guard] "
                         "no #pragma once. Begin the header with it.\n")

    def test_the_script_succeeds_when_there_is_nothing_to_mend(self):
        self.assertEqual(self.run_script({}).returncode, 0)

    def test_a_clean_tree_has_no_findings(self):
        self.expect({})

    def test_long_line_in_each_language(self):
        for name, mark in (("services/lib/domain/card.cpp", "//"), ("scripts/run", "#"),
                           ("services/lib/base/CMakeLists.txt", "#"), ("scripts/x.py", "#")):
            with self.subTest(name):
                text = CLEAN.get(name, "")
                line = text.count("\n") + 1
                self.expect({name: f"{text}{mark} {'x' * (100 - len(mark) - 1)}\n"})
                self.expect({name: f"{text}{mark} {'x' * (101 - len(mark) - 1)}\n"},
                            (name, line, "line-length"))

    def test_long_file(self):
        name = "services/lib/domain/card.cpp"
        self.expect({name: "//\n" * 500})
        self.expect({name: "//\n" * 501}, (name, 501, "file-length"))

    def test_long_function_in_each_language(self):
        cases = (("services/lib/domain/card.cpp", "int count(int x) {", "}"),
                 ("scripts/run.sh", "count() {", "}"),
                 ("scripts/cmake/x.cmake", "function(count)", "endfunction()"),
                 ("scripts/x.py", "def count(x):", "    return x"))
        for name, head, last in cases:
            with self.subTest(name):
                self.expect({name: function_of(70, head, last).replace("  ++x;", "    x = x")})
                self.expect({name: function_of(71, head, last).replace("  ++x;", "    x = x")},
                            (name, 1, "function-length"))

    def test_long_cpp_functions_of_every_shape(self):
        name = "services/lib/domain/card.cpp"
        heads = ("TEST(Card, IsLong) {", "template <class T>\nint T<T>::count(int x) const {",
                 "Card::Card(int x) : a_{x}, b_(x) {", "bool operator==(int x, int y) {",
                 'void f(std::string s = "{") {', "auto count(int x) -> int {")
        for head in heads:
            with self.subTest(head):
                line = 4
                body = function_of(71 - head.count("\n"), head)
                self.expect({name: f"namespace cw {{\nnamespace {{\n\n{body}\n}}\n}}\n"},
                            (name, line, "function-length"))

    def test_braces_that_are_no_functions(self):
        name = "services/lib/domain/card.cpp"
        table = "const std::map<int, int> kTable{\n" + "    {1, 2},\n" * 80 + "};\n"
        kinds = "enum class Kind {\n" + "  kA,\n" * 80 + "};\n"
        card = "class Card : public Base {\n" + "  int f() { return 1; }\n" * 80 + "};\n"
        text = 'const char* kText = R"x({ " (){)x";\n// void f() {\n#define X() {\n'
        self.expect({name: table + kinds + card + text + "char c = '{'; int n = 1'000;\n"})

    def test_include_of_a_higher_layer(self):
        name = "services/lib/base/ids.hpp"
        self.expect({name: '#pragma once\n#include "lib/domain/card.hpp"\n'}, (name, 2, "layer"))

    def test_dependency_on_a_higher_layer(self):
        name = "services/lib/base/CMakeLists.txt"
        self.expect({name: "cw_library(base SOURCES ids.cpp DEPS cw::domain)\n"},
                    (name, 1, "layer"))

    def test_service_that_uses_another_service(self):
        name = "services/matcher/step.cpp"
        self.expect({name: '#include "desk/routes.hpp"\n'}, (name, 1, "layer"))
        name = "services/matcher/CMakeLists.txt"
        self.expect({name: "cw_service(matcher SOURCES step.cpp\n DEPS cw::base cw::desk)\n"},
                    (name, 1, "layer"))

    def test_library_that_uses_a_service(self):
        name = "services/lib/domain/card.cpp"
        self.expect({name: '#include "matcher/step.hpp"\n'}, (name, 1, "layer"))

    def test_kafka_in_the_logic_of_the_matcher(self):
        listed = "cw_service(matcher SOURCES step.cpp kafka_step.cpp)\n"
        include = '#include "lib/kafka/record.hpp"\n'
        self.expect({"services/matcher/CMakeLists.txt": listed,
                     "services/matcher/kafka_step.cpp": include,
                     "services/matcher/step.cpp": include},
                    ("services/matcher/step.cpp", 1, "layer"))

    def test_library_without_a_place_in_the_layers(self):
        name = "services/lib/common/CMakeLists.txt"
        self.expect({name: "cw_library(common SOURCES a.cpp)\n",
                     "services/lib/common/a.cpp": "\n", "services/lib/common/README.md": "x\n"},
                    (name, 1, "layer"))

    def test_layer_rule_that_is_gone(self):
        self.expect({"scripts/layers.json": None}, ("scripts/layers.json", 1, "layer"))

    def test_third_party_library_outside_its_place(self):
        name = "services/lib/domain/card.cpp"
        for header in ("librdkafka/rdkafka.h", "boost/beast/http.hpp", "boost/asio/ssl.hpp",
                       "rapidjson/document.h", "prometheus/counter.h", "openssl/evp.h",
                       "yaml-cpp/yaml.h", "spdlog/spdlog.h", "date/tz.h", "CLI/CLI.hpp"):
            with self.subTest(header):
                self.expect({name: f"#include <{header}>\n"}, (name, 1, "third-party"))

    def test_third_party_library_nobody_decided_on(self):
        name = "services/lib/domain/card.cpp"
        self.expect({name: "#include <absl/strings/cord.h>\n"}, (name, 1, "third-party"))

    def test_third_party_target_outside_its_place(self):
        name = "services/lib/domain/CMakeLists.txt"
        self.expect({name: "cw_library(domain SOURCES card.cpp SYSTEM_DEPS OpenSSL::Crypto)\n"},
                    (name, 1, "third-party"))

    def test_services_may_use_timers_but_not_beast(self):
        name = "services/matcher/step.cpp"
        self.expect({name: "#include <boost/asio/steady_timer.hpp>\n"})
        self.expect({name: "#include <boost/beast/core.hpp>\n"}, (name, 1, "third-party"))

    def test_source_that_no_list_names(self):
        name = "services/lib/domain/forgotten.cpp"
        self.expect({name: "\n"}, (name, 1, "dead-file"))
        name = "tests/unit/domain/forgotten_test.cpp"
        self.expect({name: "\n"}, (name, 1, "dead-file"))

    def test_source_named_by_the_list_of_a_folder_above(self):
        self.expect({"tests/unit/domain/deep/more_test.cpp": "\n",
                     "tests/unit/domain/CMakeLists.txt":
                         "cw_test(NAME domain SOURCES card_test.cpp deep/more_test.cpp)\n"})

    def test_header_that_nobody_includes(self):
        name = "services/lib/domain/forgotten.hpp"
        self.expect({name: "#pragma once\n"}, (name, 1, "dead-file"))

    def test_headers_of_a_test_folder_are_included_by_either_path(self):
        self.expect({"tests/unit/domain/near.hpp": "#pragma once\n",
                     "tests/unit/domain/far.hpp": "#pragma once\n",
                     "tests/unit/domain/card_test.cpp":
                         '#include "near.hpp"\n#include "unit/domain/far.hpp"\n'})

    def test_header_without_guard(self):
        name = "services/lib/base/ids.hpp"
        self.expect({name: "\n"}, (name, 1, "header-guard"))

    def test_folder_without_readme(self):
        for folder in ("services/lib/domain", "services/matcher", "tests", "scripts"):
            with self.subTest(folder):
                self.expect({f"{folder}/README.md": None}, (f"{folder}/README.md", 1, "readme"))

    def test_mark_of_unfinished_work(self):
        name = "services/lib/domain/card.cpp"
        self.expect({name: f"// {UNFINISHED}: later\n"}, (name, 1, "unfinished"))
        self.expect({name: f"// {UNFINISHED}(until Debian has a newer Boost): text\n"})

    def test_path_of_one_machine(self):
        for name in ("services/lib/domain/card.cpp", "services/README.md"):
            with self.subTest(name):
                self.expect({name: f"// {MACHINE_PATH}\n"}, (name, 1, "machine-path"))

    def test_name_of_a_package_registry(self):
        self.expect({"services/README.md": f"see {REGISTRY}\n"},
                    ("services/README.md", 1, "registry-host"))

    def test_sleep_in_a_test(self):
        name = "tests/unit/domain/card_test.cpp"
        self.expect({name: f"{SLEEP}\n"}, (name, 1, "sleep"))

    def test_white_space(self):
        name = "services/lib/domain/card.cpp"
        self.expect({name: "int x; \n\tint y;\nint z;"}, (name, 1, "white-space"),
                    (name, 2, "white-space"), (name, 3, "white-space"))

    def test_binary_files_are_left_alone(self):
        self.expect({"tests/data.bin": b"\xff\xfe\x00"})

    def test_listed_exception_and_one_no_longer_needed(self):
        name = "services/lib/domain/card.cpp"
        listed = ('{"exceptions": [\n{"file": "services/lib/domain/card.cpp", '
                  '"rule": "function-length", "about": "count", "reason": "a table"}]}\n')
        exceptions = {"scripts/tidy-exceptions.json": listed}
        self.expect({name: function_of(71), **exceptions})
        self.expect(exceptions, ("scripts/tidy-exceptions.json", 2, "exception"))


if __name__ == "__main__":
    unittest.main()
