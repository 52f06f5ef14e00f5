#!/usr/bin/env python3
"""Prints how many tests there are by label: ctest's programs and the GoogleTest cases in them.

Run in a build folder; arguments (e.g. -L unit) are given to ctest to select.
"""
import collections
import json
import subprocess
import sys


def listed_tests(selection):
    command = ["ctest", "--show-only=json-v1", *selection]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["tests"]


def labels_of(test):
    values = (item["value"] for item in test.get("properties", []) if item["name"] == "LABELS")
    return [label for value in values for label in value] or ["no label"]


def is_fixture(test):
    names = {item["name"] for item in test.get("properties", [])}
    return bool(names & {"FIXTURES_SETUP", "FIXTURES_CLEANUP"})


def case_count(test):
    """GoogleTest cases of a program made by cw_test; any other test is one case."""
    command = test.get("command", [])
    if len(command) != 1 or "/tests/" not in command[0]:
        return 1
    done = subprocess.run([*command, "--gtest_list_tests"], capture_output=True, text=True,
                          check=False, timeout=60)
    cases = [line for line in done.stdout.splitlines() if line.startswith("  ")]
    return len(cases) if done.returncode == 0 and cases else 1


def main():
    programs = collections.Counter()
    cases = collections.Counter()
    for test in listed_tests(sys.argv[1:]):
        if is_fixture(test):
            continue
        count = case_count(test)
        for label in labels_of(test):
            programs[label] += 1
            cases[label] += count
    for label in sorted(programs):
        print(f"tests labelled {label}: {cases[label]} cases in {programs[label]} programs")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
