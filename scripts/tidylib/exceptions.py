"""Exceptions from the rules, each listed with its reason."""
import json

from tidylib.tree import Finding

FILE = "scripts/tidy-exceptions.json"


def line_of(text, word):
    at = text.find(json.dumps(word))
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def apply(tree, findings):
    """The findings without the listed ones, and one for each listed exception that matches none."""
    source = next((file for file in tree.files if file.path == FILE), None)
    if not source:
        return findings
    left = list(findings)
    for listed in json.loads(source.text)["exceptions"]:
        matching = [found for found in left
                    if (found.path, found.rule) == (listed["file"], listed["rule"])
                    and found.what.startswith(listed["about"] + " ") and listed["reason"]]
        if matching:
            left = [found for found in left if found not in matching]
        else:
            left.append(Finding(FILE, line_of(source.text, listed["file"]), "exception",
                                f"nothing in {listed['file']} needs this exception",
                                "Remove it from the list"))
    return left
