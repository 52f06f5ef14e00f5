#!/usr/bin/env python3
"""scripts/make-test-keys writes what the services read, and never overwrites a key."""
import base64
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
SCRIPT = REPO / "scripts" / "make-test-keys"


def run(folder, *arguments):
    return subprocess.run([SCRIPT, folder, *arguments], capture_output=True, text=True, check=False)


def public_der(key):
    command = ["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class MakeTestKeysTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.dir = pathlib.Path(folder.name)

    def read(self, name):
        return (self.dir / name).read_text()

    def test_the_keys_of_the_services(self):
        self.assertEqual(run(self.dir).returncode, 0)
        self.assertRegex(self.read("match.key"), r"^[0-9a-f]{64}\n$")
        self.assertIn("BEGIN PRIVATE KEY", self.read("vault.key"))
        self.assertIn("BEGIN PUBLIC KEY", self.read("vault.pub"))

    def test_an_issuers_jwk_is_the_public_half_of_its_key(self):
        run(self.dir, "--issuer", "ec")
        run(self.dir, "--issuer", "rsa", "--issuer-key", "rsa")
        jwk = json.loads(self.read("issuers/ec.jwk"))
        self.assertEqual((jwk["kty"], jwk["crv"], jwk["alg"]), ("EC", "P-256", "ECDH-ES"))
        point = decode(jwk["x"]) + decode(jwk["y"])
        self.assertTrue(public_der(self.dir / "issuers/ec.key").endswith(b"\x04" + point))
        jwk = json.loads(self.read("issuers/rsa.jwk"))
        self.assertEqual((jwk["kty"], jwk["alg"], jwk["e"]), ("RSA", "RSA-OAEP-256", "AQAB"))
        self.assertEqual(len(decode(jwk["n"])), 384)
        self.assertIn(decode(jwk["n"]), public_der(self.dir / "issuers/rsa.key"))
        self.assertFalse({"d", "p", "q"} & jwk.keys(), "nothing private")

    def test_a_signing_secret_has_the_standard_form(self):
        run(self.dir, "--issuer", "a")
        match = re.fullmatch(r"whsec_(\S+)\n", self.read("secrets/a"))
        self.assertEqual(len(base64.b64decode(match.group(1))), 32)

    def test_private_files_are_readable_by_their_owner_only(self):
        run(self.dir, "--issuer", "a")
        for name in ("match.key", "vault.key", "issuers/a.key", "secrets/a"):
            self.assertEqual((self.dir / name).stat().st_mode & 0o777, 0o600, name)

    def test_a_second_run_adds_and_changes_nothing(self):
        run(self.dir, "--issuer", "a")
        before = {path: path.read_bytes() for path in self.dir.rglob("*") if path.is_file()}
        self.assertEqual(run(self.dir, "--issuer", "a", "--issuer", "b").returncode, 0)
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        self.assertTrue((self.dir / "secrets/b").exists())

    def test_an_issuer_id_that_is_a_path_is_refused(self):
        self.assertNotEqual(run(self.dir, "--issuer", "../a").returncode, 0)


if __name__ == "__main__":
    unittest.main()
