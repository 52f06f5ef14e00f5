"""A receiver for the cardwatch feed, to start from; see README.md. usage: receiver.py CONFIG"""
import contextlib
import datetime
import hashlib
import hmac
import http.server
import json
import pathlib
import sqlite3
import ssl
import sys
import threading

from cryptography.fernet import Fernet
from http_message_signatures import HTTPMessageVerifier, algorithms
from http_message_signatures.resolvers import MappingKeyResolver
from jwcrypto import jwe, jwk
from standardwebhooks.webhooks import Webhook

BODY_BYTES_MAX = 16 * 2**20
FIRST, LAST = "0" * 16, "f" * 16
SIGNATURE_RULES = {"max_age": datetime.timedelta(minutes=5), "expect_tag": "cardwatch",
                   "require_components": ("@method", "@target-uri", "content-digest")}


class Refused(Exception):
    """Ends a push with a status and a problem, neither of which says anything of a card."""


def read(name):
    return pathlib.Path(name).read_bytes()


def position(pan):
    """Where the card stands among all. Kept nowhere, because it would tell the number."""
    return hashlib.sha256(pan.encode()).hexdigest()[:16]


class Store:
    """The list on disk. A card is found by a keyed hash; its entry is kept encrypted."""

    def __init__(self, config):
        self.key = read(config["store_key"]).strip()
        self.fernet = Fernet(self.key)
        self.db = sqlite3.connect(config["database"], check_same_thread=False)
        self.db.executescript("""
            PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
            CREATE TABLE IF NOT EXISTS place(epoch, through);
            INSERT INTO place SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM place);
            CREATE TABLE IF NOT EXISTS cards(card PRIMARY KEY, bucket, entry);
            CREATE INDEX IF NOT EXISTS by_bucket ON cards(bucket);""")

    def place(self):
        return self.db.execute("SELECT epoch, through FROM place").fetchone()

    def put(self, entry):
        """The newest entry of a card is its state. Here your own systems would be told."""
        card = hmac.digest(self.key, entry["pan"].encode(), "sha256")
        self.db.execute("DELETE FROM cards WHERE card=?", (card,))
        if entry["op"] != "DELT":
            # RFC 8785 for what entries hold: text, whole numbers, lists, true, false, null.
            text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self.db.execute("INSERT INTO cards VALUES (?, ?, ?)", (
                card, position(entry["pan"])[:2], self.fernet.encrypt(text.encode())))

    def drop(self, first, last):
        """Every card with a position in [first, last]."""
        rows = self.db.execute("SELECT card, entry FROM cards WHERE bucket BETWEEN ? AND ?",
                               (first[:2], last[:2]))
        for card, sealed in rows.fetchall():
            if first <= position(json.loads(self.fernet.decrypt(sealed))["pan"]) <= last:
                self.db.execute("DELETE FROM cards WHERE card=?", (card,))

    def digests(self):
        """By bucket. For more than some 100,000 cards keep the sums as the list changes."""
        buckets = {}
        for bucket, sealed in self.db.execute("SELECT bucket, entry FROM cards"):
            count, total = buckets.get(bucket, (0, 0))
            value = int(hashlib.sha256(self.fernet.decrypt(sealed)).hexdigest(), 16)
            buckets[bucket] = (count + 1, (total + value) % 2**256)
        return {bucket: {"count": count, "sum": f"{total:064x}"}
                for bucket, (count, total) in buckets.items()}


