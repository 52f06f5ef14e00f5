"""The Python sample takes HTTP message signatures (RFC 9421) too, and nothing that is forged."""
import datetime
import http.client
import json
import ssl
import sys
import types
import unittest

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_message_signatures import HTTPMessageSigner, algorithms
from http_message_signatures.resolvers import MappingKeyResolver
from jwcrypto import jwe, jwk

import receivers

KEYS = {
    "ed25519": (algorithms.ED25519, ed25519.Ed25519PrivateKey.generate()),
    "p256": (algorithms.ECDSA_P256_SHA256, ec.generate_private_key(ec.SECP256R1())),
}
COVERED = ("@method", "@target-uri", "content-type", "content-digest")
TAG = "cardwatch"


class SignatureTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = receivers.Place()
        cls.addClassCleanup(cls.place.__exit__)
        files = {}
        for name, (_, key) in KEYS.items():
            pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            files[name] = str(cls.place.write(f"{name}.pem", pem.decode()))
        cls.url = f"https://localhost{receivers.PATH}"
        cls.started = receivers.python_receiver(
            cls.place, url=cls.url, signature_keys=files, signing_secrets=[]).__enter__()
        cls.addClassCleanup(cls.started.kill)

    def body(self):
        batch = {"feed": "cardwatch.watchlist.v1", "issuer": receivers.ISSUER, "epoch": 1,
                 "batch": "v-1", "after": 0, "through": 0, "count": 0, "more": False,
                 "entries": [], "verification": {"state": "hello"}}
        key = jwk.JWK.from_json(self.place.public_key.read_text())
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key["kid"]}
        return jwe.JWE(json.dumps(batch), header, recipient=key).serialize(compact=True).encode()

    def signed(self, name, body, tag=TAG, covered=COVERED, age=0):
        algorithm, key = KEYS[name]
        request = types.SimpleNamespace(method="POST", url=self.url,
                                        headers={"Content-Type": "application/jose"})
        signer = HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=MappingKeyResolver(
            public_keys={}, private_keys={name: key}))
        created = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        signer.sign(request, key_id=name, tag=tag, nonce="n-1", created=created, body=body,
                    expires=created + datetime.timedelta(minutes=20),
                    covered_component_ids=covered)
        return request.headers

    def post(self, headers, body):
        pki = self.place.pki
        context = ssl.create_default_context(cafile=pki / "ca.pem")
        context.load_cert_chain(pki / "notifier.pem", pki / "notifier.key")
        connection = http.client.HTTPSConnection("localhost", self.started.port, context=context,
                                                 timeout=30)
        try:
            connection.request("POST", receivers.PATH, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def test_a_genuine_signature_of_either_kind_is_taken(self):
        for name in KEYS:
            with self.subTest(key=name):
                body = self.body()
                status, answer = self.post(self.signed(name, body), body)
                self.assertEqual((status, answer.get("verification")), (200, "hello"), answer)

    def test_another_body_is_refused(self):
        self.assertEqual(self.post(self.signed("ed25519", self.body()), self.body())[0], 401)

    def test_another_tag_is_refused(self):
        body = self.body()
        self.assertEqual(self.post(self.signed("ed25519", body, tag="other"), body)[0], 401)

    def test_a_signature_that_does_not_cover_the_target_is_refused(self):
        body = self.body()
        headers = self.signed("ed25519", body, covered=("@method", "content-digest"))
        self.assertEqual(self.post(headers, body)[0], 401)

    def test_an_old_signature_is_refused(self):
        body = self.body()
        self.assertEqual(self.post(self.signed("p256", body, age=600), body)[0], 401)

    def test_no_signature_is_refused(self):
        self.assertEqual(self.post({"Content-Type": "application/jose"}, self.body())[0], 401)


if __name__ == "__main__":
    sys.exit(unittest.main())
