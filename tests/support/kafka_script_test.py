#!/usr/bin/env python3
"""The parts of scripts/kafka that need no broker: what may be on the class path, and usage."""
import hashlib
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = REPO / "scripts" / "kafka"


def load():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("kafka_script", str(SCRIPT))
    spec = importlib.util.spec_from_loader("kafka_script", loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(*arguments):
    return subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False)


class JarsTest(unittest.TestCase):
    """Only the pinned jars, whole and unchanged, may run."""

    def setUp(self):
        self.script = load()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.jars = pathlib.Path(self.folder.name)
        self.script.SUMS = self.jars / "SHA256SUMS"
        sums = ""
        for name in ("a.jar", "b.jar"):
            (self.jars / name).write_text(name)
            sums += f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n"
        self.script.SUMS.write_text(sums)

    def test_the_pinned_jars_are_fine(self):
        self.assertEqual(self.script.difference_from_pin(self.jars), "")

    def test_a_changed_jar_is_named(self):
        (self.jars / "b.jar").write_text("other")
        self.assertEqual(self.script.difference_from_pin(self.jars),
                         "other content than pinned: b.jar")

    def test_a_missing_jar_is_named(self):
        (self.jars / "a.jar").unlink()
        self.assertEqual(self.script.difference_from_pin(self.jars), "missing a.jar")

    def test_a_jar_that_is_not_pinned_is_named(self):
        (self.jars / "c.jar").write_text("c")
        self.assertEqual(self.script.difference_from_pin(self.jars), "not pinned: c.jar")

    def test_nothing_is_fine_without_the_list(self):
        self.script.SUMS.unlink()
        with self.assertRaises(self.script.Failure):
            self.script.difference_from_pin(self.jars)


class UsageTest(unittest.TestCase):
    def test_every_verb_has_help(self):
        for verb in ("start", "stop", "status", "topics", "fetch"):
            done = run(verb, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn("usage:", done.stdout)

    def test_a_port_out_of_range_is_refused(self):
        done = run("start", "--port", "70000")
        self.assertEqual(done.returncode, 2)
        self.assertIn("not a port", done.stderr)

    def test_status_and_stop_of_a_folder_without_a_broker(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(run("status", "--dir", folder).returncode, 1)
            done = run("stop", "--dir", folder, "--delete")
            self.assertEqual((done.returncode, list(pathlib.Path(folder).iterdir())), (0, []))

    def test_topics_without_a_broker_says_how_to_start_one(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("topics", "--dir", folder)
            self.assertEqual(done.returncode, 69)
            self.assertIn("scripts/kafka start", done.stderr)


if __name__ == "__main__":
    unittest.main()
