#!/usr/bin/env python3
"""Kills, stops and starts matchers and the broker under load; what readers hold must stay exact.

Prints a table; the exit status is 1 if a promise was not kept. See README.md of this folder.
"""

import json
import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import fault_options  # noqa: E402
from campaign import Bed, Failed  # noqa: E402
from scenarios import SCENARIOS, perform  # noqa: E402

FULL = {"reports": 2_000_000, "cards": 460_000, "kills": 50, "suspensions": 5, "broker_kills": 5,
        "rounds": 4, "rate": 20_000, "batch": 20_000, "settle_seconds": 600}
SMOKE = {"reports": 60_000, "cards": 5_000, "kills": 4, "suspensions": 1, "broker_kills": 1,
         "rounds": 1, "rate": 3_000, "batch": 1_000, "settle_seconds": 180}


def arguments():
    parser = fault_options.parser(__doc__, SCENARIOS, FULL, SMOKE)
    return fault_options.complete(parser.parse_args(), FULL, SMOKE)


def show(rows, reports):
    print(f"\n{'scenario':<9} {'reports':>9} {'s':>6} {'settled s':>9} {'unserved s':>10} "
          f"{'facts':>9} {'twice':>5} {'entries again':>13} {'ended':<12} faults")
    for row in rows:
        if "failed" in row:
            print(f"{row['scenario']:<9} FAILED: {row['failed']}")
            continue
        ends = ",".join(str(code) for code in sorted(set(row["ends"]))) or "-"
        ended = f"{ends} x{len(row['ends'])}"
        print(f"{row['scenario']:<9} {reports:>9,} {row['seconds']:>6.0f} "
              f"{row['settled']:>9.1f} {row['unserved']:>10.1f} {row['facts']:>9,} "
              f"{row['repeated']:>5} {row['entries_repeated']:>13} {ended:<12} {row['faults']}")
        for place in row["repeated_at"]:
            print(f"          written twice: {place}")


def run_scenario(options, name):
    try:
        with Bed(options, name) as bed:
            row = perform(bed, name, options.seed)
        # Only a torn transaction of the v1 protocol may repeat a fact, and only a broker that
        # crashes in the middle of one can tear it.
        if row["repeated"] and name != "broker":
            raise Failed(f"{row['repeated']} facts were written twice: {row['repeated_at']}")
        return {"scenario": name, **row}
    except Failed as failure:
        return {"scenario": name, "failed": str(failure)}


def main():
    options = arguments()
    own_folder = options.work is None
    if own_folder:
        options.work = tempfile.mkdtemp(prefix="cardwatch-faults-")
    print(f"seed {options.seed}, {options.reports:,} reports on {options.cards:,} cards, "
          f"in {options.work}", flush=True)
    rows = []
    for name in options.scenario or SCENARIOS:
        row = run_scenario(options, name)
        rows.append(row)
        print(f"{name}: {'FAILED ' + row['failed'] if 'failed' in row else 'kept'}", flush=True)
    show(rows, options.reports)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({"seed": options.seed, "rows": rows}))
    failed = any("failed" in row for row in rows)
    if own_folder and not options.keep and not failed:
        shutil.rmtree(options.work, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
