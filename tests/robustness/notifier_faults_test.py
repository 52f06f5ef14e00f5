#!/usr/bin/env python3
"""Kills the notifier during delivery, and keeps an issuer away; what receivers hold must be exact.

Prints a table; the exit status is 1 if a promise was not kept. See README.md of this folder.
"""

import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests" / "robustness"), str(ROOT / "scripts"),
                str(ROOT / "scripts" / "bench.d")]

import fault_options  # noqa: E402
from cluster.cluster import CommandFailed  # noqa: E402
from cluster.process import StartFailed  # noqa: E402
from feed_bed import FeedBed, wait_until  # noqa: E402
from results import Void  # noqa: E402

FULL = {"issuers": 30, "cards": 60_000, "kills": 50, "slice": 6_000, "rate": 6_000,
        "away_entries": 460_000, "settle_seconds": 600}
SMOKE = {"issuers": 30, "cards": 3_000, "kills": 3, "slice": 1_500, "rate": 1_500,
         "away_entries": 5_000, "settle_seconds": 120}
LONG = 300


class Failed(Exception):
    """A promise was not kept; the text says which."""


def arguments():
    parser = fault_options.parser(__doc__, SCENARIOS, FULL, SMOKE)
    return fault_options.complete(parser.parse_args(), FULL, SMOKE)


class Slices:
    """The load in pieces, so that there is something to deliver at every kill."""

    def __init__(self, bed, options):
        self.bed = bed
        self.options = options
        self.first = 0
        self.process = None

    def begin(self):
        self.wait()
        options = self.options
        command = self.bed.load_command(
            "--cards", options.cards, "--seed", options.seed, "--first", self.first,
            "--entries", options.slice, "--rate", options.rate)
        self.first += options.slice
        self.process = subprocess.Popen([str(part) for part in command],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def wait(self):
        if self.process is None:
            return
        _, why = self.process.communicate(timeout=LONG)
        if self.process.returncode != 0:
            raise Failed(f"the load ended with {self.process.returncode}: {why.decode()[-500:]}")
        self.process = None

    def abandon(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def total(held, figure):
    return sum(each.get(figure, 0) for each in held.values())


def batches(bed):
    return total(bed.held(), "batches")


def kill(bed, options, rng):
    """The notifier gets SIGKILL at random moments while it delivers, and is started again."""
    bed.write_control(seed=options.seed)
    bed.start_receivers()
    bed.notifier.start()
    slices = Slices(bed, options)
    try:
        for _ in range(options.kills):
            before = batches(bed)
            slices.begin()
            # It delivers now, and in this life.
            wait_until(lambda b=before: batches(bed) > b, LONG, "a batch is delivered")
            time.sleep(rng.uniform(0, options.slice / options.rate))
            if not bed.notifier.running():
                raise Failed(f"the notifier ended by itself:\n{bed.notifier.log_tail()}")
            bed.notifier.kill()
            bed.notifier.start()
        slices.wait()
    finally:
        slices.abandon()
    expected = bed.recount()["issuers"]
    settled = bed.wait_delivered(expected, seconds=options.settle_seconds)
    held = bed.held()
    order = {name: each.get("order", {}) for name, each in held.items()}
    told = finish(bed)
    row = {
        "kills": options.kills, "records": slices.first, "settled": settled,
        "batches": sum(each["batches"] for each in told.values()),
        "duplicates": total(held, "duplicates"),
        "sent_again": sum(each["sent_again"] for each in told.values()),
        # Counted by the receivers themselves.
        "other_id": total(order, "old_batches"), "older": total(order, "older_entries"),
        "gaps": total(held, "gaps"), "refused": total(held, "refused"),
        "disorder": sum(each["disorder"] + each["same_id_twice"] for each in told.values()),
    }
    faults = [("disorder", "entries were older than what came before of their card"),
              ("older", "entries were older than what was held of their card"),
              ("gaps", "batches began after what the receiver held"),
              ("refused", "pushes were refused"),
              ("other_id", "batches came again under another id"),
              ("sent_again", "entries came twice, in batches of different ids")]
    for name, why in faults:
        if row[name]:
            raise Failed(f"{row[name]} {why}: {row}")
    return row


def finish(bed):
    """Stops all cleanly; what the journals tell, by issuer."""
    code = bed.notifier.stop(seconds=30)
    if code != 0:
        raise Failed(f"the notifier ended with {code} when asked to")
    for receiver in bed.receivers:
        receiver.program.stop()
    return bed.recount(journals=bed.gather_journals())["issuers"]


def away(bed, options, _rng):
    """One issuer's endpoint is not there for the whole delivery, then it is."""
    absent = bed.receivers[-1]
    (name,) = absent.issuers
    bed.write_control(seed=options.seed)
    for receiver in bed.receivers[:-1]:
        receiver.start()
    bed.notifier.start()
    bed.load("--cards", options.away_entries, "--entries", options.away_entries,
             "--seed", options.seed)
    expected = bed.recount()["issuers"]
    others = [each for each in expected if each != name]
    settled = bed.wait_delivered(expected, others, seconds=options.settle_seconds)
    # Some failures on, when its pauses have grown.
    wait_until(lambda: bed.feeds()[name]["circuit"] == "open", LONG, "the circuit is open")
    absent.start()
    back = bed.wait_delivered(expected, [name], seconds=options.settle_seconds, every=0.02)
    told = finish(bed)[name]
    if told["disorder"] or told["sent_again"]:
        raise Failed(f"the issuer that was away got entries out of order or twice: {told}")
    return {
        "settled": settled, "entries": expected[name]["entries"], "back_seconds": back,
        "bytes": told["bytes"], "batches": told["batches"],
        "span_seconds": (told["last_ms"] - told["first_ms"]) / 1000,
    }


SCENARIOS = {"kill": kill, "away": away}


def show(rows):
    for row in rows:
        name = row.pop("scenario")
        if "failed" in row:
            print(f"{name:<6} FAILED: {row['failed']}")
            continue
        cells = [f"{key} {value:,.1f}" if isinstance(value, float) else f"{key} {value:,}"
                 for key, value in row.items()]
        print(f"{name:<6} kept: {', '.join(cells)}")


def run_scenario(options, name):
    apart = [["issuer-00"]] if name == "away" else []
    # As short as in the demo, so that nobody waits for a pause.
    push = {"backoff_base": "100ms", "backoff_max": "1s"}
    begun = time.monotonic()
    bed = FeedBed(pathlib.Path(options.work) / name, options.bin, issuers=options.issuers,
                  apart=apart, push=push, log="info", keep=True)
    try:
        with bed:
            row = SCENARIOS[name](bed, options, random.Random(f"{name}-{options.seed}"))
        return {"scenario": name, "seconds": time.monotonic() - begun, **row}
    except (Failed, Void, CommandFailed, StartFailed) as failure:
        return {"scenario": name, "failed": str(failure)}


def main():
    options = arguments()
    own_folder = options.work is None
    if own_folder:
        options.work = tempfile.mkdtemp(prefix="cardwatch-feed-faults-")
    print(f"seed {options.seed}, {options.issuers} issuers, in {options.work}", flush=True)
    rows = [run_scenario(options, name) for name in options.scenario or SCENARIOS]
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"seed": options.seed, "rows": rows}))
    failed = any("failed" in row for row in rows)
    show(rows)
    if own_folder and not options.keep and not failed:
        shutil.rmtree(options.work, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
