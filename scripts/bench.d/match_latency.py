"""match-latency: a report accepted by intake until its entry is at the issuer's endpoint."""

import contextlib
import os
import pathlib
import tempfile

import whole
from bed import call
from cluster import play
from feed_bed import MEMORY, cpu_of, wait_until
from latency_stages import stages
from results import Figure, Void


# Not measured: the broker has just begun, and for so long its own compiler takes half a processor
# and each request twice its time.
WARM_SECONDS = 30


@contextlib.contextmanager
def journals(bench):
    """The folder of the endpoint's journals: in memory, because the disk that all of them would
    wait for here is not that of a dozen companies; or, with --disk, None: in the cluster's."""
    if bench.disk:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="cw-latency-", dir=MEMORY) as folder:
        yield pathlib.Path(folder)


def send(bench, cluster, rate, seconds, warm, folder):
    """Open loop through intake; then the issuers' journals tell when each entry arrived."""
    cards = int(rate * (warm + seconds))
    path = whole.write_csv(bench, cluster, cards)
    whole.load_file(cluster, path, "extract-1")
    wait_for_entries(cluster, cards)
    pki = cluster.folder / "pki"
    times, arrivals = (cluster.folder / "tmp" / name for name in ("times.txt", "arrivals.txt"))
    common = [bench.bin / "cw_bench_latency", "--cards", cards, "--times", times]
    before = cpu_seconds(cluster)
    call([*common, "--mode", "send", "--url", cluster.url("intake"), "--rate", rate,
          "--seconds", warm + seconds, "--certificate", pki / "desk-a.pem",
          "--key", pki / "desk-a.key", "--ca", pki / "ca.pem"])
    spent = {name: round(cpu - before[name], 2) for name, cpu in cpu_seconds(cluster).items()}
    wait_for_entries(cluster, cards)
    pushes = cluster.metrics("issuer")
    trip = call([bench.bin / "cw_bench_watch", "--mode", "round-trip", "--brokers",
                 cluster.brokers, "--prefix", cluster.prefix, "--topics", "quarantine.v1"])[0]
    cluster.program("issuer").stop()
    (joined,) = call([*common, "--mode", "join", "--journals",
                      folder or cluster.folder / "state/issuer", "--warm-seconds", warm,
                      "--keys", cluster.folder / "keys/issuers", "--arrivals", arrivals,
                      *bench.spoil()])
    if joined["missing"] or joined["reports"] != cards:
        raise Void(f"match-latency: {joined['missing']} of {cards} reports reached no issuer")
    joined["stages_ms"] = stages(bench, cluster, times, arrivals, warm)
    joined["cpu_seconds"] = spent
    return joined, trip, accept_ms(pushes)


def cpu_seconds(cluster):
    """Of each process so far; `load`: of those that this one started and waited for."""
    found = {name: cpu_of(program.process.pid) for name, program in cluster.programs.items()}
    found["broker"] = cpu_of((cluster.folder / "kafka" / "kafka.pid").read_text().strip())
    ended = os.times()
    found["load"] = ended.children_user + ended.children_system
    return found


def accept_ms(samples):
    """Mean time of the endpoint from a push to its answer: check, decrypt, store on disk."""
    total = sum(v for k, v in samples.items() if k.startswith("cardwatch_issuer_push_seconds_sum"))
    count = sum(v for k, v in samples.items()
                if k.startswith("cardwatch_issuer_push_seconds_count"))
    return 1000 * total / count if count else 0.0


def wait_for_entries(cluster, cards):
    """Until every card lies with its issuer and nothing is pending."""
    def at_rest():
        feeds = play.feeds(cluster)
        return (sum(feed["entries"] for feed in feeds.values()) == cards
                and not any(feed["pending"] for feed in feeds.values()))

    wait_until(at_rest, 300, "match-latency: the feeds come to rest", every=0.2)


def run(bench):
    rate, seconds, warm = (200, 4, 1) if bench.quick else (1000, 60, WARM_SECONDS)
    p50, p99, accepted, trips50, trips99, notes = [], [], [], [], [], []
    for number in range(bench.runs):
        with journals(bench) as folder, \
                whole.running(bench, f"latency-{number}", folder) as cluster:
            joined, trip, accept = send(bench, cluster, rate, seconds, warm, folder)
        p50.append(joined["accepted_to_endpoint_ms"]["p50"] + accept)
        p99.append(joined["accepted_to_endpoint_ms"]["p99"] + accept)
        accepted.append(joined["due_to_endpoint_ms"]["p99"] + accept)
        trips50.append(trip["p50_ms"])
        trips99.append(trip["p99_ms"])
        notes.append({**joined, "endpoint_ms": accept, "round_trip": trip, "rate": rate,
                      "seconds": seconds, "warm_seconds": warm,
                      "journals": "disk" if bench.disk else "memory"})
        bench.say(f"match-latency run {number + 1}: p50 {p50[-1]:.1f} ms, p99 {p99[-1]:.1f} ms; "
                  f"CPU seconds {joined['cpu_seconds']}")
        for name, took in joined["stages_ms"].items():
            bench.say(f"  {name:20} p50 {took['p50']:6.1f} p99 {took['p99']:6.1f} ms")
    beside = "broker round trip"
    return [
        Figure("match-latency", f"{rate}/s, accepted to endpoint, p50", "ms", p50, better="less",
               goal=25, beside=beside, beside_values=trips50, notes={"runs": notes}),
        Figure("match-latency", f"{rate}/s, accepted to endpoint, p99", "ms", p99, better="less",
               goal=60, beside=beside, beside_values=trips99),
        Figure("match-latency", f"{rate}/s, due (open loop) to endpoint, p99", "ms", accepted,
               better="less"),
    ]
