"""feed-single: one entry in each request, beside plain keep-alive TLS POSTs of the same size."""

from feed import bed_of, deliver, fill, limit, say_run
from results import Figure


def run(bench):
    cards, _ = bench.size(100_000, 0)
    rates, plain, notes = [], [], []
    with bed_of(bench, "feed-single", batch_max=1) as bed:
        loaded, expected = fill(bench, bed, cards)
        entries = sum(each["entries"] for each in expected.values())
        for number in range(bench.runs):
            found = deliver(bed, expected)
            body_bytes = found["bytes"] // found["batches"]
            alone = limit(bench, bed, cards, "--body-bytes", body_bytes)
            rates.append(entries / found["seconds"])
            plain.append(alone["requests_per_second"])
            notes.append({**found, "alone": alone, "body_bytes": body_bytes})
            say_run(bench, "feed-single", number, rates[-1], found, plain[-1])
    what = f"{cards:,} entries, one a request, {len(bed.names)} connections"
    return [
        Figure("feed-single", what, "1/s", rates, goal=20_000, beside="plain keep-alive TLS POSTs",
               beside_values=plain, ratio_goal=0.5,
               notes={"loaded": loaded, "runs": notes, "receivers": bench.receivers}),
    ]
