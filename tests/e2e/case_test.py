"""The case of 2009 with every service killed in the middle: each figure exact all the same."""

import os
import pathlib
import shutil
import tempfile
import unittest

from support import BIN, Cluster, play

from cluster.chaos import Chaos
from cluster.demo import check_refused, issuers_of_the_case, make_case, scan_for_leaks


class Options:
    seed = int(os.environ.get("CW_SEED", "1"))
    scale = 0.02


class CaseWithKills(unittest.TestCase):
    def setUp(self):
        print(f"seed {Options.seed}: CW_SEED repeats another one", flush=True)
        self.temp = tempfile.mkdtemp(prefix="cardwatch-e2e-")
        self.addCleanup(shutil.rmtree, self.temp, ignore_errors=True)
        self.cluster = Cluster(pathlib.Path(self.temp) / "cluster", BIN, issuers_of_the_case())
        self.addCleanup(self.cluster.stop)

    def test_every_figure_and_feed_is_exact_after_sigkills_of_each_service(self):
        cluster = self.cluster
        cluster.prepare()
        case = make_case(Options, cluster, cluster.folder / "case")
        cluster.start_broker()
        cluster.write_configs()
        cluster.create_topics()
        cluster.start()
        order = case.spec["load_order"]
        chaos = Chaos(cluster, len(order), Options.seed)
        player = play.Player(cluster, case)
        for index, step in enumerate(order):
            chaos.around(index, lambda step=step: player.step(step))
        for name in ("matcher", "notifier", "issuer", "desk"):
            chaos.kill_now(name)
        print("killed:", " ".join(chaos.done), flush=True)

        for figure, answer, equal in play.wait_for_figures(cluster, case, seconds=90):
            self.assertTrue(equal, f"{figure['name']}: {figure} but {answer}")
        feeds = play.wait_for_feeds(cluster, case, seconds=90)
        for issuer in cluster.issuers:
            expected = case.spec["watch"][issuer]
            self.assertTrue(play.feed_done(feeds[issuer], expected), feeds[issuer])
        self.assertTrue(check_refused(case, player))
        self.assertTrue(scan_for_leaks(cluster, case))
        self.assertEqual(
            set(cluster.stop().values()), {0}, "every service stops cleanly on SIGTERM"
        )


if __name__ == "__main__":
    unittest.main()
