"""The program conformance_peer as an object: cardwatch's own cryptography, asked line by line."""
import base64
import json
import os
import pathlib
import subprocess

REPO = pathlib.Path(__file__).resolve().parents[2]
VECTORS = pathlib.Path(os.environ.get("CARDWATCH_VECTORS") or REPO.parent / "shared" / "vectors")


class Refused(Exception):
    """What cardwatch said no to, with its stable error code."""

    def __init__(self, answer):
        super().__init__(f"{answer['error']}: {answer.get('detail', '')}")
        self.code = answer["error"]


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Peer:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(timeout=10)

    def ask(self, op, **members):
        """Bytes go as base64url, lists line by line, dicts as JSON text. Raises Refused."""
        request = {"op": op}
        for name, value in members.items():
            if value is None:
                continue
            if isinstance(value, bytes):
                value = b64u(value)
            elif isinstance(value, list):
                value = "\n".join(value)
            elif isinstance(value, dict):
                value = json.dumps(value)
            request[name] = value
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise Refused(answer)
        return answer

    def ok(self, op, **members):
        return self.ask(op, **members)["ok"]

    def refusal(self, op, **members):
        """The error code, or None if it was not refused."""
        try:
            self.ask(op, **members)
        except Refused as refused:
            return refused.code
        return None
