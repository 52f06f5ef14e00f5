"""Finds the functions of a C++ file by its braces, well enough to measure them."""
import re

from tidylib.text_rules import too_long

# What is no code: comments, raw strings, strings, characters (not the ' of 1'000).
NO_CODE = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
NOT_A_FUNCTION = re.compile(r"^\s*(?:inline\s+)?(?:namespace|class|struct|union|enum|extern)\b"
                            r"|^\s*template\s*<.*>\s*(?:class|struct|union)\b", re.DOTALL)
NAME = re.compile(r"([~\w:]+(?:\s*\([^()]*\))?)\s*\(|operator\s*(\S+)\s*\(")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def code_only(text):
    """The text with everything that is no code blanked, so that positions stay."""
    return PREPROCESSOR.sub(blank, NO_CODE.sub(blank, text))


def name_of(head):
    match = NAME.search(head)
    return (match.group(1) or "operator" + match.group(2)).strip() if match else "function"


def is_function(head):
    return ")" in head and not NOT_A_FUNCTION.match(head)


def functions(text):
    """(name, first line, last line) of each outermost function."""
    code = code_only(text)
    scopes = []  # For each open brace: where its function began, or None.
    begin = None  # Where the declaration that is being read began.
    for at, char in enumerate(code):
        if begin is None and not char.isspace() and char not in ";{}":
            begin = at
        inside = any(start is not None for start in scopes)
        if char == "{":
            head = code[begin:at] if begin is not None else ""
            scopes.append(begin if not inside and is_function(head) else None)
            begin = None
        elif char == "}" and scopes:
            start = scopes.pop()
            begin = None
            if start is None:
                continue
            if code[at + 1:].lstrip()[:1] in (",", "{"):
                begin = start  # A member initialised with braces: the body is still to come.
            else:
                yield (name_of(code[start:at]), code.count("\n", 0, start) + 1,
                       code.count("\n", 0, at) + 1)
        elif char == ";" and not inside:
            begin = None


def check(tree):
    for file in tree.code("cpp"):
        for name, first, last in functions(file.text):
            yield from too_long(file, name, first, last)
