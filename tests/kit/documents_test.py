"""The kit's documents are valid, their examples are, and they say what the services have."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import jsonschema
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KIT = ROOT / "deploy" / "issuer-kit"
OPENAPI, ASYNCAPI = KIT / "openapi.yaml", KIT / "asyncapi.yaml"
# The published schemas of AsyncAPI, and what the package is known to hold.
SPECS = ("@asyncapi/specs@6.11.1",
         "sha512-A3WBLqAKGoJ2+6FWFtpjBlCQ1oFCcs4GxF7zsIGvNqp/klGUHjlA3aAcZ9XMMpLGE8zPeYDz2x9FmO6D"
         "SuKraQ==")
SAMPLE_LINES_MAX = 200


def load(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def registry():
    """Finds files by their file: address, as draft 4 if they are of schemas/."""

    def retrieve(uri):
        path = pathlib.Path(uri.removeprefix("file://"))
        kind = DRAFT4 if path.suffix == ".json" else DRAFT202012
        contents = load(path)
        contents.pop("id", None)  # Relative references are meant from the file's own place.
        return Resource(contents=contents, specification=kind)

    return Registry(retrieve=retrieve)


def errors(schema, value, base):
    """What is wrong with `value`, by a schema (or a reference to one) that stands in `base`."""
    wanted = {"$ref": f"{base.as_uri()}{schema}"} if isinstance(schema, str) else schema
    validator = jsonschema.Draft202012Validator
    if isinstance(schema, str) and ".json" in schema:
        validator = jsonschema.Draft4Validator
        wanted = {"$ref": (base.parent / schema).resolve().as_uri()}
    return [error.message for error in validator(wanted, registry=registry()).iter_errors(value)]


def walk(node, path=()):
    if isinstance(node, dict):
        yield path, node
        for name, child in node.items():
            yield from walk(child, (*path, name))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from walk(child, (*path, index))


def routes_of(folder):
    """(method, path) of every route that a service adds below /v1/feed/."""
    found = set()
    for path in folder.rglob("*.cpp"):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r'"(GET|POST|PUT|DELETE)",\s*"(/v1/feed/[^"]*)"', text))
    return found


def statuses_of_codes():
    """Errc::kX -> HTTP status, as lib/http has it."""
    text = (ROOT / "services/lib/http/problem.cpp").read_text(encoding="utf-8")
    found, waiting = {}, []
    for code, status in re.findall(r"case (Errc::k\w+):|return (\d+);", text):
        if code:
            waiting.append(code)
        else:
            found.update(dict.fromkeys(waiting, status))
            waiting = []
    return found


class OpenApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = load(OPENAPI)

    def test_it_is_valid(self):
        found = OpenAPIV31SpecValidator(self.document, base_uri=OPENAPI.as_uri()).iter_errors()
        self.assertEqual([error.message for error in found], [])

    def test_its_examples_are_valid(self):
        checked = 0
        for path, node in walk(self.document):
            if "schema" not in node or "examples" not in node:
                continue
            schema = node["schema"]
            for name, example in node["examples"].items():
                wanted = schema.get("$ref", schema)
                with self.subTest(path=path, name=name):
                    self.assertEqual(errors(wanted, example["value"], OPENAPI), [])
                checked += 1
        self.assertGreater(checked, 4)

    def test_its_paths_are_the_routes_of_the_notifier(self):
        told = {(method.upper(), path) for path, methods in self.document["paths"].items()
                for method in methods}
        self.assertEqual(told, routes_of(ROOT / "services" / "notifier"))

    def test_its_parameters_are_read_by_the_notifier(self):
        text = "".join(path.read_text(encoding="utf-8")
                       for path in (ROOT / "services" / "notifier").rglob("*.cpp"))
        for path, methods in self.document["paths"].items():
            for method in methods.values():
                for parameter in method.get("parameters", []):
                    self.assertIn(f'"{parameter["name"]}"', text, path)


    def test_its_statuses_are_those_of_the_codes_that_the_notifier_answers_with(self):
        folder = ROOT / "services" / "notifier" / "pull"
        codes = set(re.findall(r"Errc::k\w+", "".join(
            path.read_text(encoding="utf-8") for path in folder.iterdir())))
        codes -= {"Errc::kNotFound"}  # Of a data key: waited for, and told to nobody.
        # What the listener answers before a route is reached.
        codes |= {"Errc::kForbidden", "Errc::kBodyTooLarge", "Errc::kJsonSyntax",
                  "Errc::kSchemaViolation", "Errc::kFeedNotHere", "Errc::kAckBackwards"}
        known = statuses_of_codes()
        told = {status for methods in self.document["paths"].values()
                for method in methods.values() for status in method["responses"]
                if int(status) >= 400}
        self.assertEqual(told, {known[code] for code in codes} - {"500"})


class AsyncApiTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = load(ASYNCAPI)

    def test_it_is_valid_by_the_published_schema(self):
        if not shutil.which("npm"):
            self.skipTest("npm is not installed, so the published schema cannot be fetched")
        done = subprocess.run([ROOT / "scripts/test-tools", "npm", *SPECS], check=True,
                              stdout=subprocess.PIPE, text=True)
        schema = json.loads(
            (pathlib.Path(done.stdout.strip()) / "schemas" / "3.0.0.json").read_text())
        validator = jsonschema.Draft7Validator(schema)
        found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                 for error in validator.iter_errors(self.document)]
        self.assertEqual(found, [])

    def test_its_references_lead_somewhere(self):
        for path, node in walk(self.document):
            reference = node.get("$ref")
            if reference is None:
                continue
            with self.subTest(path=path):
                if not reference.startswith("#/"):
                    self.assertTrue((KIT / reference).resolve().is_file(), reference)
                    continue
                place = self.document
                for part in reference[2:].split("/"):
                    place = place[part]

    def test_its_examples_are_valid(self):
        schemas = self.document["components"]["schemas"]
        for name, message in self.document["components"]["messages"].items():
            kind = message["payload"]["$ref"].rsplit("/", 1)[1]
            wanted = schemas[kind]["schema"]["$ref"]
            for example in message["examples"]:
                with self.subTest(message=name, example=example["name"]):
                    self.assertEqual(errors(wanted, example["payload"], ASYNCAPI), [])


class ProtocolTest(unittest.TestCase):
    def test_its_vector_is_what_the_script_computes(self):
        done = subprocess.run([sys.executable, KIT / "vector" / "make.py", "--check"],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_batch_of_its_vector_keeps_to_the_schema(self):
        vector = json.loads((KIT / "vector" / "vector.json").read_text())
        batch = json.loads(vector["outputs"]["batch"])
        self.assertEqual(errors("../../schemas/feed-batch/v1.json", batch, OPENAPI), [])

    def test_a_batch_that_does_not_keep_to_the_schema_is_found(self):
        vector = json.loads((KIT / "vector" / "vector.json").read_text())
        batch = json.loads(vector["outputs"]["batch"])
        batch["entries"][0]["op"] = "DELETE"
        self.assertNotEqual(errors("../../schemas/feed-batch/v1.json", batch, OPENAPI), [])

    def test_its_examples_of_whole_batches_and_answers_keep_to_the_schemas(self):
        text = (KIT / "PROTOCOL.md").read_text(encoding="utf-8")
        wanted = {"feed": "feed-batch", "pan": "feed-entry", "applied_through": "feed-answer"}
        seen = set()
        for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
            if "..." in block:
                continue
            value = json.loads(block)
            for member, schema in wanted.items():
                if member in value:
                    # The envelope is shown without its entries.
                    if schema == "feed-batch":
                        value["count"] = len(value["entries"])
                    found = errors(f"../../schemas/{schema}/v1.json", value, OPENAPI)
                    self.assertEqual(found, [], block)
                    seen.add(schema)
        self.assertEqual(seen, set(wanted.values()))

    def test_the_codes_that_the_documents_name_exist(self):
        known = set(re.findall(r'return "([A-Z_]+)";', (
            ROOT / "services/lib/base/errc.cpp").read_text(encoding="utf-8")))
        text = "".join((KIT / name).read_text(encoding="utf-8")
                       for name in ("PROTOCOL.md", "openapi.yaml"))
        told = set(re.findall(r"\b(?:EPOCH|ACK|STATE|FEED)_[A-Z_]+\b", text))
        self.assertEqual(told - known, set())


class SampleTest(unittest.TestCase):
    def test_samples_are_short(self):
        for path in (KIT / "python/receiver.py",
                     KIT / "java/src/main/java/cardwatch/kit/Receiver.java"):
            lines = path.read_text(encoding="utf-8").splitlines()
            self.assertLessEqual(len(lines), SAMPLE_LINES_MAX, path.name)


if __name__ == "__main__":
    sys.exit(unittest.main())
