#!/usr/bin/env python3
"""cardwatch against independent implementations, in both directions: what we encrypt or sign they
decrypt or verify, and the other way; and what one side must refuse.

usage: peers_test.py PROGRAM     (by run_peers.py, with the packages of requirements.txt)
"""
import base64
import datetime
import importlib.metadata
import json
import random
import sys
import time
import unittest

import http_message_signatures as hms
import standardwebhooks
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwcrypto import jwe, jwk
from jwcrypto.common import JWException

from peer import Peer, Refused, b64u, unb64u

SEED = 20090723
SIZES = (0, 1, 15, 16, 17, 1000, 300_000)
KEYS = {"RSA": {"kty": "RSA", "size": 2048}, "EC": {"kty": "EC", "crv": "P-256"},
        "OKP": {"kty": "OKP", "crv": "X25519"}}
ALGORITHMS = {"RSA": "RSA-OAEP-256", "EC": "ECDH-ES", "OKP": "ECDH-ES"}
PEER = None


def content(size):
    return random.Random(f"{SEED} {size}").randbytes(size)


class Jwcrypto(unittest.TestCase):
    """JWE with jwcrypto."""

    def theirs(self, kind):
        return jwk.JWK.generate(kid=f"their-{kind}", **KEYS[kind])

    @staticmethod
    def encrypted(key, kind, plaintext=b"content", **header):
        protected = {"alg": ALGORITHMS[kind], "enc": "A256GCM", **header}
        token = jwe.JWE(plaintext, json.dumps(protected), recipient=key,
                        algs=[protected["alg"], protected["enc"]])
        return token.serialize(compact=True)

    def test_they_decrypt_what_we_encrypt(self):
        for kind in KEYS:
            key = self.theirs(kind)
            for size in SIZES[1:]:  # It takes an empty content for a failure to decrypt.
                with self.subTest(kind=kind, size=size):
                    plaintext = content(size)
                    ours = PEER.ok("jwe_encrypt", jwk=key.export_public(), plaintext=plaintext,
                                   cty="application/json", iat=1248310800)
                    token = jwe.JWE(algs=[ALGORITHMS[kind], "A256GCM"])
                    token.deserialize(ours, key)
                    self.assertEqual(token.payload, plaintext)
                    header = token.jose_header
                    self.assertEqual(header["kid"], f"their-{kind}")
                    self.assertEqual(header["iat"], 1248310800)

    def test_we_decrypt_what_they_encrypt(self):
        for kind in KEYS:
            ours = PEER.ask("jwe_generate", type=kind)
            public = jwk.JWK.from_json(ours["ok"])
            for size in SIZES:
                with self.subTest(kind=kind, size=size):
                    plaintext = content(size)
                    token = self.encrypted(public, kind, plaintext, kid="ours", iat=1248310800)
                    opened = PEER.ask("jwe_decrypt", jwk=ours["private"], jwe=token)
                    self.assertEqual(unb64u(opened["ok"]), plaintext)
                    self.assertEqual((opened["kid"], opened["iat"]), ("ours", 1248310800))

    def test_party_infos_go_into_the_key_on_both_sides(self):
        ours = PEER.ask("jwe_generate", type="EC")
        token = self.encrypted(jwk.JWK.from_json(ours["ok"]), "EC", apu=b64u(b"Alice"),
                               apv=b64u(b"Bob"))
        self.assertEqual(unb64u(PEER.ok("jwe_decrypt", jwk=ours["private"], jwe=token)), b"content")

    def test_thumbprints_are_the_same(self):
        for kind in KEYS:
            key = self.theirs(kind)
            public = json.loads(key.export_public())
            del public["kid"]
            self.assertEqual(PEER.ok("jwk_public", jwk=public), key.thumbprint())

    def test_we_refuse_other_algorithms_of_theirs(self):
        for kind, header in [("RSA", {"alg": "RSA-OAEP"}), ("RSA", {"alg": "RSA1_5"}),
                             ("RSA", {"enc": "A128GCM"}), ("RSA", {"enc": "A256CBC-HS512"}),
                             ("RSA", {"zip": "DEF"}), ("EC", {"alg": "ECDH-ES+A256KW"}),
                             ("EC", {"enc": "A128GCM"}), ("OKP", {"enc": "A192GCM"})]:
            with self.subTest(kind=kind, header=header):
                ours = PEER.ask("jwe_generate", type=kind)
                token = self.encrypted(jwk.JWK.from_json(ours["ok"]), kind, **header)
                self.assertEqual(PEER.refusal("jwe_decrypt", jwk=ours["private"], jwe=token),
                                 "DECRYPT_FAILED")

    def test_both_refuse_what_was_changed(self):
        for kind in KEYS:
            key = self.theirs(kind)
            ours = PEER.ask("jwe_generate", type=kind)
            by_us = PEER.ok("jwe_encrypt", jwk=key.export_public(), plaintext=b"content")
            by_them = self.encrypted(jwk.JWK.from_json(ours["ok"]), kind)
            for part in range(5):
                with self.subTest(kind=kind, part=part):
                    if not by_us.split(".")[part]:
                        continue
                    token = jwe.JWE(algs=[ALGORITHMS[kind], "A256GCM"])
                    with self.assertRaises((JWException, ValueError)):
                        token.deserialize(self.changed(by_us, part), key)
                    self.assertEqual(PEER.refusal("jwe_decrypt", jwk=ours["private"],
                                                  jwe=self.changed(by_them, part)),
                                     "DECRYPT_FAILED")

    @staticmethod
    def changed(compact, part):
        parts = compact.split(".")
        middle = len(parts[part]) // 2
        other = "A" if parts[part][middle] != "A" else "B"
        parts[part] = parts[part][:middle] + other + parts[part][middle + 1:]
        return ".".join(parts)


