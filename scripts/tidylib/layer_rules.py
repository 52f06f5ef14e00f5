"""The layer rule of scripts/layers.json, on #include lines and on CMake's DEPS."""
import json
import re

from tidylib.tree import Finding

RULES_FILE = "scripts/layers.json"
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
CALL = re.compile(r"\b(cw_library|cw_service)\s*\(([^)]*)\)", re.DOTALL)
KEYWORD = re.compile(r"^[A-Z_]+$")


def unit_of(folder):
    """('lib', 'base') for services/lib/base, ('service', 'desk') for services/desk; else None."""
    parts = folder.split("/")
    if parts[:2] == ["services", "lib"] and len(parts) >= 3:
        return "lib", parts[2]
    if parts[0] == "services" and len(parts) >= 2 and parts[1] != "lib":
        return "service", parts[1]
    return None


def own_target(header):
    """The unit that a header of ours belongs to, from its include path."""
    parts = header.split("/")
    if parts[0] == "lib" and len(parts) >= 3:
        return "lib", parts[1]
    return ("service", parts[0]) if len(parts) >= 2 else None


class Layers:
    """What scripts/layers.json allows."""

    def __init__(self, rules):
        self.libraries = rules["libraries"]
        self.services = rules["services"]
        self.third_party = rules["third_party"]
        self.restricted = rules["restricted"]
        self.system_folders = tuple(rules["system_folders"])

    def known(self, unit):
        kind, name = unit
        return name in (self.libraries if kind == "lib" else self.services)

    def may_use(self, unit, target):
        if unit == target:
            return True
        if target[0] == "service":
            return False
        return unit[0] == "service" or target[1] in self.libraries[unit[1]]

    def remedy(self, unit):
        if unit[0] == "service":
            return "A service may use any lib/ but never another service: share through a topic"
        allowed = ", ".join(self.libraries[unit[1]]) or "nothing of ours"
        return f"lib/{unit[1]} may use {allowed}: move the code to the layer that needs it"


def third_party_finding(layers, file, number, header):
    if header.startswith(layers.system_folders) or "/" not in header and "." not in header:
        return None  # The standard library and the operating system.
    for rule in layers.third_party:
        if any(header.startswith(prefix) for prefix in rule["includes"]):
            folders = rule["only_in"]
            if any(file.folder == at or file.folder.startswith(at + "/") for at in folders):
                return None
            return Finding(file.path, number, "third-party", f"{rule['name']} does not belong here",
                           f"Only {', '.join(folders)} may include it: use what they offer")
    if header.endswith(".h") and "/" not in header:
        return None  # POSIX headers such as unistd.h.
    return Finding(file.path, number, "third-party", f"<{header}> is of no known library",
                   f"Name the library and its place in {RULES_FILE}, and the reason in the commit")


def restriction_finding(layers, file, number, header):
    for rule in layers.restricted:
        if (header.startswith(rule["include"]) and file.folder == rule["within"]
                and not file.name.startswith(tuple(rule["only_files"]))):
            return Finding(file.path, number, "layer", f"{header} is kept from this file",
                           rule["remedy"])
    return None


def include_findings(layers, file):
    unit = unit_of(file.folder)
    for number, line in enumerate(file.lines, 1):
        match = INCLUDE.match(line)
        if not match or not unit:
            continue
        quoted, header = match.group(1) == '"', match.group(2)
        target = own_target(header) if quoted else None
        if quoted and (not target or not layers.known(target)):
            yield Finding(file.path, number, "layer", f'"{header}" is no header of ours',
                          'Write "lib/<layer>/x.hpp" or "<service>/x.hpp"; <...> for others')
        elif target and not layers.may_use(unit, target):
            yield Finding(file.path, number, "layer", f"{header} is outside this layer",
                          layers.remedy(unit))
        finding = (restriction_finding(layers, file, number, header) if quoted
                   else third_party_finding(layers, file, number, header))
        if finding:
            yield finding


def declared(arguments):
    """The cw:: names and third-party targets of a cw_library or cw_service call, by keyword."""
    lists, keyword = {}, ""
    for word in re.sub(r"#[^\n]*", "", arguments).split()[1:]:
        if KEYWORD.match(word):
            keyword = word
        else:
            lists.setdefault(keyword, []).append(word)
    return lists


def cmake_findings(layers, file):
    unit = unit_of(file.folder)
    for call in CALL.finditer(file.text) if unit else ():
        number = file.text.count("\n", 0, call.start()) + 1
        lists = declared(call.group(2))
        name = call.group(2).split()[0]
        if name != unit[1]:
            yield Finding(file.path, number, "layer", f"target {name} in folder {unit[1]}",
                          "One target for each folder, named like it")
        for target in lists.get("DEPS", []):
            used = target.removeprefix("cw::")
            if not target.startswith("cw::"):
                yield Finding(file.path, number, "layer", f"{target} in DEPS is not ours",
                              "Third-party targets go to SYSTEM_DEPS or PUBLIC_SYSTEM_DEPS")
                continue
            kind = "lib" if used in layers.libraries else "service"
            if not layers.may_use(unit, (kind, used)):
                yield Finding(file.path, number, "layer", f"DEPS names {target}",
                              layers.remedy(unit))
        yield from target_findings(layers, file, number, lists)


def target_findings(layers, file, number, lists):
    used = lists.get("SYSTEM_DEPS", []) + lists.get("PUBLIC_SYSTEM_DEPS", [])
    for rule in layers.third_party:
        for target in set(used) & set(rule.get("targets", [])):
            if not any(file.folder == at or file.folder.startswith(at + "/")
                       for at in rule["only_in"]):
                yield Finding(file.path, number, "third-party", f"links {target}",
                              f"Only {', '.join(rule['only_in'])} may: use what they offer")


def check(tree):
    rules = next((file for file in tree.files if file.path == RULES_FILE), None)
    if not rules:
        yield Finding(RULES_FILE, 1, "layer", "the layer rule is missing", "Restore it")
        return
    layers = Layers(json.loads(rules.text))
    for file in tree.files:
        unit = unit_of(file.folder)
        if unit and file.name == "CMakeLists.txt" and not layers.known(unit):
            yield Finding(file.path, 1, "layer", f"{unit[1]} has no place in the layers",
                          f"Add it to {RULES_FILE} and to the table in services/README.md")
        elif file.language == "cpp":
            yield from include_findings(layers, file)
        elif file.name == "CMakeLists.txt":
            yield from cmake_findings(layers, file)
