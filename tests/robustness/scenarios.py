"""The faults. Each scenario gets a bed with control and exposures loaded and returns its row."""

import random
import signal
import time

from campaign import Failed, SESSION_SECONDS, wait_until

LONG = 900


def start(bed, *numbers):
    for number in numbers:
        bed.matcher(number).start()
    for number in numbers:
        bed.matcher(number).wait_ready(LONG)


def points(rng, count, total):
    """Where in the load faults happen: one in each part of it, the last tenth left out."""
    part = total * 9 // 10 // count
    return [at * part + rng.randrange(part) for at in range(count)]


def finish(bed, load):
    """The end of every scenario: all worked through, stopped cleanly, recounted."""
    load.wait(LONG)
    settled = bed.settle(bed.options.settle_seconds)
    for matcher in bed.matchers.values():
        matcher.check()
    bed.stop_matchers()
    found = bed.recount()
    repeated = sum(one["facts_repeated"] for one in found["partitions"])
    return {
        "settled": settled,
        "facts": found["expected"]["facts"],
        "repeated": repeated,
        "entries_repeated": sum(one["entries_repeated"] for one in found["partitions"]),
        "repeated_at": [at for one in found["partitions"] for at in one["facts_repeated_at"]],
        "ends": sorted(code for each in bed.matchers.values() for code in each.ends),
        "load_repeats": load.repeats,
    }


def kill(bed, rng):
    """Two processes in the group; a random one is killed at random moments."""
    options = bed.options
    start(bed, 0, 1)
    bed.watch.take_longest_stall()
    load = bed.load("reports")
    killed = [0, 0]
    for at in points(rng, options.kills, options.reports):
        wait_until(lambda at=at: bed.watch.progress() >= at, LONG,
                   f"{at} reports worked through (now {bed.watch.progress()})")
        time.sleep(rng.uniform(0, 0.3))
        victim = rng.randrange(2)
        killed[victim] += 1
        bed.matcher(victim).kill_and_restart()
    row = finish(bed, load)
    row["faults"] = f"{sum(killed)} kills ({killed[0]} + {killed[1]})"
    row["unserved"] = bed.watch.take_longest_stall()
    return row


def suspend(bed, rng):
    """One of two processes stands still beyond its session; it must not commit when it wakes."""
    options = bed.options
    start(bed, 0, 1)
    load = bed.load("reports", options.rate)
    codes = []
    for at in points(rng, options.suspensions, options.reports):
        wait_until(lambda at=at: bed.watch.progress() >= at, LONG, f"{at} reports worked through")
        time.sleep(rng.uniform(0, 0.2))
        victim = bed.matcher(rng.randrange(2))
        ends = len(victim.ends)
        victim.signal(signal.SIGSTOP)
        stopped = time.monotonic()
        # Until the group has gone on without it.
        wait_until(lambda: bed.watch.members() == 1, 60, "the group has one member less")
        left = stopped + SESSION_SECONDS + rng.uniform(1, 4) - time.monotonic()
        time.sleep(max(0, left))
        victim.signal(signal.SIGCONT)
        wait_until(lambda v=victim, e=ends: len(v.ends) > e, 60,
                   f"{victim.program.name} ends after it stood still")
        codes.append(victim.ends[-1])
        victim.wait_ready(LONG)
    row = finish(bed, load)
    if any(code != 70 for code in codes):
        raise Failed(f"a process that stood still ended with {codes}, not with 70")
    row["faults"] = f"{len(codes)} suspensions, ended with {codes}"
    row["unserved"] = bed.watch.take_longest_stall()
    return row


def broker(bed, rng):
    """The broker is killed under load and started again."""
    options = bed.options
    start(bed, 0, 1)
    load = bed.load("reports", options.rate)
    away = []
    for at in points(rng, options.broker_kills, options.reports):
        wait_until(lambda at=at: bed.watch.progress() >= at, LONG, f"{at} reports worked through")
        time.sleep(rng.uniform(0, 0.2))
        away.append(bed.restart_broker())
    row = finish(bed, load)
    row["faults"] = f"{len(away)} broker kills, away {min(away):.1f}-{max(away):.1f} s"
    row["unserved"] = bed.watch.take_longest_stall()
    return row


def scale(bed, rng):
    """A second process comes and goes, asked to and killed."""
    options = bed.options
    start(bed, 0)
    load = bed.load("reports", options.rate)
    gaps = {}
    for round_number, at in enumerate(points(rng, 2 * options.rounds, options.reports)):
        wait_until(lambda at=at: bed.watch.progress() >= at, LONG, f"{at} reports worked through")
        quiet = bed.watch.take_longest_stall()
        gaps["before"] = max(gaps.get("before", 0.0), quiet)
        if round_number % 2 == 0:
            bed.matcher(1).start()
            bed.matcher(1).wait_ready(LONG)
            wait_until(lambda: bed.watch.members() == 2, 60, "two members")
            what = "join"
        else:
            what = leave(bed, killed=round_number // 2 % 2 == 1)
        moved = bed.watch.progress()
        wait_until(lambda m=moved: not load.running() or bed.watch.progress() > m, LONG,
                   "goes on after the change")
        gaps[what] = max(gaps.get(what, 0.0), bed.watch.take_longest_stall())
    row = finish(bed, load)
    row["faults"] = ", ".join(f"{what} {gap:.1f} s" for what, gap in gaps.items())
    row["unserved"] = max(gaps.values())
    return row


def leave(bed, killed):
    """The second process goes; returns when the group has gone on without it."""
    second = bed.matcher(1)
    if killed:
        second.abandon()
        second.supervisor.join(timeout=5)
        second.supervisor = None
    else:
        code = second.stop()
        if code != 0:
            raise Failed(f"the second process ended with {code}")
    wait_until(lambda: bed.watch.members() == 1, 60, "one member")
    return "leave by kill" if killed else "leave"


SCENARIOS = {"kill": kill, "suspend": suspend, "broker": broker, "scale": scale}


def perform(bed, name, seed):
    """One scenario from an empty cluster to its row of the table."""
    rng = random.Random(f"{name}-{seed}")
    begun = time.monotonic()
    bed.load_before()
    row = SCENARIOS[name](bed, rng)
    row["seconds"] = time.monotonic() - begun
    return row
