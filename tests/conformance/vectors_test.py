#!/usr/bin/env python3
"""Runs cardwatch's cryptography over the published test vectors, file by file.

usage: vectors_test.py PROGRAM

The vectors are no part of this repository: they are read from CARDWATCH_VECTORS, or from
../shared/vectors beside the checkout. Without them this says so and exits with 77. Prints a line
for each file; a file that nothing here knows is a failure, so that none is passed over.
"""
import hashlib
import hmac
import json
import sys
import zlib

from peer import VECTORS, Peer, b64u, unb64u


def equal(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {actual!r}, not {expected!r}")


class Checks:
    """One method a kind of file; each returns what it checked, for the table."""

    def __init__(self, peer):
        self.peer = peer

    def load(self, path):
        return json.loads((VECTORS / path).read_text(encoding="utf-8"))

    # RFC 9421 appendix B: signed messages and their signature bases.

    @staticmethod
    def message(text):
        head, _, body = text.replace("\r\n", "\n").partition("\n\n")
        first, *fields = head.split("\n")
        members = {"headers": fields, "body": body.removesuffix("\n").encode()}
        if first.startswith("HTTP/"):
            return members | {"status": int(first.split()[1])}
        method, target, _ = first.split()
        host = next(f.split(":", 1)[1].strip() for f in fields if f.lower().startswith("host:"))
        return members | {"method": method, "target_uri": f"https://{host}{target}"}

    def rfc9421(self, label, key):
        folder = VECTORS / "rfc9421-appendix-b"
        kind = "response" if label == "b24" else "request"
        message = self.message((folder / f"{label}_{kind}_signed.txt").read_text())
        base = (folder / f"{label}_{kind}_sigbase.txt").read_text()
        asked = {name: value for name, value in message.items() if name != "body"}
        equal(self.peer.ok("message_base", label=f"sig-{label}", **asked), base.rstrip("\n"),
              "signature base")
        known = self.verification_key(folder, key)
        verify = message | known | {"keyid": key, "now": 1618884473, "rules": "any"}
        equal(self.peer.ok("message_verify", **verify), f"sig-{label}", "signature")
        changed = [line.replace("1618884473", "1618884474") for line in verify["headers"]]
        equal(self.peer.refusal("message_verify", **(verify | {"headers": changed})),
              "SIGNATURE_INVALID", "changed parameters")
        return f"base equal, {key} verified, changed one refused"

    @staticmethod
    def verification_key(folder, key):
        if key == "test-shared-secret":
            return {"secret": (folder / key).read_text().strip().replace("+", "-")
                    .replace("/", "_").rstrip("=")}
        return {"pem": (folder / f"{key}.pub").read_text()}

    def rfc9421_resigned(self, label):
        """Ed25519 signatures are the same whoever makes them."""
        folder = VECTORS / "rfc9421-appendix-b"
        base = (folder / f"{label}_request_sigbase.txt").read_text().rstrip("\n")
        signed = (folder / f"{label}_request_signed.txt").read_text()
        wanted = signed.split(f"Signature: sig-{label}=:")[1].split(":")[0]
        pem = (folder / "test-key-ed25519.key").read_text()
        made = unb64u(self.peer.ok("raw_sign", pem=pem, content=base.encode()))
        equal(made, unb64u(wanted.replace("+", "-").replace("/", "_").rstrip("=")), "signature")
        return "signed anew: the same bytes"

    def plain_message(self, path):
        """The message before it was signed: its Content-Digest is that of its body."""
        message = self.message((VECTORS / path).read_text())
        header = next(f.split(":", 1)[1].strip() for f in message["headers"]
                      if f.lower().startswith("content-digest:"))
        self.peer.ok("digest_verify", header=header, body=message["body"])
        equal(self.peer.refusal("digest_verify", header=header, body=message["body"] + b" "),
              "CONTENT_DIGEST", "another body")
        return "Content-Digest right, of another body refused"

    # RFC 9530

    def rfc9530(self, path):
        count = 0
        for vector in self.load(path)["vectors"]:
            body = vector["body_utf8"].encode()
            for algorithm in ("sha-256", "sha-512"):
                if algorithm not in vector:
                    continue
                header = f"{algorithm}=:{vector[algorithm]}:"
                equal(self.peer.ok("digest_make", body=body, algorithm=algorithm), header, "digest")
                self.peer.ok("digest_verify", header=header, body=body)
                count += 1
        return f"{count} digests equal"

    # Standard Webhooks

    def webhooks(self, path):
        for vector in self.load(path)["vectors"]:
            asked = {"id": vector["id"], "body": vector["body"].encode()}
            made = self.peer.ok("webhook_sign", timestamp=vector["timestamp"],
                                secrets=[vector.get("secret") or vector["secret_key"]], **asked)
            equal(made, vector["signature"], vector["scheme"])
            self.webhook_cases(vector, asked)
        return "v1 and v1a equal and verified; the negative cases refused"

    def webhook_cases(self, vector, asked):
        key = [vector.get("secret") or vector["public_key"]]
        at, good = vector["timestamp"], vector["signature"]

        def verdict(signature=good, timestamp=str(at), now=at, secrets=key, **other):
            return self.peer.refusal("webhook_verify", signature=signature, timestamp=timestamp,
                                     now=now, secrets=secrets, **(asked | other))

        equal(verdict(), None, "the good one")
        equal(verdict(signature=f"v2,AAAA v1,AAAA {good}"), None, "the good one last")
        equal(verdict(now=at + 300), None, "300 s old")
        for what, refused in {"id missing": verdict(id=""),
                              "timestamp missing": verdict(timestamp=""),
                              "signature missing": verdict(signature=""),
                              "timestamp not an integer": verdict(timestamp="soon"),
                              "empty signature": verdict(signature=good.split(",")[0] + ","),
                              "truncated": verdict(signature=good[:-4]),
                              "unknown version": verdict(signature="v2," + good.split(",")[1]),
                              }.items():
            equal(refused, "SIGNATURE_INVALID", what)
        equal(verdict(now=at + 301), "TIMESTAMP_SKEW", "too old")
        equal(verdict(now=at - 301), "TIMESTAMP_SKEW", "too new")
        for secret in ("", "whsec_"):
            equal(self.peer.refusal("webhook_sign", timestamp=at, secrets=[secret or " "], **asked),
                  "KEY_INVALID", "empty secret")

    # RFC 7520, RFC 8037, RFC 7797

    def refused_jwe(self, vector, key):
        compact = vector["output"].get("compact")
        if compact is None or key.get("kty") == "oct":
            return "no key of ours"
        code = self.peer.refusal("jwe_decrypt", jwk=key, jwe=compact)
        if code not in ("DECRYPT_FAILED", "KEY_INVALID"):
            raise AssertionError(f"the algorithm is not allowed, but it was not refused: {code}")
        return f"refused ({code})"

    def gcm_content(self, path, inflate=False):
        """The content encryption (A128GCM, A256GCM) with the key that the vector gives."""
        vector = self.load(path)
        content = vector["encrypting_content"]
        given = vector["input"].get("key")
        key = vector["generated"].get("cek") or given["k"]
        aad = content.get("protected_b64u", "")
        if "aad_b64u" in vector["generated"]:
            aad += "." + vector["generated"]["aad_b64u"]
        opened = unb64u(self.peer.ok("gcm_open", key=key, iv=vector["generated"]["iv"], aad=aad,
                                     ciphertext=content["ciphertext"], tag=content["tag"]))
        plain = zlib.decompress(opened, -15) if inflate else opened
        equal(plain.decode(), vector["input"]["plaintext"], "plaintext")
        return f"content opened; as a message {self.refused_jwe(vector, given)}"

    def refused_only(self, path):
        vector = self.load(path)
        if "encrypt" in vector:
            vector = vector["encrypt"]
        key = vector["input"].get("key") or {}
        keys = key if isinstance(key, list) else [key]
        return "other algorithms: " + "; ".join(self.refused_jwe(vector, each) for each in keys)

    def agreed_key(self, path, key_bytes):
        """ECDH-ES: the agreed key; AES-CBC is not ours, so its tag is checked here (5.5)."""
        vector = self.load(path)
        content = vector["encrypting_content"]
        header = content["protected"]
        agreed = unb64u(self.peer.ok("agree", jwk=vector["input"]["key"], epk=header["epk"],
                                     enc=header["enc"], bytes=key_bytes))
        if header["enc"] == "A128GCM":
            opened = self.peer.ok("gcm_open", key=agreed, iv=vector["generated"]["iv"],
                                  aad=content["protected_b64u"], tag=content["tag"],
                                  ciphertext=content["ciphertext"])
            equal(unb64u(opened).decode(), vector["input"]["plaintext"], "plaintext")
        else:
            aad = content["protected_b64u"].encode()
            mac = hmac.new(agreed[:16], aad + unb64u(vector["generated"]["iv"]) +
                           unb64u(content["ciphertext"]) + (8 * len(aad)).to_bytes(8, "big"),
                           hashlib.sha256).digest()
            equal(b64u(mac[:16]), content["tag"], "tag under the agreed key")
        return f"agreed key right; as a message {self.refused_jwe(vector, vector['input']['key'])}"

    def verified(self, key, alg, content, signature):
        asked = {"content": content.encode(), "signature": signature}
        if alg == "HS256":
            asked |= {"secret": key["k"], "keyid": "k"}
        else:
            asked |= {"jwk": {name: key[name] for name in ("kty", "crv", "x", "y", "n", "e", "kid")
                              if name in key}}
        if alg == "RS256":
            asked["alg"] = "rsa-v1_5-sha256"
        return self.peer.refusal("raw_verify", **asked)

    def jws(self, path):
        """The primitives that HTTP message signatures share with JWS."""
        vector = self.load(path)
        signings = vector["signing"] if isinstance(vector["signing"], list) else [vector["signing"]]
        keys = vector["input"]["key"]
        keys = keys if isinstance(keys, list) else [keys]
        algs = vector["input"]["alg"]
        algs = algs if isinstance(algs, list) else [algs]
        told = []
        for signing, key, alg in zip(signings, keys, algs):
            content = signing["sig-input"]
            code = self.verified(key, alg, content, signing["sig"])
            if alg in ("HS256", "RS256", "EdDSA"):
                equal(code, None, f"{alg} signature")
                equal(self.verified(key, alg, content + "x", signing["sig"]), "SIGNATURE_INVALID",
                      f"{alg} over something else")
                told.append(f"{alg} verified, of something else refused")
            else:
                equal(code in ("SIGNATURE_INVALID", "KEY_INVALID"), True, f"{alg} is not allowed")
                told.append(f"{alg} refused ({code})")
        return "; ".join(told)

    def jws_output(self, path):
        """The compact output; the file's own signing input belongs to another header."""
        vector = self.load(path)
        content, signature = vector["output"]["compact"].rsplit(".", 1)
        key = vector["input"]["key"]
        equal(self.verified(key, "HS256", content, signature), None, "HS256 signature")
        equal(self.verified(key, "HS256", content, vector["signing"]["sig"]), "SIGNATURE_INVALID",
              "the signature of the signing section")
        return "HS256 of the output verified (the file's signing section does not fit its output)"

    def public_jwk(self, path, refused):
        code = self.peer.refusal("jwk_public", jwk=self.load(path))
        equal(code, "KEY_INVALID" if refused else None, "public key")
        return f"refused ({code}): not a key of ours" if refused else "read"

    def private_jwk(self, path):
        key = self.load(path)
        mine = self.peer.ok("jwk_private", jwk=key)
        public = {name: key[name] for name in ("kty", "n", "e")}
        equal(self.peer.ok("jwk_public", jwk=public), mine, "thumbprint")
        equal(self.peer.refusal("jwk_public", jwk=key), "KEY_INVALID", "private where public")
        return "read; refused where a public one is wanted"

    @staticmethod
    def unused(_path):
        return "NOT RUN: security event tokens are no part of cardwatch"

    def table(self):
        """Every file, and what checks it. Keys and documentation are used by the others."""
        rfc9421 = {f"rfc9421-appendix-b/{label}_{kind}_signed.txt":
                   lambda _, label=label, key=key: self.rfc9421(label, key)
                   for label, kind, key in [("b21", "request", "test-key-rsa-pss"),
                                            ("b22", "request", "test-key-rsa-pss"),
                                            ("b23", "request", "test-key-rsa-pss"),
                                            ("b24", "response", "test-key-ecc-p256"),
                                            ("b25", "request", "test-shared-secret"),
                                            ("b26", "request", "test-key-ed25519")]}
        jwe = "jose-cookbook/jwe/"
        jws = "jose-cookbook/jws/"
        return rfc9421 | {
            "rfc9421-appendix-b/b26_request_sigbase.txt": lambda _: self.rfc9421_resigned("b26"),
            "rfc9421-appendix-b/rfc-test-request.txt": self.plain_message,
            "rfc9421-appendix-b/rfc-test-response.txt": self.plain_message,
            "rfc9530/content-digest.json": self.rfc9530,
            "standard-webhooks/vectors.json": self.webhooks,
            jwe + "5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json": self.refused_only,
            jwe + "5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json": self.gcm_content,
            jwe + "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json":
                self.refused_only,
            jwe + "5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm"
                  ".json": self.gcm_content,
            jwe + "5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json":
                lambda path: self.agreed_key(path, 32),
            jwe + "5_6.direct_encryption_using_aes-gcm.json": self.gcm_content,
            jwe + "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json":
                self.refused_only,
            jwe + "5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json": self.gcm_content,
            jwe + "5_9.compressed_content.json": lambda path: self.gcm_content(path, inflate=True),
            jwe + "5_10.including_additional_authentication_data.json": self.gcm_content,
            jwe + "5_11.protecting_specific_header_fields.json": self.gcm_content,
            jwe + "5_12.protecting_content_only.json": self.gcm_content,
            jwe + "5_13.encrypting_to_multiple_recipients.json": self.refused_only,
            **{jws + name + ".json": self.jws
               for name in ("4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_3.ecdsa_signature",
                            "4_4.hmac-sha2_integrity_protection",
                            "4_5.signature_with_detached_content",
                            "4_6.protecting_specific_header_fields", "4_7.protecting_content_only",
                            "4_8.multiple_signatures")},
            "jose-cookbook/6.nesting_signatures_and_encryption.json": self.refused_only,
            "jose-cookbook/curve25519/ecdh-es.json": lambda path: self.agreed_key(path, 16),
            "jose-cookbook/curve25519/jws.json": self.jws,
            "jose-cookbook/rfc7797/4.2.hmac-sha2_b64_false.json": self.jws,
            "jose-cookbook/rfc7797/hmac-sha2_b64_false.json": self.jws_output,
            "jose-cookbook/jwk/3_1.ec_public_key.json": lambda path: self.public_jwk(path, True),
            "jose-cookbook/jwk/3_2.ec_private_key.json": lambda path: self.public_jwk(path, True),
            "jose-cookbook/jwk/3_3.rsa_public_key.json": lambda path: self.public_jwk(path, False),
            "jose-cookbook/jwk/3_4.rsa_private_key.json": self.private_jwk,
            "jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json":
                lambda path: self.public_jwk(path, True),
            "jose-cookbook/jwk/3_6.symmetric_key_encryption.json":
                lambda path: self.public_jwk(path, True),
            "ssf/ssf-examples.json": self.unused,
        }


def is_data(path):
    """Not documentation, a key, or a base that goes with its signed message."""
    return (path.suffix in (".json", ".txt") and
            (not path.name.endswith("_sigbase.txt") or path.name.startswith("b26")))


def main():
    if not VECTORS.is_dir():
        print(f"SKIPPED: no test vectors in {VECTORS}; set CARDWATCH_VECTORS to their folder.")
        return 77
    checks = Checks(Peer(sys.argv[1]))
    table = checks.table()
    files = sorted(path.relative_to(VECTORS).as_posix()
                   for path in VECTORS.rglob("*") if path.is_file() and is_data(path))
    failed = 0
    for name in files:
        try:
            told = table[name](name)
        except KeyError as error:
            told = f"FAILED: not known to this test, or without {error}"
        except Exception as error:  # pylint: disable=broad-except
            told = f"FAILED: {type(error).__name__}: {error}"
        failed += told.startswith("FAILED")
        print(f"{name}: {told}")
    for name in sorted(set(table) - set(files)):
        failed += 1
        print(f"{name}: FAILED: the file is missing")
    checks.peer.close()
    print(f"{len(files)} files, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
