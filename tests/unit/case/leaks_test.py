"""scripts/scan-leaks finds planted numbers in every form, and never tells them."""

import base64
import pathlib
import random
import subprocess
import tempfile
import unittest

import scripts_path
from case import cards, leaks

SCAN = scripts_path.SCRIPTS / "scan-leaks"


def card(rng):
    body = "40000000" + "".join(rng.choices("0123456789", k=7))
    return body + cards.check_digit(body)


class LeaksTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.seed = random.SystemRandom().randrange(1 << 32)
        rng = random.Random(cls.seed)
        cls.number, cls.spelled, cls.in_json = card(rng), card(rng), card(rng)
        cls.numbers = {n.encode() for n in (cls.number, cls.spelled, cls.in_json)}
        cls.other = card(rng)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        case = self.root / "case"
        (case / "exposures").mkdir(parents=True)
        (case / "reports").mkdir()
        spaced = self.spelled[:4] + "-" + self.spelled[4:]
        (case / "exposures/x.csv").write_text(
            f"expiry,pan\n2010-01,{self.number}\n2010-02,{spaced}\n2010-03,unknown\n2010-04\n")
        (case / "reports/x.json").write_text(f'[{{"pan": "{self.in_json}"}}]')
        self.case = case

    def scan(self, *paths, stdin=b""):
        done = subprocess.run([SCAN, "--case", self.case, "--jobs", "1", *paths], input=stdin,
                              capture_output=True, check=False)
        for number in self.numbers:
            self.assertNotIn(number, done.stdout + done.stderr)
        return done.returncode, done.stdout.decode()

    def planted(self, name, content):
        path = self.root / "data" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)

    def test_case_numbers_are_read_from_csv_and_json_in_any_spelling(self):
        self.assertEqual(leaks.read_numbers(self.case), self.numbers)

    def test_each_form_is_found(self):
        digits = self.number.encode()
        scanner = leaks.Scanner(self.numbers)
        forms = {
            "plain": [b"x" + digits + b"y", b"2009-07-14 " + digits, b"123" + digits + b"456",
                      b" ".join(digits[i : i + 4] for i in (0, 4, 8, 12)), b"\xff" + digits],
            "hex": [digits.hex().encode()],
            "base64": [base64.b64encode(b"{'a':"[:n] + digits + b"'}") for n in range(5)],
            "full-width digits": ["".join(chr(0xFF10 + int(d)) for d in self.number).encode()],
        }
        for form, blocks in forms.items():
            for block in blocks:
                with self.subTest(form=form, seed=self.seed):
                    self.assertEqual([found.form for found in scanner.scan(block)], [form])

    def test_other_numbers_are_not_found(self):
        scanner = leaks.Scanner(self.numbers)
        digits = self.other.encode()
        for block in (digits, digits.hex().encode(), base64.b64encode(digits), b"0123456789" * 9,
                      self.number[:-1].encode() + b"x", bytes(range(256)) * 8, b""):
            self.assertEqual(scanner.scan(block), [])

    def test_clean_folder_passes_and_a_planted_number_fails(self):
        self.planted("log.json", b'{"msg":"started"}\n' + self.other.encode())
        self.assertEqual(self.scan(self.root / "data"), (0, ""))
        self.planted("deep.bin", b"\0" * 1000 + self.in_json.encode() + b"\0")
        code, text = self.scan(self.root / "data")
        self.assertEqual(code, 1)
        self.assertIn("deep.bin: 1 place(s), the first near byte 1000 (plain)", text)
        self.assertNotIn("log.json", text)

    def test_number_across_two_blocks_is_found_once(self):
        block = 8 * 1024 * 1024
        self.planted("big", b"-" * (block - 5) + self.number.encode() + b"-")
        code, text = self.scan(self.root / "data")
        self.assertEqual((code, text.count("1 place(s)")), (1, 1))

    def test_standard_input_is_scanned(self):
        self.assertEqual(self.scan("-", stdin=b"key " + self.other.encode())[0], 0)
        self.assertEqual(self.scan("-", stdin=b"key " + self.number.encode())[0], 1)

    def test_what_cannot_be_read_proves_nothing(self):
        self.assertEqual(self.scan(self.root / "missing")[0], 2)
        (self.case / "exposures/x.csv").write_text("expiry,pan\n")
        (self.case / "reports/x.json").write_text("[]")
        self.assertEqual(self.scan(self.case)[0], 2)


if __name__ == "__main__":
    unittest.main()
