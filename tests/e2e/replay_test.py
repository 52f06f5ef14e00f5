"""The same matching over files alone gives the figures that the services give."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from cluster.cluster import ROOT, run
from cluster.play import Case
from support import BIN


class ReplayOfTheCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix="cardwatch-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.temp, ignore_errors=True)
        run([ROOT / "scripts/make-case", "--scale", "0.02", cls.temp / "case"])
        cls.case = Case(cls.temp / "case")

    def replay(self, *arguments):
        case = self.case
        spec = case.spec
        command = [os.path.join(BIN, "cardwatch"), "replay"]
        command += ["--incident", case.path(spec["incident_path"])]
        command += ["--issuers", *[case.path(path) for path in spec["issuer_paths"]]]
        command += ["--exposures"]
        for load in spec["exposures"]:
            command.append(f"{load['name']}={case.path(load['path'])}")
        command += ["--reports", *[case.path(load["path"]) for load in spec["reports"]]]
        command += ["--scope", *[case.path(scope["path"]) for scope in spec["scope"]]]
        done = subprocess.run(
            command + [*arguments, "--output", "json"], capture_output=True, text=True, check=False
        )
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def test_public_figures_come_out_exactly(self):
        public = [figure for figure in self.case.spec["figures"] if figure["public"]]
        self.assertEqual(len(public), 8)
        for figure in public:
            answer = self.replay("counts", "--as-of", figure["query"]["as_of"])
            self.assertEqual(answer["figure"], figure["figure"], figure["name"])


if __name__ == "__main__":
    unittest.main()
