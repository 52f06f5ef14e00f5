"""feed-isolation: what a dead, a slow, a refusing and a very large issuer do to the others."""

import subprocess
import time

from feed import bed_of, stop_all
from feed_bed import LONGEST
from results import Figure, Void

# By number; in the load without them they get no entries.
BIG, DEAD, SLOW, REFUSING = "issuer-00", "issuer-01", "issuer-02", "issuer-03"
TROUBLED = 4
SHARE = 0.5
WARM_SECONDS = 3.0
# A quarter of what fills two cores, mostly one entry a batch: this is about what one issuer does to
# another, not about too small a machine.
RATE = 500


def offer(bed, workload, rate, seconds):
    """Open loop; milliseconds of the wall clock from when on delays count."""
    from_ms = (time.time() + min(WARM_SECONDS, seconds / 2)) * 1000
    command = bed.load_command(*workload, "--rate", rate)
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, timeout=LONGEST)
    if done.returncode != 0:
        raise Void(f"the load ended with {done.returncode}: {done.stderr[-500:]}")
    return int(from_ms)


def trouble(bed):
    for name, behaviour in ((SLOW, {"mode": "slow", "delay_ms": 2000}),
                            (REFUSING, {"mode": "fail", "status": 429})):
        bed.receiver_of(name).behave(name, behaviour)


def settle(bench, bed, troubled):
    """All but the dead one hold what they must, when the others behave again."""
    expected = bed.recount(*bench.spoil())["issuers"]
    if troubled:
        stood = bed.feeds()[DEAD]
        if stood["pending"] == 0 or stood["failures"] == 0:
            raise Void(f"feed-isolation: the dead issuer's feed shows {stood}")
        for name in (SLOW, REFUSING):
            bed.receiver_of(name).behave(name, {"mode": "normal"})
    alive = [name for name in expected if not (troubled and name == DEAD)]
    bed.wait_delivered(expected, alive)


def delays(bench, name, troubled, rate, seconds):
    """What the healthy issuers' entries took from Kafka to the endpoint, in milliseconds."""
    records = int(rate * seconds)
    with bed_of(bench, name) as bed:
        healthy = bed.names[TROUBLED:]
        workload = ["--cards", records, "--entries", records, "--big-share", SHARE]
        if not troubled:
            workload += ["--skip", TROUBLED]
        bed.write_control(nobody_at=[DEAD] if troubled else [])
        bed.start_receivers()
        bed.notifier.start()
        bed.notifier.wait_ready()
        if troubled:
            trouble(bed)
        from_ms = offer(bed, workload, rate, seconds)
        settle(bench, bed, troubled)
        cpu = bed.cpu_seconds()
        stop_all(bed)
        told = bed.recount("--pool", ",".join(healthy), "--from-ms", from_ms,
                           journals=bed.gather_journals())
    if told["delays"]["entries"] == 0:
        raise Void("feed-isolation: no delay was measured")
    return {**told["delays"], "cpu_seconds": cpu, "rate": rate, "seconds": seconds}


def run(bench):
    rate, seconds = (400, 3) if bench.quick else (RATE, 20)
    found = {True: [], False: []}
    for number in range(bench.runs):
        # Turn about, because the machine changes in the meantime.
        for troubled in (number % 2 == 0, number % 2 == 1):
            name = f"isolation-{number}-{'four' if troubled else 'none'}"
            found[troubled].append(delays(bench, name, troubled, rate, seconds))
        bench.say(f"feed-isolation run {number + 1}: p99 {found[True][-1]['p99']:.0f} ms with the "
                  f"four, {found[False][-1]['p99']:.0f} ms without")
    beside = "without the four"
    notes = {"with": found[True], "without": found[False]}
    return [
        Figure("feed-isolation", f"healthy issuers' delay, {rate:,}/s, {point}", "ms",
               [each[point] for each in found[True]], better="less", beside=beside,
               beside_values=[each[point] for each in found[False]],
               ratio_goal=1.1 if point == "p99" else None, notes=notes if point == "p99" else {})
        for point in ("p50", "p99")
    ]
