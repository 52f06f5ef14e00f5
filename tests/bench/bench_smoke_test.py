"""Each benchmark runs and checks itself: with tiny sizes, and with an expectation that is wrong."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = os.environ.get("CARDWATCH_BIN_DIR", str(ROOT / "build" / "dev" / "bin"))
CHEAP = ["match-engine", "match-kafka", "restore", "rescope", "feed"]
FEED = ["feed-single", "feed-isolation"]


def bench(folder, *arguments):
    """(exit status, what it wrote as JSON, what it printed)"""
    result = pathlib.Path(folder) / "result.json"
    command = [sys.executable, str(ROOT / "scripts/bench"), "--quick", "--bin", BIN,
               "--work", folder, "--json", str(result), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)
    printed = done.stdout + done.stderr
    if not result.exists():
        raise AssertionError(f"no result, exit status {done.returncode}:\n{printed}")
    return done.returncode, json.loads(result.read_text()), printed


class Smoke(unittest.TestCase):
    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="cardwatch-bench-")
        self.addCleanup(temp.cleanup)
        self.folder = temp.name

    def check_that_they_run_and_are_right(self, names):
        status, found, printed = bench(self.folder, *names)
        self.assertEqual(status, 0, printed)
        self.assertEqual(found["void"], {})
        self.assertEqual({figure["benchmark"] for figure in found["figures"]}, set(names))
        for figure in found["figures"]:
            self.assertGreater(figure["median"], 0, figure)
        left = [path.name for path in pathlib.Path(self.folder).iterdir()]
        self.assertEqual(left, ["result.json"])

    def test_the_cheap_ones_run_are_right_and_leave_nothing_behind(self):
        self.check_that_they_run_and_are_right(CHEAP)

    def test_those_of_the_feed_run_are_right_and_leave_nothing_behind(self):
        self.check_that_they_run_and_are_right(FEED)

    def test_a_wrong_expectation_makes_every_figure_void(self):
        status, found, printed = bench(self.folder, "--spoil", "1", *CHEAP)
        self.assertEqual(status, 1, printed)
        self.assertEqual(set(found["void"]), set(CHEAP))
        self.assertEqual(found["figures"], [])


if __name__ == "__main__":
    unittest.main()
