"""Rules about lines: length, white space, words and names that may not be committed."""
import ast
import re

from tidylib.tree import Finding

COLUMNS_MAX = 100
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Written so that the patterns do not find themselves.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b(?!\([^)]{10,}\):)")
MACHINE_PATH = re.compile(r"(?<![\w.$}*-])/(?:work|farm|home|root|Users|tmp)/[\w.-]")
REGISTRY_HOST = re.compile(
    r"\b(?:repo1?\.maven\.|central\.sonatype\.|pypi\.org|files\.pythonhosted\.|crates\.io\b"
    r"|registry\.npmjs\.|proxy\.golang\.|(?:deb|security)\.debian\.org|docker\.io\b|ghcr\.io\b)")
SLEEP = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])::sleep\(")
SLEEP_ALLOWED = "tests/support/wait.hpp"
SLEEP_REMEDY = ("Wait for the event with a deadline: wait_until() of support/wait.hpp, or a "
                "condition variable")


def line_findings(file):
    for number, line in enumerate(file.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield Finding(file.path, number, "line-length", f"{len(line)} columns",
                          f"Break the line at {COLUMNS_MAX} (C++: scripts/format)")
        if line != line.rstrip():
            yield Finding(file.path, number, "white-space", "white space at the end of the line",
                          "Remove it")
        if "\t" in line:
            yield Finding(file.path, number, "white-space", "a tab", "Use spaces")
        if file.path.startswith("tests/") and file.path != SLEEP_ALLOWED and SLEEP.search(line):
            yield Finding(file.path, number, "sleep", "a test that sleeps", SLEEP_REMEDY)


def word_findings(file):
    for number, line in enumerate(file.lines, 1):
        if UNFINISHED.search(line):
            yield Finding(file.path, number, "unfinished", "a mark of unfinished work",
                          "Finish it, or say in brackets why it may stay: MARK(reason): text")
        if MACHINE_PATH.search(line):
            yield Finding(file.path, number, "machine-path", "a path of one machine",
                          "Derive it from the script's own place, an option or a temporary folder")
        if REGISTRY_HOST.search(line):
            yield Finding(file.path, number, "registry-host", "the name of a package registry",
                          "Leave the host to the package client's own settings")


def size_findings(file):
    count = len(file.lines) - (1 if file.lines[-1] == "" else 0)
    if count > FILE_LINES_MAX:
        yield Finding(file.path, FILE_LINES_MAX + 1, "file-length", f"{count} lines",
                      f"Split it by what it does; at most {FILE_LINES_MAX}")
    if file.text and not file.text.endswith("\n"):
        yield Finding(file.path, len(file.lines), "white-space", "no newline at the end",
                      "Add one")
    if file.path.endswith(".hpp") and "#pragma once" not in file.lines:
        yield Finding(file.path, 1, "header-guard", "no #pragma once", "Begin the header with it")


def too_long(file, name, first, last):
    length = last - first + 1
    if length > FUNCTION_LINES_MAX:
        yield Finding(file.path, first, "function-length", f"{name} has {length} lines",
                      f"Give its parts names of their own; at most {FUNCTION_LINES_MAX}")


def python_functions(file):
    try:
        nodes = list(ast.walk(ast.parse(file.text)))
    except SyntaxError as error:
        yield Finding(file.path, error.lineno or 1, "syntax", "not Python", "Mend the syntax")
        return
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from too_long(file, node.name, node.lineno, node.end_lineno)


def bracketed_functions(file, opening, closing):
    """Functions that start with a line like `opening` and end with a line like `closing`."""
    name, first = "", 0
    for number, line in enumerate(file.lines, 1):
        if match := opening.match(line):
            name, first = match.group(1), number
        elif first and closing.match(line):
            yield from too_long(file, name, first, number)
            first = 0


SHELL = (re.compile(r"(?:function\s+)?([\w-]+)\s*\(\)\s*[{(]"), re.compile(r"[})]"))
CMAKE = (re.compile(r"(?:function|macro)\(\s*(\w+)", re.IGNORECASE),
         re.compile(r"end(?:function|macro)", re.IGNORECASE))


def check(tree):
    for file in tree.files:
        yield from word_findings(file)
    for file in tree.code():
        yield from line_findings(file)
        yield from size_findings(file)
    for file in tree.code("python"):
        yield from python_functions(file)
    for file in tree.code("shell"):
        yield from bracketed_functions(file, *SHELL)
    for file in tree.code("cmake"):
        yield from bracketed_functions(file, *CMAKE)
