"""Every figure, row and watchlist of the case's own oracle comes out of `cardwatch replay`.

The oracle (scripts/case/recount.py) and the matching library share no code: each guards the other.
"""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CARDWATCH = os.path.join(os.environ.get("CARDWATCH_BIN_DIR", ROOT / "build/dev/bin"), "cardwatch")


class CaseReplayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cardwatch-e2e-")
        cls.addClassCleanup(folder.cleanup)
        cls.case = pathlib.Path(folder.name) / "case"
        subprocess.run([ROOT / "scripts/make-case", "--scale", "0.01", cls.case], check=True,
                       stdout=subprocess.DEVNULL)
        # One key for all runs: the digest of a figure is over card references.
        cls.key = pathlib.Path(folder.name) / "match.key"
        cls.key.write_text("5a" * 32 + "\n")
        cls.key.chmod(0o600)
        cls.definition = json.loads((cls.case / "case.json").read_text())

    def replay(self, *arguments, shuffled_by=None):
        """The answer as JSON; the files in random order if there is a seed."""
        given = self.definition
        reports = [file["path"] for file in given["reports"]]
        exposures = [f"{file['name']}={self.case / file['path']}@{file['received_at']}"
                     for file in given["exposures"]]
        if shuffled_by is not None:
            rng = random.Random(shuffled_by)
            rng.shuffle(reports)
            rng.shuffle(exposures)
            reports += rng.sample(reports, 5)
        command = [CARDWATCH, "--output", "json", "replay", "--match-key", self.key,
                   "--incident", self.case / given["incident_path"],
                   "--issuers", *[self.case / path for path in given["issuer_paths"]],
                   "--exposures", *exposures,
                   "--reports", *[self.case / path for path in reports],
                   "--scope", *[self.case / revision["path"] for revision in given["scope"]]]
        done = subprocess.run([*map(str, command), *arguments], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 1, done.stderr)  # Some rows are refused.
        return json.loads(done.stdout), done.stderr

    def counts(self, query, **options):
        arguments = ["counts", "--since", query["since"], "--as-of", query["as_of"],
                     "--unit", query["unit"], "--attributable", query["attributable"]]
        if query["known_at"]:
            arguments += ["--known-at", query["known_at"]]
        if query["by"]:
            arguments += ["--by", ",".join(query["by"])]
        if query["outcomes"]:
            arguments += ["--outcome", ",".join(query["outcomes"])]
        return self.replay(*arguments, **options)

    def test_every_recorded_figure_comes_out_with_its_rows(self):
        for recorded in self.definition["figures"]:
            with self.subTest(recorded["name"]):
                query = recorded["query"]
                answer, _ = self.counts(query)
                rows = [[*[row[key] for key in query["by"]], row["count"]]
                        for row in answer.get("rows", [])]
                self.assertEqual(answer["figure"], recorded["figure"])
                self.assertEqual(rows, recorded.get("rows", []))
                self.assertEqual(answer["scope_revision"], recorded["scope_revision"])

    def test_order_and_repetition_of_files_change_nothing(self):
        seed = random.SystemRandom().randrange(1 << 32)
        recorded = next(figure for figure in self.definition["figures"]
                        if figure["name"] == "members by outcome and issuer")
        first, _ = self.counts(recorded["query"])
        again, _ = self.counts(recorded["query"], shuffled_by=seed)
        self.assertEqual(again["rows"], first["rows"], f"seed {seed}")
        self.assertEqual(again["digest"], first["digest"], f"seed {seed}")

    def test_refused_rows_are_those_that_the_case_planted(self):
        _, said = self.replay("watchlist")
        self.assertIn(f"{len(self.definition['refused'])} rows were refused", said)

    def test_watchlists_come_out_by_issuer_and_level(self):
        lists, _ = self.replay("watchlist")
        told = {line["issuer"]: {name: value for name, value in line.items()
                                 if name != "issuer" and value} for line in lists}
        self.assertEqual(told, self.definition["watch"])


if __name__ == "__main__":
    unittest.main()
