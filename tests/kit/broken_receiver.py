#!/usr/bin/env python3
"""The sample receiver with one flaw, to see that the acceptance finds it.

usage: broken_receiver.py FLAW CONFIG.json
"""
import base64
import hashlib
import hmac
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "deploy/issuer-kit/python"))
import receiver as sample  # noqa: E402

KNOWN = {"expiry", "incidents", "level", "op", "pan", "seq", "watch_from", "watch_to"}


class NoSignature(sample.Receiver):
    """Looks at the clock only."""

    def verify(self, request, body):
        if abs(time.time() - int(request.headers["webhook-timestamp"])) > 300:
            raise sample.Refused(401, {"code": "TIMESTAMP_SKEW"})


class NoClock(sample.Receiver):
    """Looks at the signature only."""

    def verify(self, request, body):
        headers = request.headers
        secret = sample.read(self.config["signing_secrets"][0]).strip().removeprefix(b"whsec_")
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mac = base64.b64encode(hmac.digest(base64.b64decode(secret), content, "sha256")).decode()
        if f"v1,{mac}" not in str(headers["webhook-signature"]).split(" "):
            raise sample.Refused(401, {"code": "SIGNATURE_INVALID"})


class RemembersAnyId(sample.Receiver):
    """Takes an id that it has seen for a duplicate, also one that it refused."""

    seen = set()

    def receive(self, request, body):
        if request.headers["webhook-id"] in self.seen:
            return self.answer({})
        self.seen.add(request.headers["webhook-id"])
        return super().receive(request, body)


class AnyIssuer(sample.Receiver):
    def decrypt(self, body):
        return {**super().decrypt(body), "issuer": self.config["issuer"]}


class AppliesDuplicates(sample.Receiver):
    def take(self, batch):
        super().take(batch)
        if "replaces" not in batch:
            for entry in batch["entries"]:
                self.store.put(entry)


class IgnoresGap(sample.Receiver):
    def take(self, batch):
        _, through = self.store.place()
        super().take({**batch, "after": min(batch["after"], through)})


class SmallBatches(sample.Receiver):
    def take(self, batch):
        if len(batch["entries"]) > 100:
            raise sample.Refused(413, {"code": "BODY_TOO_LARGE"})
        super().take(batch)


class GapOnVerification(sample.Receiver):
    def answer(self, batch):
        if batch.get("after", 0) > self.store.place()[1]:
            raise sample.Refused(409, {"code": "CONFLICT"})
        return super().answer(batch)


class TellsFormerEpoch(sample.Receiver):
    def answer(self, batch):
        answer = super().answer(batch)
        return {**answer, "epoch": max(answer["epoch"] - 1, 0)}


class EqualDigests(sample.Receiver):
    """Says that everything is equal."""

    def answer(self, batch):
        answer = super().answer(batch)
        return {**answer, "differing_buckets": []} if "digest" in batch else answer


class HashesOtherwise(sample.Receiver):
    def __init__(self, config):
        super().__init__(config)
        self.store.digests = self.digests

    def digests(self):
        """Of the entry with blanks in it."""
        buckets = {}
        for bucket, sealed in self.store.db.execute("SELECT bucket, entry FROM cards"):
            text = json.dumps(json.loads(self.store.fernet.decrypt(sealed)), sort_keys=True)
            value = int(hashlib.sha256(text.encode()).hexdigest(), 16)
            count, total = buckets.get(bucket, (0, 0))
            buckets[bucket] = (count + 1, (total + value) % 2**256)
        return {bucket: {"count": count, "sum": f"{total:064x}"}
                for bucket, (count, total) in buckets.items()}


class DropsUnknown(sample.Receiver):
    def take(self, batch):
        entries = [{name: value for name, value in entry.items() if name in KNOWN}
                   for entry in batch["entries"]]
        super().take({**batch, "entries": entries})


class KeepsReplaced(sample.Receiver):
    """Puts in what a replacing batch holds and drops nothing."""

    def take(self, batch):
        drop, self.store.drop = self.store.drop, lambda first, last: None
        try:
            super().take(batch)
        finally:
            self.store.drop = drop


class AnyReplacing(sample.Receiver):
    """Takes a replacing batch wherever it is."""

    def take(self, batch):
        if "replaces" in batch and "snapshot" not in batch:
            batch = {**batch, "through": self.store.place()[1]}
        super().take(batch)


FLAWS = {each.__name__: each for each in sample.Receiver.__subclasses__()}

if __name__ == "__main__":
    sample.serve(FLAWS[sys.argv[1]](json.loads(sample.read(sys.argv[2]))))
