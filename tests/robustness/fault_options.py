"""The command line that the fault campaigns have in common."""

import argparse
import os
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def parser(about, scenarios, full, smoke):
    """`full` and `smoke` hold the sizes by name: of a campaign, and of the small run of it."""
    made = argparse.ArgumentParser(description=about.split("\n\n")[0])
    made.add_argument("--scenario", action="append", choices=sorted(scenarios),
                      help="only this one; may be repeated; default: all")
    made.add_argument("--smoke", action="store_true", help="small: does all of it work?")
    made.add_argument("--seed", type=int, help="of a run that is to be repeated")
    for name, size in full.items():
        made.add_argument("--" + name.replace("_", "-"), type=int,
                          help=f"default: {size:,}; with --smoke {smoke[name]:,}")
    made.add_argument("--bin", default=os.environ.get(
        "CARDWATCH_BIN_DIR", str(ROOT / "build" / "release" / "bin")))
    made.add_argument("--work", help="folder for brokers, logs and states; default: a new one")
    made.add_argument("--keep", action="store_true", help="leave that folder as it is")
    made.add_argument("--json", help="write the rows to this file too")
    return made


def complete(options, full, smoke):
    """Fills in the sizes and the seed that were not given."""
    for name, value in (smoke if options.smoke else full).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1_000_000)
    return options
