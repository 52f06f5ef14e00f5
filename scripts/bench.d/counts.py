"""counts: figures over a million facts; cw_bench_counts measures and compares with a recount."""

from bed import call
from results import Figure, Void


def run(bench):
    program = bench.bin / "cw_bench_counts"
    if not program.is_file():
        raise Void("counts: cw_bench_counts is not built")
    p99, scans, notes = [], [], {}
    for _ in range(bench.runs):
        facts = 20_000 if bench.quick else 1_000_000
        found = call([program, "--facts", facts])[-1]
        if not found["equal"] or bench.spoiled:
            raise Void("counts: a figure differs from the recount")
        p99.append(found["p99_ms"])
        scans.append(found["scan_ms"])
        notes = found
    return [
        Figure("counts", f"{notes['facts']:,} facts, p99 of a query", "ms", p99, better="less",
               goal=10, beside="scan of the facts", beside_values=scans, notes=notes)
    ]
