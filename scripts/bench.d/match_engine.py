"""match-engine: decode, derive and state in one thread, beside a look-up and a parse."""

from bed import call, workload
from results import Figure, Void


def run(bench):
    cards, reports = bench.size(460_000, 4_000_000)
    engine, limit, notes = [], [], {}
    for _ in range(bench.runs):
        (found,) = call([bench.bin / "cw_bench_engine", *workload(cards, reports), *bench.spoil()])
        if not found["equal"]:
            raise Void("match-engine: the facts are not those that the workload must give")
        engine.append(found["engine_rate"])
        limit.append(found["limit_rate"])
        notes = {key: found[key] for key in ("reports", "exposures", "report_bytes",
                                             "exposure_bytes", "batch", "watch_changes")}
    return [
        Figure("match-engine", "reports, one core", "1/s", engine, goal=1e6,
               beside="look-up + RapidJSON parse", beside_values=limit, ratio_goal=0.6,
               notes=notes)
    ]
