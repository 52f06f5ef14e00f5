"""feed: a whole watchlist to its issuers, beside TLS + encryption + signature alone."""

import math
import time

import feed_bed
from feed_bed import FeedBed, call
from results import Figure, Void


def bed_of(bench, name, **options):
    issuers = 6 if bench.quick else feed_bed.ISSUERS
    return FeedBed(bench.work / name, bench.bin, issuers=issuers, processes=bench.receivers,
                   keep=bench.keep, in_memory=True, **options)


def fill(bench, bed, cards):
    """The watchlist, once; what each issuer must then hold."""
    loaded = bed.write_control()
    loaded += bed.load("--cards", cards, "--entries", cards)
    return loaded, bed.recount(*bench.spoil())["issuers"]


def endpoint_seconds(bed):
    """Mean time of a receiver from a push to its answer."""
    total = count = 0.0
    for receiver in bed.receivers:
        text = receiver.program.get("/metrics") or ""
        for line in text.splitlines():
            if line.startswith("cardwatch_issuer_push_seconds_sum"):
                total += float(line.split()[-1])
            elif line.startswith("cardwatch_issuer_push_seconds_count"):
                count += float(line.split()[-1])
    return total / count if count else 0.0


def stop_all(bed):
    bed.notifier.stop()
    for receiver in bed.receivers:
        receiver.program.stop()


def check_journals(expected, told):
    """Nothing came twice or out of order; a process that ran through has no reason to."""
    for name, want in expected.items():
        story = told[name]
        if story["sent"] != want["records"] or story["disorder"] or story["same_id_twice"]:
            raise Void(f"{name} was sent {story['sent']} entries of {want['records']}, "
                       f"{story['disorder']} out of order")


def deliver(bed, expected):
    """One delivery from the first push to the last; times come from the receivers' journals."""
    bed.forget()
    bed.start_receivers()
    before = bed.cpu_seconds()
    begun_ms = time.time() * 1000
    bed.notifier.start()
    bed.wait_delivered(expected, every=0.25)
    cpu = bed.cpu_seconds()
    endpoint = endpoint_seconds(bed)
    stop_all(bed)
    told = bed.recount(journals=bed.gather_journals())["issuers"]
    check_journals(expected, told)
    stories = [told[name] for name in expected]
    last_ms = max(story["last_ms"] for story in stories) + 1000 * endpoint
    first_ms = min(story["first_ms"] for story in stories)
    return {
        "seconds": max(last_ms - first_ms, 1.0) / 1000,
        "from_start_seconds": (last_ms - begun_ms) / 1000,
        "batches": sum(story["batches"] for story in stories),
        "bytes": sum(story["bytes"] for story in stories),
        "endpoint_ms": 1000 * endpoint,
        "cpu_seconds": {kind: value - before.get(kind, 0.0) for kind, value in cpu.items()},
    }


def limit(bench, bed, requests, *arguments):
    return call([bench.bin / "cw_bench_feed_limit", "--pki", bed.folder / "pki", "--connections",
                 len(bed.names), "--requests", requests, *arguments])[0]


def say_run(bench, name, number, rate, found, other):
    per = {kind: f"{value:.2f}" for kind, value in found["cpu_seconds"].items()}
    bench.say(f"{name} run {number + 1}: {rate:,.0f}/s, beside it {other:,.0f}/s; "
              f"CPU seconds {per}")


def run(bench):
    cards, _ = bench.size(460_000, 0)
    rates, totals, limits, notes = [], [], [], []
    with bed_of(bench, "feed") as bed:
        loaded, expected = fill(bench, bed, cards)
        entries = sum(each["entries"] for each in expected.values())
        for number in range(bench.runs):
            found = deliver(bed, expected)
            requests = math.ceil(cards / bed.batch_max)
            alone = limit(bench, bed, requests, "--keys", bed.folder / "keys", "--entries",
                          bed.batch_max)
            rates.append(entries / found["seconds"])
            totals.append(found["from_start_seconds"])
            limits.append(alone["entries_per_second"])
            notes.append({**found, "alone": alone})
            say_run(bench, "feed", number, rates[-1], found, limits[-1])
    what = f"{cards:,} entries, {len(bed.names)} issuers, {bed.batch_max} a batch"
    seconds = [found["seconds"] for found in notes]
    return [
        Figure("feed", what, "1/s", rates, goal=90_000, beside="TLS + encrypt + sign alone",
               beside_values=limits, ratio_goal=0.5,
               notes={"loaded": loaded, "runs": notes, "receivers": bench.receivers}),
        Figure("feed", "first push to the last", "s", seconds, better="less", goal=5.0),
        Figure("feed", "notifier's start to the last push", "s", totals, better="less"),
    ]