class StandardWebhooks(unittest.TestCase):
    """Standard Webhooks v1 with standardwebhooks (it has no v1a)."""

    @staticmethod
    def secret(byte):
        return "whsec_" + base64.b64encode(bytes([byte]) * 32).decode()

    def ours(self, body, at, *secrets):
        return {"webhook-id": "b-1", "webhook-timestamp": str(at),
                "webhook-signature": PEER.ok("webhook_sign", secrets=list(secrets), id="b-1",
                                             timestamp=at, body=body)}

    def test_they_verify_what_we_sign(self):
        for size in SIZES:
            body = json.dumps({"x": "a" * size}).encode()
            headers = self.ours(body, int(time.time()), self.secret(1))
            standardwebhooks.Webhook(self.secret(1)).verify(body, headers)

    def test_they_verify_with_either_key_while_one_replaces_the_other(self):
        headers = self.ours(b"{}", int(time.time()), self.secret(1), self.secret(2))
        for byte in (1, 2):
            standardwebhooks.Webhook(self.secret(byte)).verify("{}", headers)
        with self.assertRaises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(self.secret(3)).verify("{}", headers)

    def test_we_verify_what_they_sign(self):
        now = int(time.time())
        at = datetime.datetime.fromtimestamp(now, tz=datetime.timezone.utc)
        for size in SIZES:
            body = "a" * size
            signature = standardwebhooks.Webhook(self.secret(1)).sign("b-1", at, body)
            asked = {"id": "b-1", "timestamp": str(now), "signature": signature, "now": now,
                     "secrets": [self.secret(1)]}
            PEER.ok("webhook_verify", body=body.encode(), **asked)
            self.assertEqual(PEER.refusal("webhook_verify", body=body.encode() + b"x", **asked),
                             "SIGNATURE_INVALID")

    def test_both_refuse_old_timestamps(self):
        old = int(time.time()) - 310
        headers = self.ours(b"{}", old, self.secret(1))
        with self.assertRaises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(self.secret(1)).verify("{}", headers)
        at = datetime.datetime.fromtimestamp(old, tz=datetime.timezone.utc)
        theirs = standardwebhooks.Webhook(self.secret(1)).sign("b-1", at, "{}")
        self.assertEqual(PEER.refusal("webhook_verify", id="b-1", timestamp=str(old), body=b"{}",
                                      signature=theirs, now=old + 310, secrets=[self.secret(1)]),
                         "TIMESTAMP_SKEW")


class Message:
    """A request as http-message-signatures wants it."""

    def __init__(self, headers, url="https://issuer.example/feeds/jcb-a?x=1"):
        self.method = "POST"
        self.url = url
        self.headers = dict(headers)

    def asked(self):
        return {"method": self.method, "target_uri": self.url,
                "headers": [f"{name}: {value}" for name, value in self.headers.items()]}


