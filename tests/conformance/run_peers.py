#!/usr/bin/env python3
"""Runs peers_test.py with the packages of requirements.txt, which scripts/test-tools keeps.

usage: run_peers.py PROGRAM

Exits with 77 (skipped) and says why if the packages are neither in the cache nor to be had.
"""
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "scripts" / "test-tools"


def main():
    found = subprocess.run([TOOLS, "python", HERE / "requirements.txt"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, check=False)
    if found.returncode != 0:
        print(f"SKIPPED: nothing was compared with independent implementations.\n{found.stdout}")
        return 77
    interpreter = found.stdout.strip().splitlines()[-1]
    return subprocess.run([interpreter, "-B", HERE / "peers_test.py", *sys.argv[1:]],
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
