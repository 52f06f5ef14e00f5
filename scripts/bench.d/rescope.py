"""rescope: a scope revision is approved until every changed entry is committed."""

import time

from bed import Bed, call, workload
from results import Figure, Void


def approve(bench, bed, matcher, cards, revision):
    """Seconds from when Kafka has the approval until the group has committed it everywhere."""
    bed.load("rescope", "--revision", revision, *workload(cards, 0))
    approved = time.monotonic()
    follower = bed.follow(matcher.group, "control.v1")
    seen = follower.wait(matcher.program)
    took = follower.begun - approved + seen["last_seconds"]
    wide = ["--wide"] if revision % 2 == 0 else []
    found = bed.check("--matches", "", *wide, *workload(cards, 0), *bench.spoil())
    if not found["watched_equal"]:
        raise Void(f"rescope: wrong watch entries after revision {revision}: {found}")
    return took


def run(bench):
    cards, _ = bench.size(460_000, 0)
    took, scans = [], []
    with Bed(bench, "rescope") as bed:
        bed.load("control,exposures", *workload(cards, 0))
        matcher = bed.matcher("rescope")
        bed.catch_up(matcher)
        matcher.wait_ready(time.monotonic())
        for number in range(bench.runs):
            took.append(approve(bench, bed, matcher, cards, 2 + number))
            (scan,) = call([bench.bin / "cw_bench_engine", "--only", "scan", *workload(cards, 0)])
            scans.append(scan["scan_seconds"])
        matcher.stop()
    return [
        Figure("rescope", f"{cards:,} cards, approved to committed", "s", took, better="less",
               goal=1.0, beside="one pass over the records", beside_values=scans)
    ]