class HttpMessageSignatures(unittest.TestCase):
    """RFC 9421 and RFC 9530 with http-message-signatures."""

    ALGORITHMS = {"ed25519": hms.algorithms.ED25519,
                  "ecdsa-p256-sha256": hms.algorithms.ECDSA_P256_SHA256}
    COVERED = ("@method", "@target-uri", "content-type", "content-digest")
    BODY = b"eyJhbGciOiJFQ0RILUVTIn0.a.b.c.d"

    def message(self):
        return Message({"Content-Type": "application/jose",
                        "Content-Digest": PEER.ok("digest_make", body=self.BODY)})

    def signed_by_us(self, message, **keys):
        made = PEER.ask("message_sign", created=int(time.time()), **keys, **message.asked())
        message.headers |= {"Signature-Input": made["ok"], "Signature": made["signature"]}
        return message

    @staticmethod
    def verifier(algorithm, public):
        return hms.HTTPMessageVerifier(
            signature_algorithm=algorithm,
            key_resolver=hms.MappingKeyResolver(public_keys=public, private_keys={}))

    def test_they_verify_what_we_sign(self):
        for name, algorithm in self.ALGORITHMS.items():
            for _ in range(20):
                key = PEER.ask("signing_generate", alg=name)
                message = self.signed_by_us(self.message(), pem=key["ok"])
                verifier = self.verifier(algorithm, {key["keyid"]: key["public"].encode()})
                (result,) = verifier.verify(message, expect_tag="cardwatch", body=self.BODY,
                                            require_components=self.COVERED)
                self.assertEqual(result.label, "sig1")
                self.assertIn("expires", result.parameters)

    def test_they_refuse_what_was_changed(self):
        for name, algorithm in self.ALGORITHMS.items():
            key = PEER.ask("signing_generate", alg=name)
            verifier = self.verifier(algorithm, {key["keyid"]: key["public"].encode()})
            for change in ("url", "Content-Type", "body"):
                with self.subTest(name=name, change=change):
                    message = self.signed_by_us(self.message(), pem=key["ok"])
                    if change == "url":
                        message.url += "0"
                    elif change != "body":
                        message.headers[change] = "application/json"
                    body = self.BODY + b"x" if change == "body" else self.BODY
                    with self.assertRaises(hms.HTTPMessageSignaturesException):
                        verifier.verify(message, expect_tag="cardwatch", body=body,
                                        require_components=self.COVERED)

    def test_they_verify_the_label_of_the_key_they_know_while_keys_overlap(self):
        keys = [PEER.ask("signing_generate", alg=name) for name in self.ALGORITHMS]
        message = self.signed_by_us(self.message(), pem=keys[0]["ok"], pem2=keys[1]["ok"])
        for i, algorithm in enumerate(self.ALGORITHMS.values()):
            verifier = self.verifier(algorithm, {keys[i]["keyid"]: keys[i]["public"].encode()})
            (result,) = verifier.verify(message, expect_tag="cardwatch", body=self.BODY,
                                        expect_label=f"sig{i + 1}")
            self.assertEqual(result.parameters["keyid"], keys[i]["keyid"])

    @staticmethod
    def private_key(name):
        if name == "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        if name == "ecdsa-p256-sha256":
            return ec.generate_private_key(ec.SECP256R1())
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def signed_by_them(self, algorithm, private, message=None, **terms):
        message = message or self.message()
        signer = hms.HTTPMessageSigner(
            signature_algorithm=algorithm,
            key_resolver=hms.MappingKeyResolver(public_keys={}, private_keys={"k": private}))
        now = datetime.datetime.fromtimestamp(int(time.time()), tz=datetime.timezone.utc)
        terms = {"created": now, "expires": now + datetime.timedelta(seconds=300), "nonce": "n-1",
                 "tag": "cardwatch", "covered_component_ids": self.COVERED} | terms
        signer.sign(message, key_id="k", label="theirs",
                    use_existing_digest="Content-Digest" in message.headers, **terms)
        return message

    @staticmethod
    def pem(private):
        return private.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo).decode()

    def asked_of_us(self, message, **members):
        return {"now": int(time.time()), "body": self.BODY, "keyid": "k", **message.asked(),
                **members}

    def test_we_verify_what_they_sign(self):
        algorithms = self.ALGORITHMS | {"rsa-pss-sha512": hms.algorithms.RSA_PSS_SHA512,
                                        "rsa-v1_5-sha256": hms.algorithms.RSA_V1_5_SHA256}
        for name, algorithm in algorithms.items():
            for include_alg in (True, False):
                with self.subTest(name=name, include_alg=include_alg):
                    private = self.private_key(name)
                    message = self.signed_by_them(algorithm, private, include_alg=include_alg)
                    asked = self.asked_of_us(message, pem=self.pem(private), alg=name)
                    self.assertEqual(PEER.ok("message_verify", **asked), "theirs")
                    self.assertEqual(PEER.refusal("message_verify", **(asked | {"body": b"x"})),
                                     "CONTENT_DIGEST")
                    self.assertEqual(PEER.refusal("message_verify", **(asked | {"method": "PUT"})),
                                     "SIGNATURE_INVALID")

    def test_we_verify_their_hmac(self):
        secret = b"s" * 32
        message = self.signed_by_them(hms.algorithms.HMAC_SHA256, secret)
        asked = self.asked_of_us(message, secret=secret)
        self.assertEqual(PEER.ok("message_verify", **asked), "theirs")
        self.assertEqual(PEER.refusal("message_verify", **(asked | {"secret": b"t" * 32})),
                         "SIGNATURE_INVALID")

    def test_we_refuse_what_the_feed_does_not_allow(self):
        now = datetime.datetime.now(tz=datetime.timezone.utc)
        private = self.private_key("ed25519")
        for terms, code in [({"tag": "other"}, "SIGNATURE_INVALID"),
                            ({"nonce": None}, "SIGNATURE_COMPONENTS"),
                            ({"expires": None}, "SIGNATURE_COMPONENTS"),
                            ({"covered_component_ids": ("@method",)}, "SIGNATURE_COMPONENTS"),
                            ({"created": now - datetime.timedelta(seconds=400)}, "TIMESTAMP_SKEW"),
                            ({"created": now - datetime.timedelta(seconds=100),
                              "expires": now - datetime.timedelta(seconds=1)},
                             "SIGNATURE_EXPIRED")]:
            with self.subTest(terms=terms):
                message = self.signed_by_them(self.ALGORITHMS["ed25519"], private, **terms)
                asked = self.asked_of_us(message, pem=self.pem(private))
                self.assertEqual(PEER.refusal("message_verify", **asked), code)

    def test_both_take_the_same_value_for_every_component(self):
        private = self.private_key("ed25519")
        headers = {"Content-Type": " text/plain ",
                   "Example-Dict": " a=1,    b=2;x=1;y=2, c=(a   b)",
                   "Cache-Control": "max-age=60,  must-revalidate", "X-Empty": ""}
        urls = ["https://Example.com:443/", "https://example.com:8443/a%20b?x=1&y=%C3%A4&z=a+b",
                "http://example.com/path?x=%2F&y=*~-._&z", "https://example.com/?x&y=&z=%26"]
        covered = ("@method", "@authority", "@scheme", "@request-target", "@path", "@query",
                   '"@query-param";name="x"', '"@query-param";name="y"', '"@query-param";name="z"',
                   "content-type", "cache-control", '"example-dict";key="a"',
                   '"example-dict";key="b"', '"example-dict";key="c"', '"cache-control";bs',
                   '"cache-control";sf', "x-empty")
        for url in urls:
            names = [name for name in covered if "query-param" not in name or "?" in url]
            for name in names:
                with self.subTest(url=url, component=name):
                    message = self.signed_by_them(self.ALGORITHMS["ed25519"], private,
                                                  Message(headers, url),
                                                  covered_component_ids=(name,))
                    asked = self.asked_of_us(message, pem=self.pem(private), rules="any")
                    try:
                        self.assertEqual(PEER.ok("message_verify", **asked), "theirs")
                    except Refused as refused:
                        self.fail(f"{refused}; {message.headers}")

    def test_digests_agree(self):
        for size in SIZES:
            for algorithm in ("sha-256", "sha-512"):
                body = content(size)
                ours = PEER.ok("digest_make", body=body, algorithm=algorithm)
                hms.ContentDigest.verify(ours, body)


def main():
    global PEER  # pylint: disable=global-statement
    PEER = Peer(sys.argv.pop(1))
    for package in ("jwcrypto", "http-message-signatures", "standardwebhooks", "cryptography"):
        print(f"{package} {importlib.metadata.version(package)}")
    program = unittest.main(exit=False, verbosity=2)
    PEER.close()
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
