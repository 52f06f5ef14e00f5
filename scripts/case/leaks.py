"""Looks for a case's card numbers in bytes: plain, spaced, full-width, in hex or in base64."""

import base64
import collections
import csv
import io
import json
import re

_FOLD = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord(" "): None, ord("-"): None}
# Each begins with a plain character set, by which the regular expression engine skips quickly.
_RUN = re.compile(rb"[0-9][0-9 \-]{11,}")
_FULL_WIDTH = re.compile(rb"\xef\xbc([\x90-\x99])")
_HEX_RUN = re.compile(rb"3[0-9]3[0-9](?:3[0-9]){10,}")
# What base64 makes of three digits; a number holds at least three such groups at any alignment.
_BASE64_RUN = re.compile(
    rb"[MNO][DTjz][AEIMQUYcgk][wxyz0-5](?:[MNO][DTjz][AEIMQUYcgk][wxyz0-5]){2,}")
_SEPARATORS = b" -"

Finding = collections.namedtuple("Finding", "offset form")


def read_numbers(folder):
    """Every value of a `pan` field that could be a number, refused rows included."""
    numbers = set()
    for path in sorted([*folder.glob("exposures/*"), *folder.glob("reports/*")]):
        text = path.read_bytes().decode()
        if path.suffix == ".json":
            items = json.loads(text)
            values = [item["pan"] for item in
                      (items["reports"] if isinstance(items, dict) else items)]
        else:
            rows = csv.reader(io.StringIO(text, newline=""))
            column = next(rows).index("pan")
            values = [row[column] for row in rows if len(row) > column]
        for value in values:
            digits = value if value.isascii() and value.isdigit() else value.translate(_FOLD)
            if digits.isascii() and digits.isdigit() and len(digits) >= 12:
                numbers.add(digits.encode())
    return numbers


class Scanner:
    """Finds numbers of a set in byte blocks. A finding names the place and form, not the number."""

    OVERLAP = 256  # Bytes that neighbouring blocks must share, so that none is cut in two.

    def __init__(self, numbers):
        self._numbers = numbers
        self._lengths = sorted({len(number) for number in numbers})

    def scan(self, block):
        found = [Finding(match.start(), "plain") for match in _RUN.finditer(block)
                 if self._holds(match.group().translate(None, _SEPARATORS))]
        if b"\xef\xbc" in block:
            folded = _FULL_WIDTH.sub(lambda match: bytes([match.group(1)[0] - 0x60]), block)
            if folded != block:
                found += [Finding(0, "full-width digits") for match in _RUN.finditer(folded)
                          if self._holds(match.group().translate(None, _SEPARATORS))
                          and match.group() not in block]
        for match in _HEX_RUN.finditer(block):
            if self._holds(match.group()[1::2]):
                found.append(Finding(match.start(), "hex"))
        for match in _BASE64_RUN.finditer(block):
            if self._holds_base64(block, match):
                found.append(Finding(match.start(), "base64"))
        return found

    def _holds(self, digits):
        """Whether any part of a run of digits is a number."""
        return any(digits[start : start + length] in self._numbers
                   for length in self._lengths for start in range(len(digits) - length + 1))

    def _holds_base64(self, block, match):
        # One group more at each end: the digits there may share it with other bytes.
        start = match.start() - 4 if match.start() >= 4 else match.start()
        text = block[start : match.end() + 4].translate(bytes.maketrans(b"-_", b"+/"))
        text = re.sub(rb"[^A-Za-z0-9+/]", b"A", text)
        decoded = base64.b64decode(text + b"A" * (-len(text) % 4))
        return any(self._holds(run.group().translate(None, _SEPARATORS))
                   for run in _RUN.finditer(decoded))
