"""restore: process start to ready, from the local store and from the inputs alone."""

import shutil

from results import Figure, Void


def start_to_ready(bench, bed):
    matcher = bed.caught_up
    if matcher.program.running():
        matcher.stop()
    seconds = matcher.wait_ready(matcher.start())
    held = matcher.cards()
    matcher.stop()
    if held != bed.cards + bench.spoiled:
        raise Void(f"restore: {held} cards instead of {bed.cards} after {seconds:.2f} s")
    return seconds


def run(bench):
    figures = []
    with bench.loaded_bed(1000) as bed:
        empty = [start_to_ready(bench, bed) for _ in range(bench.runs)]
    base = min(empty)
    for cards in bench.sizes(460_000, 10_000_000):
        local, inputs, raw = [], [], []
        with bench.loaded_bed(cards) as bed:
            matcher = bed.caught_up
            for _ in range(bench.runs if cards < 1_000_000 else min(bench.runs, 3)):
                local.append(start_to_ready(bench, bed))
                shutil.rmtree(matcher.state, ignore_errors=True)
                inputs.append(start_to_ready(bench, bed))
                raw.append(bed.to_broker("raw", "--mode", "consume", "--input", "exposures.v1")[0]
                           ["rate"])
        name = f"{cards:,} cards"
        notes = {"empty_seconds": empty, "local_seconds": local, "inputs_seconds": inputs}
        # What any process needs to start, join its group and answer is not restoring.
        figures.append(Figure("restore", f"{name}, local store", "cards/s",
                              [cards / max(each - base, 1e-3) for each in local], goal=5e6,
                              notes=notes))
        figures.append(Figure("restore", f"{name}, start to ready", "s", local, better="less",
                              beside="with a thousand cards", beside_values=empty))
        figures.append(Figure("restore", f"{name}, inputs alone", "cards/s",
                              [cards / max(each - base, 1e-3) for each in inputs],
                              beside="consume + RapidJSON", beside_values=raw, ratio_goal=0.6,
                              notes=notes))
    return figures
