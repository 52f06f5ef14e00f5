"""scripts/make-case: the public series, determinism, refused rows, and refusing to write."""

import argparse
import copy
import csv
import filecmp
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import unittest.mock

import scripts_path
from case import figures, recount, writer

MAKE = scripts_path.SCRIPTS / "make-case"
# The published series, written down here a second time on purpose.
SERIES = {"2009-07-23": 1000, "2009-07-25": 2200, "2009-07-31": 2850, "2009-08-13": 4228,
          "2009-09-11": 4292, "2009-10-23": 5122, "2010-02-18": 6592, "2012-03-29": 6610}
CODES = {"PAN_LUHN", "PAN_CHARACTERS", "PAN_LENGTH", "EXPIRY_INVALID", "FIELD_MISSING",
         "FIELD_COUNT", "UNKNOWN_ISSUER", "UNKNOWN_INCIDENT", "TIMESTAMP_INVALID",
         "AMOUNT_INVALID", "CODE_INVALID", "REVISION_INVALID"}


def make(*arguments, hash_seed="0"):
    return subprocess.run([MAKE, *map(str, arguments)], capture_output=True, text=True,
                          check=False, env=os.environ | {"PYTHONHASHSEED": hash_seed})


class MakeCaseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.root.cleanup)
        cls.path = pathlib.Path(cls.root.name)
        cls.out = cls.path / "out"
        done = make("--seed", 7, "--scale", 0.01, cls.out)
        if done.returncode:
            raise AssertionError(done.stderr)
        cls.definition = json.loads((cls.out / "case.json").read_text())

    def test_public_series_comes_out(self):
        public = {figure["query"]["as_of"]: figure for figure in self.definition["figures"]
                  if figure["public"]}
        self.assertEqual({day: f["figure"] for day, f in public.items()}, SERIES)
        for figure in public.values():
            self.assertEqual(figure["query"]["unit"], "members")
            self.assertIsNone(figure["query"]["known_at"])

    def test_scopes_that_name_the_leak_do_not_shrink(self):
        self.assertEqual([r["cards"] for r in self.definition["scope"]][2:], [18_184, 32_359])

    def test_469_stand_outside_the_scope_until_it_is_widened(self):
        rows = [figure["rows"] for figure in self.definition["figures"]
                if figure["name"].startswith("2009-10-23 by outcome")]
        self.assertEqual(rows, [[["identified", 5122]], [["identified", 4653], ["in_file", 469]]])

    def test_there_are_more_cards_than_members_and_more_reports_than_cards(self):
        by_name = {figure["name"]: figure["figure"] for figure in self.definition["figures"]}
        self.assertGreater(by_name["cards"], 6610)
        self.assertGreater(by_name["reports"], by_name["cards"])

    def test_every_refused_row_stands_where_the_case_says(self):
        self.assertEqual({refused["code"] for refused in self.definition["refused"]}, CODES)
        case = recount.Case(self.out, self.definition)
        self.assertEqual(recount.refused_differences(case), [])
        for file in self.definition["exposures"] + self.definition["reports"]:
            self.assertEqual(case.valid_rows[file["path"]], file["accepted"])
            self.assertEqual(file["rows"], file["accepted"] + file["refused"])

    def test_first_batches_come_before_the_file_and_name_the_incident(self):
        known = min(file["received_at"] for file in self.definition["exposures"])
        early = [file for file in self.definition["reports"] if file["received_at"] < known]
        self.assertTrue(early)
        refused = {(r["path"], r["line"]) for r in self.definition["refused"]}
        for file in early:
            text = (self.out / file["path"]).read_text()
            for line, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
                if (file["path"], line) not in refused:
                    self.assertEqual(row["incident"], "alico-2009")

    def test_load_order_names_every_file_once(self):
        files = sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*")
                       if path.is_file() and path.name != "case.json")
        self.assertEqual(sorted(step["path"] for step in self.definition["load_order"]), files)

    def test_same_seed_gives_the_same_bytes(self):
        again = self.path / "again"
        self.assertEqual(make("--seed", 7, "--scale", 0.01, again, hash_seed="12").returncode, 0)
        for path in self.out.rglob("*"):
            if path.is_file():
                other = again / path.relative_to(self.out)
                self.assertTrue(filecmp.cmp(path, other, shallow=False), path.name)

    def test_recount_notices_a_missing_report(self):
        case = recount.Case(self.out, self.definition)
        counted = next(entry.report for entry in case.standing_at(None) if entry.attributable
                       and not entry.report.member and entry.report.reported > 1_248_000_000_000)
        del case.revisions[counted.issuer, counted.report]
        fresh = recount.Case(self.out, self.definition)
        fresh.revisions = case.revisions
        self.assertTrue(any(text.startswith("published") for text in recount.differences(fresh)))

    def test_nothing_is_written_when_a_public_figure_does_not_come_out(self):
        target = self.path / "wrong"
        options = argparse.Namespace(out_dir=target, seed=7, scale=0.01, keys=None,
                                     feed_url_base="https://localhost:1/feeds")
        series = [(day, members + 1, *rest) for day, members, *rest in figures.PUBLIC]

        class Copier:  # The files of the right case, so that only the series is wrong.
            def __init__(self, _options, folder):
                self.folder = folder

            def make(copier):  # pylint: disable=no-self-argument
                shutil.copytree(self.out, copier.folder, dirs_exist_ok=True)
                return copy.deepcopy(self.definition)

        with (unittest.mock.patch.object(figures, "PUBLIC", series),
              unittest.mock.patch.object(writer, "Maker", Copier)):
            with self.assertRaisesRegex(SystemExit, "1000 instead of 1001"):
                writer.write_case(options)
        self.assertFalse(target.exists())
        self.assertEqual(list(self.path.glob(".wrong*")), [])

    def test_bad_arguments_are_refused(self):
        self.assertEqual(make("--scale", 2, self.path / "x").returncode, 2)
        self.assertIn("not empty", make(self.out).stderr)
        done = make("--keys", self.path / "nowhere", self.path / "x")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot read the key of card-a", done.stderr)
        self.assertFalse((self.path / "x").exists())

    def test_keys_and_address_go_into_the_issuers(self):
        keys = self.path / "keys/issuers"
        keys.mkdir(parents=True)
        for issuer in writer.ISSUER_IDS:
            (keys / f"{issuer}.jwk").write_text('{"kty": "RSA", "n": "x", "e": "AQAB"}')
        options = argparse.Namespace(keys=keys.parent, feed_url_base="https://h:1/feeds/", seed=1)
        issuers = writer.issuer_records(options)
        self.assertEqual(len(issuers), 12)
        self.assertEqual(issuers[0]["feed"]["url"], "https://h:1/feeds/card-a")
        self.assertEqual(issuers[0]["feed"]["encryption_key"]["kty"], "RSA")
        self.assertEqual(issuers[11]["feed"]["signing_secret"], "card-l")


if __name__ == "__main__":
    unittest.main()
