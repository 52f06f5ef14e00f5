"""match-latency: a report accepted by intake until its entry is at the issuer's endpoint."""

import time

import whole
from bed import call
from cluster import play
from results import Figure, Void


def send(bench, cluster, rate, seconds):
    """Open loop through intake; then the issuers' journals tell when each entry arrived."""
    cards = int(rate * seconds)
    path = whole.write_csv(bench, cluster, cards)
    whole.load_file(cluster, path, "extract-1")
    wait_for_entries(cluster, cards)
    pki = cluster.folder / "pki"
    times = cluster.folder / "tmp" / "times.txt"
    common = [bench.bin / "cw_bench_latency", "--cards", cards, "--times", times]
    call([*common, "--mode", "send", "--url", cluster.url("intake"), "--rate", rate,
          "--seconds", seconds, "--certificate", pki / "desk-a.pem", "--key", pki / "desk-a.key",
          "--ca", pki / "ca.pem"])
    wait_for_entries(cluster, cards)
    pushes = cluster.metrics("issuer")
    trip = call([bench.bin / "cw_bench_watch", "--mode", "round-trip", "--brokers",
                 cluster.brokers, "--prefix", cluster.prefix, "--topics", "quarantine.v1"])[0]
    cluster.program("issuer").stop()
    (joined,) = call([*common, "--mode", "join", "--journals", cluster.folder / "state/issuer",
                      "--keys", cluster.folder / "keys/issuers", *bench.spoil()])
    if joined["missing"] or joined["reports"] != cards:
        raise Void(f"match-latency: {joined['missing']} of {cards} reports reached no issuer")
    return joined, trip, accept_ms(pushes)


def accept_ms(samples):
    """Mean time of the endpoint from a push to its answer: check, decrypt, store on disk."""
    total = sum(v for k, v in samples.items() if k.startswith("cardwatch_issuer_push_seconds_sum"))
    count = sum(v for k, v in samples.items()
                if k.startswith("cardwatch_issuer_push_seconds_count"))
    return 1000 * total / count if count else 0.0


def wait_for_entries(cluster, cards):
    """Until every card lies with its issuer and nothing is pending."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        feeds = play.feeds(cluster)
        if (sum(feed["entries"] for feed in feeds.values()) == cards
                and not any(feed["pending"] for feed in feeds.values())):
            return
        time.sleep(0.2)
    raise Void("match-latency: the feeds did not come to rest")


def run(bench):
    rate, seconds = (200, 4) if bench.quick else (1000, 60)
    p50, p99, accepted, trips50, trips99, notes = [], [], [], [], [], []
    for number in range(bench.runs):
        with whole.running(bench, f"latency-{number}") as cluster:
            joined, trip, accept = send(bench, cluster, rate, seconds)
        p50.append(joined["accepted_to_endpoint_ms"]["p50"] + accept)
        p99.append(joined["accepted_to_endpoint_ms"]["p99"] + accept)
        accepted.append(joined["due_to_endpoint_ms"]["p99"] + accept)
        trips50.append(trip["p50_ms"])
        trips99.append(trip["p99_ms"])
        notes.append({**joined, "endpoint_ms": accept, "round_trip": trip, "rate": rate,
                      "seconds": seconds})
        bench.say(f"match-latency run {number + 1}: p50 {p50[-1]:.1f} ms, p99 {p99[-1]:.1f} ms")
    beside = "broker round trip"
    return [
        Figure("match-latency", f"{rate}/s, accepted to endpoint, p50", "ms", p50, better="less",
               goal=25, beside=beside, beside_values=trips50, notes={"runs": notes}),
        Figure("match-latency", f"{rate}/s, accepted to endpoint, p99", "ms", p99, better="less",
               goal=60, beside=beside, beside_values=trips99),
        Figure("match-latency", f"{rate}/s, due (open loop) to endpoint, p99", "ms", accepted,
               better="less"),
    ]