class Receiver:
    """The protocol. Answers when what was changed is on disk."""

    def __init__(self, config):
        self.config, self.store, self.lock = config, Store(config), threading.Lock()
        self.keys = [jwk.JWK.from_pem(read(name)) for name in config["encryption_keys"]]
        self.webhooks = [Webhook(read(name).decode().strip())
                         for name in config.get("signing_secrets", [])]
        self.resolver = MappingKeyResolver(private_keys={}, public_keys={
            key_id: read(name) for key_id, name in config.get("signature_keys", {}).items()})

    def verify(self, request, body):
        """By whichever key it is signed with. Any trouble means: not the sender's."""
        for webhook in self.webhooks:
            with contextlib.suppress(Exception):
                return webhook.verify(body, dict(request.headers), json_parse=False)
        for kind in (algorithms.ED25519, algorithms.ECDSA_P256_SHA256):
            verifier = HTTPMessageVerifier(signature_algorithm=kind, key_resolver=self.resolver)
            with contextlib.suppress(Exception):
                return verifier.verify(request, body=body, **SIGNATURE_RULES)
        raise Refused(401, {"code": "SIGNATURE_INVALID"})

    def decrypt(self, body):
        for key in self.keys:
            token = jwe.JWE(algs=["RSA-OAEP-256", "ECDH-ES", "A256GCM"])
            with contextlib.suppress(Exception):
                token.deserialize(body.decode("ascii"), key)
                return json.loads(token.payload)
        raise Refused(403, {"code": "DECRYPT_FAILED"})

    def receive(self, request, body):
        self.verify(request, body)
        batch = self.decrypt(body)
        if batch["issuer"] != self.config["issuer"]:
            raise Refused(403, {"code": "KEY_MISMATCH"})
        with self.lock, self.store.db:  # One transaction, committed on the way out.
            if "verification" not in batch:
                self.take(batch)
            return self.answer(batch)

    def take(self, batch):
        epoch, through = self.store.place()
        snapshot, replaces = batch.get("snapshot", False), batch.get("replaces")
        begins = replaces["from"] == FIRST if snapshot else not replaces and batch["after"] == 0
        if begins and batch["epoch"] > epoch:
            self.store.drop(FIRST, LAST)
            epoch, through = batch["epoch"], 0
        right = batch["through"] == through if replaces else batch["after"] <= through
        if batch["epoch"] != epoch or not (snapshot or right):
            raise Refused(409, {"code": "CONFLICT", "epoch": epoch, "accepted_through": through})
        if replaces:
            self.store.drop(replaces["from"], replaces["through"])
        for entry in batch["entries"]:
            if replaces or entry["seq"] > through:
                self.store.put(entry)
        if not replaces or snapshot and not batch["more"]:
            through = batch["through"] if snapshot else max(through, batch["through"])
        self.store.db.execute("UPDATE place SET epoch=?, through=?", (epoch, through))

    def answer(self, batch):
        epoch, through = self.store.place()
        answer = {"accepted_through": through, "applied_through": through, "epoch": epoch}
        if "verification" in batch:
            answer["verification"] = batch["verification"]["state"]
        if "digest" in batch and (batch["epoch"], batch["digest"]["through"]) == (epoch, through):
            ours, theirs = self.store.digests(), batch["digest"]["buckets"]
            answer["differing_buckets"] = sorted(
                bucket for bucket in ours | theirs if ours.get(bucket) != theirs.get(bucket))
        return answer


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout, disable_nagle_algorithm = 60, True  # Seconds in which nothing moves.

    def do_POST(self):
        try:
            status, answer = 200, self.server.receiver.receive(self, self.body())
        except Refused as refused:
            status, answer = refused.args
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def body(self):
        config = self.server.receiver.config
        self.method, self.url = self.command, config["url"]  # For RFC 9421.
        length = int(self.headers.get("Content-Length") or -1)
        self.close_connection = not 0 <= length <= BODY_BYTES_MAX
        if self.close_connection:
            raise Refused(413, {"code": "BODY_TOO_LARGE"})
        body = self.rfile.read(length)
        subject = dict(pair for (pair,) in self.connection.getpeercert()["subject"])
        if subject.get("commonName") in config["senders"] and self.path == config["path"]:
            return body
        raise Refused(403, {"code": "FORBIDDEN"})


def serve(receiver):
    config = receiver.config
    server = http.server.ThreadingHTTPServer((config["address"], config["port"]), Handler)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=config["ca"])
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_cert_chain(config["certificate"], config["key"])
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.receiver = receiver
    print(f"listening on port {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Receiver(json.loads(read(sys.argv[1]))))
