"""match-kafka: a backlog through a real broker, exactly once, beside three others in each run."""

import streams_peer
from bed import PREFIX, Bed, rate, workload
from results import Figure, Void

INPUTS = "control.v1,exposures.v1,reports.v1,answers.v1"
BARE = "bare."


def prepare(bench, bed, cards, reports):
    """Exposures first, and groups that begin after them; then the reports."""
    load = [*workload(cards, reports), *bench.workload_options]
    loaded = bed.load("control,exposures", *load)
    bed.create_topics(BARE)
    first = bed.matcher("base")
    seen = bed.catch_up(first)
    first.stop()
    found = bed.check("--matches", "", *workload(cards, 0))
    if not found["watched_equal"]:
        raise Void(f"match-kafka: wrong watch entries after the exposures: {found}")
    for number in range(bench.runs):
        bed.skip_to_end(f"{PREFIX}run-{number}", INPUTS)
    loaded += bed.load("reports", *load)
    return loaded, rate(seen)


def run_ours(bench, bed, number, load):
    bed.fresh_outputs()
    matcher = bed.matcher(f"run-{number}")
    follower = bed.follow(matcher.group, "reports.v1")
    matcher.start()
    seen = follower.wait(matcher.program)
    seen["settings"] = matcher.batch_settings()
    cpu = matcher.cpu_seconds()
    matcher.stop()
    found = bed.check(*load, *bench.spoil())
    if not (found["facts_equal"] and found["reported_equal"]):
        raise Void(f"match-kafka: wrong facts or entries: {found}")
    return seen, cpu, found


def run_bare(bench, bed, number, found, reports):
    """The same bytes out, in the same way, for the same inputs."""
    group = f"bare-{number}"
    outputs = []
    for topic, key in (("matches.v1", "matches_records"), ("watchlist.v1", "watch_records")):
        outputs += ["--out", f"{topic}={found[key] / reports}"]
    follower = bed.follow(group, "reports.v1")
    (bare,) = bed.to_broker("raw", "--mode", "bare", "--lanes", bench.lanes, "--group", group,
                            "--out-prefix", BARE, *outputs)
    seen = follower.wait()
    bed.fresh_outputs(BARE)
    return seen, bare


def run(bench):
    cards, reports = bench.size(460_000, 4_000_000)
    load = workload(cards, reports)
    ours, plain, parsed, bare, peer, cores = [], [], [], [], [], []
    notes = {}
    with Bed(bench, "match-kafka") as bed:
        loaded, exposure_rate = prepare(bench, bed, cards, reports)
        for number in range(bench.runs):
            seen, cpu, found = run_ours(bench, bed, number, load)
            ours.append(rate(seen))
            cores.append(cpu)
            lanes = ["--lanes", bench.lanes]
            parsed.append(bed.to_broker("raw", *lanes)[0]["rate"])
            plain.append(bed.to_broker("raw", *lanes, "--no-parse")[0]["rate"])
            seen_bare, bare_found = run_bare(bench, bed, number, found, reports)
            bare.append(rate(seen_bare))
            bench.say(f"match-kafka run {number + 1}: {ours[-1]:,.0f}/s, (a) {parsed[-1]:,.0f}/s, "
                      f"(b) {bare[-1]:,.0f}/s")
            if bench.with_streams:
                name = f"streams-{number}"
                peer.append(rate(streams_peer.run_once(bench, bed, name)))
                streams_peer.check(bed, *load)
                streams_peer.clean(bed, name)
                bench.say(f"match-kafka run {number + 1}: (c) {peer[-1]:,.0f}/s")
            notes = {"loaded": loaded, "exposures_per_second": exposure_rate, "seen": seen,
                     "outputs": {key: found[key] for key in found if "records" in key
                                 or "bytes" in key}, "bare": bare_found,
                     "cpu_seconds": cores, "lanes": bench.lanes}
    figures = [
        Figure("match-kafka", "reports, exactly once", "1/s", ours, beside="(b) bare loop",
               beside_values=bare, ratio_goal=0.9, notes=notes),
        Figure("match-kafka", "reports, exactly once", "1/s", ours,
               beside="(a) consume + RapidJSON", beside_values=parsed),
        Figure("match-kafka", "(a) consume + parse", "1/s", parsed, beside="consume alone",
               beside_values=plain),
    ]
    if peer:
        figures.append(
            Figure("match-kafka", "reports, exactly once", "1/s", ours,
                   beside="(c) Kafka Streams 4.1", beside_values=peer, ratio_goal=10,
                   notes={"streams": streams_peer.SETTINGS}))
    return figures
