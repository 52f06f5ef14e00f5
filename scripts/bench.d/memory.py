"""memory: resident bytes of the matcher for each watched card."""

import time

from bed import workload
from results import Figure

SEALED_BYTES = 12 + 16 + 16
SETTLE_SECONDS = 3.0


def resident(matcher):
    """Once what was fetched ahead is gone."""
    least = matcher.resident_bytes()
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.2)
        least = min(least, matcher.resident_bytes())
    return least


def empty_bytes(bench):
    """A matcher that holds next to nothing."""
    with bench.loaded_bed(1000) as bed:
        return restarted(bed)


def restarted(bed):
    matcher = bed.caught_up
    if matcher.program.running():
        matcher.stop()
    matcher.wait_ready(matcher.start())
    held = resident(matcher)
    matcher.stop()
    return held


def run(bench):
    figures = []
    base = empty_bytes(bench)
    for cards in bench.sizes(1_000_000, 10_000_000):
        after_load, after_restart = [], []
        with bench.loaded_bed(cards) as bed:
            matcher = bed.caught_up
            if matcher.program.running():
                after_load.append((resident(matcher) - base) / cards - SEALED_BYTES)
                matcher.stop()
            for _ in range(min(bench.runs, 3)):
                after_restart.append((restarted(bed) - base) / cards - SEALED_BYTES)
        name = f"{cards:,} cards"
        notes = {"base_bytes": base, "sealed_bytes": SEALED_BYTES, "workload": workload(cards, 0)}
        figures.append(Figure("memory", f"{name}, after a restart", "B/card", after_restart,
                              better="less", goal=96, beside="key, expiry, iin, file, record",
                              beside_values=[16 + 4 + 4 + 4 + 8] * len(after_restart),
                              notes=notes))
        if after_load:
            figures.append(Figure("memory", f"{name}, after reading it all", "B/card", after_load,
                                  better="less", goal=96, notes=notes))
    return figures
