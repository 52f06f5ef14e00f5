"""Receivers of the feed, each started as an issuer would: own folder, keys, certificate."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from cryptography.fernet import Fernet
from jwcrypto import jwk

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(os.environ.get("CARDWATCH_BIN_DIR", ROOT / "build" / "dev" / "bin"))
KIT = ROOT / "deploy" / "issuer-kit"
ISSUER = "card-a"
PATH = f"/feeds/{ISSUER}"
PASSWORD = "changeit"
START_SECONDS = 60


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}: "
                             f"{done.stdout}{done.stderr}")
    return done.stdout


class Place:
    """A folder with certificates of both sides and the issuer's keys. Use as a context."""

    def __init__(self, key_kind="ec"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cardwatch-kit-"))
        self.pki, self.keys = self.folder / "pki", self.folder / "keys"
        run(ROOT / "scripts/make-test-ca", self.pki, "--server", "receiver", "--client", "notifier",
            "--client", "somebody", "--stranger", "stranger")
        run(ROOT / "scripts/make-test-keys", self.keys, "--issuer", ISSUER,
            "--issuer-key", key_kind)
        self.private_key = self.keys / "issuers" / f"{ISSUER}.key"
        self.public_key = self.keys / "issuers" / f"{ISSUER}.jwk"
        self.secret = self.keys / "secrets" / ISSUER

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


class Started:
    """A receiver as a process. Use as a context; `port` is where it listens."""

    def __init__(self, place, command, find_port):
        self.place, self.command, self.find_port = place, [str(part) for part in command], find_port
        self.log = place.folder / "receiver.log"
        self.process, self.port = None, None

    def __enter__(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT)
        self.port = self.until(self.find_port, "it listens")
        return self

    def until(self, find, what):
        """What `find(self)` gives, as soon as that is something. A receiver that ends is killed."""
        deadline = time.monotonic() + START_SECONDS
        while not (found := find(self)):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"not within {START_SECONDS} s: {what}: "
                                     f"{self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return found

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def url(self):
        return f"https://localhost:{self.port}{PATH}"


def told_port(started):
    """The last that the receiver printed, so that a second start is not mistaken for the first."""
    found = re.findall(r"listening on port (\d+)", started.log.read_text())
    return int(found[-1]) if found else None


def sample_config(place, **more):
    store_key = place.folder / "store.key"
    if not store_key.exists():
        store_key.write_bytes(Fernet.generate_key())
    config = {
        "address": "127.0.0.1", "port": 0, "path": PATH, "url": f"https://localhost{PATH}",
        "certificate": str(place.pki / "receiver.pem"), "key": str(place.pki / "receiver.key"),
        "ca": str(place.pki / "ca.pem"), "senders": ["notifier"], "issuer": ISSUER,
        "encryption_keys": [str(place.private_key)], "signing_secrets": [str(place.secret)],
        "store_key": str(store_key), "database": str(place.folder / "cards.db"), **more,
    }
    return place.write("receiver.json", json.dumps(config))


def python_receiver(place, **more):
    command = [sys.executable, KIT / "python" / "receiver.py", sample_config(place, **more)]
    return Started(place, command, told_port)


def broken_receiver(place, flaw):
    program = pathlib.Path(__file__).resolve().parent / "broken_receiver.py"
    return Started(place, [sys.executable, program, flaw, sample_config(place)], told_port)


def java_receiver(place):
    jars = run(ROOT / "scripts/test-tools", "maven", KIT / "java").strip()
    store, trust = place.folder / "receiver.p12", place.folder / "trust.p12"
    if not store.exists():
        run("openssl", "pkcs12", "-export", "-in", place.pki / "receiver.pem", "-inkey",
            place.pki / "receiver.key", "-out", store, "-passout", f"pass:{PASSWORD}")
        run("keytool", "-importcert", "-noprompt", "-alias", "ca", "-file", place.pki / "ca.pem",
            "-keystore", trust, "-storetype", "PKCS12", "-storepass", PASSWORD)
    key = jwk.JWK.from_pem(place.private_key.read_bytes())
    private = {**key.export(as_dict=True),
               "kid": json.loads(place.public_key.read_text())["kid"]}
    config = place.write("receiver.properties", "\n".join([
        "port=0", f"path={PATH}", f"issuer={ISSUER}", "senders=CN=notifier,O=cardwatch test",
        f"encryption_keys={place.write('keys.jwks', json.dumps({'keys': [private]}))}",
        f"signing_secrets={place.secret}", f"journal={place.folder / 'journal'}", ""]))
    command = ["java", "-Xmx256m", f"-Djavax.net.ssl.keyStore={store}",
               f"-Djavax.net.ssl.keyStorePassword={PASSWORD}",
               f"-Djavax.net.ssl.trustStore={trust}",
               f"-Djavax.net.ssl.trustStorePassword={PASSWORD}",
               "-cp", f"{jars}/*", "cardwatch.kit.Receiver", config]
    return Started(place, command, told_port)


def message_key(place, algorithm="ed25519"):
    """(private, public) PEM files of a key for HTTP message signatures."""
    private, public = place.keys / "signing.pem", place.keys / "signing.pub"
    parameters = ["-pkeyopt", "ec_paramgen_curve:P-256"] if algorithm == "EC" else []
    run("openssl", "genpkey", "-algorithm", algorithm, *parameters, "-out", private)
    run("openssl", "pkey", "-in", private, "-pubout", "-out", public)
    return private, public


def reference_receiver(place, journal=None, **more):
    ports = place.folder / "ports.json"
    ports.unlink(missing_ok=True)
    config = {
        "listen": {"address": "127.0.0.1", "port": 0},
        "admin": {"address": "127.0.0.1", "port": 0},
        "tls": {"certificate": str(place.pki / "receiver.pem"),
                "key": str(place.pki / "receiver.key"), "ca": str(place.pki / "ca.pem")},
        "runtime": {"ports_file": str(ports)},
        "journal": {"dir": str(place.folder / "journal"), **(journal or {})},
        "issuers": [{"id": ISSUER, "encryption_keys": [str(place.private_key)],
                     **(more or {"signing_secrets": [str(place.secret)]})}],
        "principals": [{"name": "notifier", "roles": ["feed"]}],
    }
    path = place.write("issuer.yaml", json.dumps(config))

    def find_port(_):
        return json.loads(ports.read_text())["listen"] if ports.exists() else None

    return Started(place, [BIN / "cardwatch-issuer", "--config", path], find_port)


def acceptance(place, started, *more, client="notifier", signing=None):
    """(exit code, report) of `cardwatch feed acceptance` against a receiver."""
    signing = signing or ["--signing-secret", str(place.secret)]
    done = subprocess.run(
        [str(BIN / "cardwatch"), "feed", "acceptance", "--issuer", ISSUER, "--url", started.url,
         "--client-certificate", str(place.pki / f"{client}.pem"),
         "--client-key", str(place.pki / f"{client}.key"), "--ca", str(place.pki / "ca.pem"),
         "--encryption-key", str(place.public_key), *signing, "--output", "json", *more],
        capture_output=True, text=True, check=False)
    report = json.loads(done.stdout) if done.stdout else {"error": done.stderr}
    return done.returncode, report
