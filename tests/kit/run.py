#!/usr/bin/env python3
"""Runs a test of this folder under an interpreter that has requirements.txt.

usage: run.py TEST.py [ARGUMENT]...
"""
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = HERE.parent.parent / "scripts" / "test-tools"


def main():
    done = subprocess.run([TOOLS, "python", HERE / "requirements.txt"], stdout=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    python = done.stdout.strip()
    os.execv(python, [python, str(HERE / sys.argv[1]), *sys.argv[2:]])


if __name__ == "__main__":
    main()
