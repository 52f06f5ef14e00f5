#!/usr/bin/env python3
"""Computes the test vector of PROTOCOL.md from vector.json's inputs.

usage: make.py [--check] [--seal]

The examples of PROTOCOL.md behind `<!-- vector: NAME -->` are written from it. Everything but the
encrypted body follows from `inputs` and is computed anew each time; --check compares with what the
files hold. The body differs on every encryption (that is what --seal does, which also makes a new
key); otherwise it is only opened. Needs jwcrypto.
"""
import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import re
import sys

from jwcrypto import jwe, jwk

FILE = pathlib.Path(__file__).resolve().parent / "vector.json"
DOCUMENT = FILE.parent.parent / "PROTOCOL.md"


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def digest(texts):
    total = sum(int(sha256(text), 16) for text in texts) % 2**256
    return {"count": len(texts), "sum": f"{total:064x}"}


def entry_vector(entry):
    text = canonical(entry)
    card = sha256(entry["pan"])
    return {"canonical": text, "sha256": sha256(text), "position": card[:16], "bucket": card[:2]}


def signature(inputs, body):
    secret = base64.b64decode(inputs["signing_secret"].removeprefix("whsec_"))
    content = f"{inputs['webhook-id']}.{inputs['webhook-timestamp']}.{body}".encode()
    return "v1," + base64.b64encode(hmac.digest(secret, content, "sha256")).decode()


def held(entries):
    """What a receiver holds after them: the newest entry of each card, without removals."""
    newest = {entry["pan"]: entry for entry in sorted(entries, key=lambda each: each["seq"])}
    return [entry for entry in newest.values() if entry["op"] != "DELT"]


def compute(inputs, body):
    batch = {**inputs["batch"], "count": len(inputs["batch"]["entries"])}
    texts = {}
    for entry in held(batch["entries"]):
        texts.setdefault(entry_vector(entry)["bucket"], []).append(canonical(entry))
    return {
        "batch": canonical(batch),
        "entries": [entry_vector(entry) for entry in batch["entries"]],
        "digest": {"through": batch["through"],
                   **digest([text for each in texts.values() for text in each]),
                   "buckets": {bucket: digest(each) for bucket, each in sorted(texts.items())}},
        "webhook-signature": signature(inputs, body),
    }


def seal(inputs):
    key = jwk.JWK.generate(kty="EC", crv="P-256", kid="example-1", use="enc", alg="ECDH-ES")
    inputs["private_key"] = key.export(as_dict=True)
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "example-1", "cty": "json",
              "iat": int(inputs["webhook-timestamp"])}
    batch = {**inputs["batch"], "count": len(inputs["batch"]["entries"])}
    return jwe.JWE(canonical(batch), header, recipient=key).serialize(compact=True)


def opened(inputs, body):
    token = jwe.JWE()
    token.deserialize(body, jwk.JWK(**inputs["private_key"]))
    return token.payload.decode()


def examples(outputs):
    first = outputs["entries"][0]
    return {
        "canonical": first["canonical"],
        "hash": f"{first['sha256']}\n{first['position']}",
        "digest": json.dumps(outputs["digest"], indent=1),
        "signature": outputs["webhook-signature"],
    }


def with_examples(text, outputs):
    for name, example in examples(outputs).items():
        pattern = rf"(<!-- vector: {name} -->\n```\n).*?(```\n)"
        text, found = re.subn(pattern, lambda match, what=example: f"{match[1]}{what}\n{match[2]}",
                              text, flags=re.DOTALL)
        if found != 1:
            sys.exit(f"make.py: PROTOCOL.md has {found} places for {name}")
    return text


def main():
    parser = argparse.ArgumentParser(prog="make.py", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if stale")
    parser.add_argument("--seal", action="store_true", help="encrypt anew, under a new key")
    options = parser.parse_args()
    vector = json.loads(FILE.read_text(encoding="utf-8"))
    inputs, body = vector["inputs"], vector.get("body")
    if options.seal:
        body = seal(inputs)
    outputs = compute(inputs, body)
    if opened(inputs, body) != outputs["batch"]:
        sys.exit("make.py: the body does not hold the batch; run make.py --seal")
    fresh = {"inputs": inputs, "body": body, "outputs": outputs}
    document = DOCUMENT.read_text(encoding="utf-8")
    written = with_examples(document, outputs)
    if options.check:
        current = fresh == vector and written == document
        sys.exit(0 if current else "make.py: vector.json or PROTOCOL.md is stale; run make.py")
    FILE.write_text(json.dumps(fresh, indent=1) + "\n", encoding="utf-8")
    DOCUMENT.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
