"""Plays the case of 2009 on a whole cluster and prints the public figures beside ours."""

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

from . import play
from .chaos import Chaos
from .cluster import ROOT, Cluster, run


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    parser.add_argument(
        "--chaos", action="store_true", help="kill -9 each service twice in the middle of the case"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the case and of --chaos")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="size of the exposed file, 0.01 to 1 (see make-case)",
    )
    parser.add_argument("--dir", default=str(ROOT / "build" / "demo"), help="emptied first")
    parser.add_argument("--bin", default=str(ROOT / "build" / "release" / "bin"))
    return parser.parse_args()


class Clock:
    """Says what is done and how long it took."""

    def __init__(self):
        self.start = self.last = time.monotonic()

    def lap(self, text):
        now = time.monotonic()
        print(f"  {text:<66} {now - self.last:6.1f} s", flush=True)
        self.last = now

    def since_start(self):
        return time.monotonic() - self.start


def make_case(options, cluster, folder):
    run(
        [
            ROOT / "scripts/make-case",
            "--seed",
            str(options.seed),
            "--scale",
            str(options.scale),
            "--keys",
            cluster.folder / "keys",
            "--feed-url-base",
            cluster.url("issuer") + "/feeds",
            folder,
        ]
    )
    return play.Case(folder)


def issuers_of_the_case():
    return run([ROOT / "scripts/make-case", "--list-issuers", "unused"]).stdout.split()


def play_case(cluster, case, chaos, clock):
    player = play.Player(cluster, case)
    order = case.spec["load_order"]
    for index, step in enumerate(order):
        begun = time.monotonic()
        if chaos:
            chaos.around(index, lambda step=step: player.step(step))
        else:
            player.step(step)
        if step["step"] == "exposures":
            seconds = time.monotonic() - begun
            rows = case.loads("exposures")[step["path"]]["rows"]
            rate = rows / seconds
            print(f"  {step['path']}: {rows:,} rows in {seconds:.1f} s, {rate:,.0f} rows/s")
    clock.lap(f"{len(order)} steps of the case performed through the command line")
    return player


def print_figures(results):
    width = max(len(figure["name"]) for figure, _, _ in results)
    print(f"\n  {'figure':<{width}}  {'case':>7}  {'ours':>7}")
    for figure, answer, equal in results:
        mark = "exact" if equal else "WRONG"
        print(
            f"  {figure['name']:<{width}}  {figure['figure']:>7,}  {answer['figure']:>7,}  {mark}"
        )
    return all(equal for _, _, equal in results)


def print_feeds(case, feeds):
    print(f"\n  {'issuer':<12} {'expected':>8}  {'held':>8}  {'pending':>7}  digest on both sides")
    good = True
    for issuer, expected in sorted(case.spec["watch"].items()):
        feed = feeds.get(issuer)
        if issuer == "unassigned":
            held = feed["entries"] if feed else 0
            wanted = expected["entries"]
            print(f"  {issuer:<12} {wanted:>8,}  {held:>8,}  (no issuer has this range)")
            good = good and held == wanted
            continue
        done = feed is not None and play.feed_done(feed, expected)
        good = good and done
        if feed is None:
            print(f"  {issuer:<12} {expected['entries']:>8,}  has no feed  WRONG")
            continue
        verdict = {True: "equal", False: "DIFFERENT"}.get(feed.get("digest_equal"), "unknown")
        print(
            f"  {issuer:<12} {expected['entries']:>8,}  {feed['entries']:>8,}  "
            f"{feed['pending']:>7,}  {verdict} {feed['digest'][:12]}"
        )
    return good


def check_refused(case, player):
    key = lambda row: (row["path"], row["line"], row["code"])
    expected = sorted(map(key, case.spec["refused"]))
    ours = sorted(map(key, player.refused))
    good = expected == ours
    print(f"\n  refused rows: {len(ours)} of {len(expected)}, {'exact' if good else 'WRONG'}")
    if not good:
        for row in sorted(set(expected) ^ set(ours)):
            print(f"    {row}")
    return good


def scan_for_leaks(cluster, case):
    """No card number of the case in any topic, log, metric or state folder."""
    folder = cluster.folder
    for name in cluster.programs:
        text = cluster.programs[name].get("/metrics") or ""
        (folder / "tmp" / f"{name}.metrics").write_text(text)
    cluster.dump_topics(folder / "tmp")
    done = run(
        [
            ROOT / "scripts/scan-leaks",
            "--case",
            case.folder,
            folder / "kafka",
            folder / "logs",
            folder / "state",
            folder / "tmp",
            folder / "config",
        ],
        check=False,
    )
    print("\n  card numbers of the case in topics, logs, metrics and state folders:")
    print("  " + (done.stdout + done.stderr).strip().replace("\n", "\n  "))
    return done.returncode == 0


def perform(options, cluster, clock):
    cluster.prepare()
    case = make_case(options, cluster, cluster.folder / "case")
    clock.lap("certificates, keys and the case made")
    cluster.start_broker()
    cluster.write_configs()
    cluster.create_topics()
    cluster.start()
    clock.lap("Kafka and five services started and ready")
    steps = len(case.spec["load_order"])
    chaos = Chaos(cluster, steps, options.seed) if options.chaos else None
    player = play_case(cluster, case, chaos, clock)
    if chaos:
        for name in ("matcher", "notifier", "issuer", "desk"):
            chaos.kill_now(name)
        print(f"  killed with SIGKILL, in this order: {' '.join(chaos.done)}")
    results = play.wait_for_figures(cluster, case, seconds=90)
    clock.lap("figures settled")
    feeds = play.wait_for_feeds(cluster, case, seconds=120)
    clock.lap("feeds delivered")
    good = print_figures(results)
    good = print_feeds(case, feeds) and good
    good = check_refused(case, player) and good
    return scan_for_leaks(cluster, case) and good


def say_where(cluster):
    print("\n  logs:     " + str(cluster.folder / "logs"))
    for name, program in cluster.programs.items():
        print(f"  metrics:  http://127.0.0.1:{program.admin_port}/metrics  ({name})")
    print(f"  profile:  CARDWATCH_PROFILE={cluster.folder}/config/profile-desk-a.yaml")


def say_how_to_stop(cluster):
    pids = " ".join(str(p.process.pid) for p in cluster.programs.values() if p.running())
    print(f"  stop:     kill {pids}; scripts/kafka stop --dir {cluster.folder}/kafka")


def main():
    options = arguments()
    folder = pathlib.Path(options.dir)
    stop_earlier(folder)
    shutil.rmtree(folder, ignore_errors=True)
    clock = Clock()
    cluster = Cluster(folder, options.bin, issuers_of_the_case())
    good = False
    try:
        good = perform(options, cluster, clock)
        say_where(cluster)
    finally:
        if options.keep:
            say_how_to_stop(cluster)
        else:
            codes = cluster.stop()
            unclean = {name: code for name, code in codes.items() if code != 0}
            if unclean:
                print(f"  did not stop cleanly: {unclean}")
                good = False
    verdict = "every figure is exact" if good else "SOMETHING IS WRONG, see above"
    print(f"\n  {verdict}; {clock.since_start():.0f} s in all")
    return 0 if good else 1


def stop_earlier(folder):
    """A broker that an earlier --keep left in the folder."""
    if (folder / "kafka").exists():
        subprocess.run(
            [str(ROOT / "scripts/kafka"), "stop", "--dir", str(folder / "kafka")],
            check=False,
            capture_output=True,
        )


if __name__ == "__main__":
    sys.exit(main())
