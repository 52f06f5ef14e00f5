"""What the end-to-end tests share: a whole cluster of real programs for a test class."""

import functools
import http.client
import json
import os
import pathlib
import shutil
import ssl
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from case.cards import check_digit  # noqa: E402
from cluster import play, wait  # noqa: E402
from cluster.cluster import Cluster  # noqa: E402

BIN = os.environ.get("CARDWATCH_BIN_DIR", str(ROOT / "build" / "dev" / "bin"))
ISSUERS = ["card-a", "card-b"]

INCIDENT = {
    "id": "leak-1",
    "version": 1,
    "name": "A leak for tests",
    "time_zone": "Asia/Tokyo",
    "state": "open",
    "since": "2026-01-01",
    "attributes": ["channel"],
    "files": [
        {
            "name": "extract-1",
            "source": "contract system",
            "at_risk_from": "2025-12-01",
            "at_risk_to": "2025-12-31",
        }
    ],
}


wait_until = functools.partial(wait.wait_until, failure=AssertionError)


def test_pan(issuer_index, number):
    """A card number of a range published for tests: 3569990... or 4000000..."""
    prefix = ("3569990", "4000000")[issuer_index]
    body = prefix + f"{number:08d}"
    return body + check_digit(body)


def issuer_document(cluster, index):
    issuer = cluster.issuers[index]
    jwk = json.loads((cluster.folder / "keys" / "issuers" / f"{issuer}.jwk").read_text())
    return {
        "id": issuer,
        "version": 1,
        "name": f"{issuer} (invented)",
        "iin_ranges": [("3569990", "4000000")[index]],
        "feed": {
            "url": cluster.url("issuer") + f"/feeds/{issuer}",
            "encryption_key": jwk,
            "signing_secret": issuer,
            "batch_max": 500,
            "allow_private_address": True,
        },
    }


class ClusterTest(unittest.TestCase):
    """Starts one cluster for the class, with incident leak-1 and two issuers when `populated`."""

    issuers = ISSUERS
    populated = True

    @classmethod
    def setUpClass(cls):
        cls.temp = tempfile.mkdtemp(prefix="cardwatch-e2e-")
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        cls.cluster = Cluster(pathlib.Path(cls.temp) / "cluster", BIN, cls.issuers)
        cls.addClassCleanup(cls.cluster.stop)
        cls.cluster.prepare()
        cls.cluster.start_broker()
        cls.cluster.write_configs()
        cls.adjust_configs()
        cls.cluster.create_topics()
        cls.cluster.start()
        if cls.populated:
            cls.populate()

    @classmethod
    def adjust_configs(cls):
        """For tests that want other settings than settings.py's."""

    @classmethod
    def adjust_config(cls, service, key, change):
        """Rewrites a list of the top level: `change` gets it and gives another."""
        path = cls.cluster.folder / "config" / f"{service}.yaml"
        lines = path.read_text().splitlines()
        for index, line in enumerate(lines):
            if line.startswith(key + ": "):
                lines[index] = f"{key}: {json.dumps(change(json.loads(line[len(key) + 2:])))}"
        path.write_text("\n".join(lines) + "\n")

    @classmethod
    def populate(cls):
        cls.apply("incident", INCIDENT)
        for index in range(len(cls.issuers)):
            cls.apply("issuer", issuer_document(cls.cluster, index))

    @classmethod
    def apply(cls, noun, document):
        path = cls.write_file(f"{noun}-{document['id']}.json", json.dumps(document))
        return cls.cluster.ask("desk-a", noun, "apply", path)

    @classmethod
    def write_file(cls, name, text):
        path = pathlib.Path(cls.temp) / name
        path.write_text(text)
        return str(path)

    # Requests by hand, where the command line would be too polite.

    def tls(self, person):
        context = ssl.create_default_context(cafile=str(self.cluster.folder / "pki" / "ca.pem"))
        if person:
            pki = self.cluster.folder / "pki"
            context.load_cert_chain(pki / f"{person}.pem", pki / f"{person}.key")
        return context

    def request(self, service, method, path, body=b"", person="desk-a", headers=None):
        """(status, parsed body) of one HTTPS request."""
        connection = http.client.HTTPSConnection(
            "localhost",
            self.cluster.ports[service]["listen"],
            context=self.tls(person),
            timeout=30,
        )
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def upload_csv(self, path, text, method="PUT", person="desk-a", service="intake"):
        return self.request(
            service, method, path, text.encode(), person, {"Content-Type": "text/csv"}
        )

    def load_exposures(self, name, rows):
        """Loads rows of (pan, expiry, channel) as file `name` of leak-1."""
        text = "pan,expiry,channel\n" + "".join(",".join(row) + "\n" for row in rows)
        path = self.write_file(f"{name}.csv", text)
        return play.operate(
            self.cluster,
            "desk-a",
            *("exposures", "load", "--incident", "leak-1", "--file", name, path),
        )

    def load_reports(self, name, rows):
        """Loads rows of (issuer, report id, pan, member), reported now."""
        head = "issuer,report_id,revision,action,pan,reported_at,fraud_type,member\n"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = [f"{i},{r},1,NEWF,{pan},{stamp},CNP_USE,{member}\n" for i, r, pan, member in rows]
        path = self.write_file(f"{name}.csv", head + "".join(lines))
        (answer,) = play.operate(self.cluster, "desk-a", "reports", "load", path)
        return answer

    def figure(self, *arguments):
        answer = play.operate(
            self.cluster, "auditor", "counts", "--incident", "leak-1", *arguments
        )
        return answer["figure"]

    def wait_for_figure(self, expected, seconds=30):
        wait_until(
            lambda: self.figure() == expected,
            seconds,
            f"{expected} members (now {self.figure()})",
        )
