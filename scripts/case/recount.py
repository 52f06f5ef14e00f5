#!/usr/bin/env python3
"""Recounts a case from its files alone, by the numbered rules, one straightforward step at a time.

It shares nothing with the C++ matching library and nothing with the code that made the case, so it
is the independent opinion that both are held against. It reads CASE_DIR/case.json for what the
incident, issuers and scope revisions are, and the CSV and JSON files for everything else.

Usage: recount.py CASE_DIR            prints every recorded figure beside the recount; exit 1 if any
                                      differs
"""

import collections
import csv
import datetime
import functools
import io
import json
import pathlib
import re
import sys

_DAY_MS = 86_400_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_EXPIRY = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_AMOUNT = re.compile(r"\d+(\.\d+)?", re.ASCII)
_FOLD = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord(" "): None, ord("-"): None}
_TWICE = {str(digit): sum(divmod(2 * digit, 10)) for digit in range(10)}

ACTIONS = {"NEWF", "UPDT", "CLSE", "REOP", "DUPL"}
ACTIVE_ACTIONS = {"NEWF", "UPDT", "REOP"}  # R9
FRAUD_TYPES = {"LOST", "STOLEN", "NOT_RECEIVED", "FALSE_APPLICATION", "COUNTERFEIT", "MISC",
               "CNP_USE", "ACCOUNT_TAKEOVER", "FIRST_PARTY", "SUSPECTED", "OTHER"}
NOT_ATTRIBUTABLE = {"LOST", "STOLEN", "NOT_RECEIVED", "FALSE_APPLICATION", "FIRST_PARTY"}  # R16
DISPOSITIONS = {"", "issuer_monitoring", "member_statement", "after_debit"}
REQUIRED = ("issuer", "report_id", "revision", "action", "pan", "reported_at", "fraud_type")

Exposure = collections.namedtuple("Exposure", "file received expiry attributes")
Report = collections.namedtuple(
    "Report", "issuer report revision action card expiry attempted reported received fraud_type "
    "disposition member incident content")
Standing = collections.namedtuple("Standing", "report outcome attributable incident")


class Refused(Exception):
    """A row that must be refused: (column, code)."""


def read_instant(text):
    if not _INSTANT.fullmatch(text):
        raise ValueError(text)
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)


@functools.lru_cache(maxsize=None)
def tokyo_day(instant):
    """R1: the calendar day in the incident's time zone, which has no daylight saving."""
    return (_EPOCH + datetime.timedelta(milliseconds=instant, hours=9)).date().isoformat()


def read_pan(text):
    """R3."""
    if not text:
        raise Refused("pan", "FIELD_MISSING")
    digits = text if text.isascii() and text.isdigit() else text.translate(_FOLD)
    if not (digits.isascii() and digits.isdigit()):
        raise Refused("pan", "PAN_CHARACTERS")
    if not 12 <= len(digits) <= 19:
        raise Refused("pan", "PAN_LENGTH")
    if (sum(map(int, digits[-1::-2])) + sum(map(_TWICE.get, digits[-2::-2]))) % 10:
        raise Refused("pan", "PAN_LUHN")
    return digits


@functools.lru_cache(maxsize=None)
def _read_expiry(text):
    _require(text, "expiry", "FIELD_MISSING")
    _require(_EXPIRY.fullmatch(text), "expiry", "EXPIRY_INVALID")
    return text


def _require(condition, column, code):
    if not condition:
        raise Refused(column, code)


def _instant_field(row, column):
    try:
        return read_instant(row[column]) if row.get(column) else None
    except ValueError:
        raise Refused(column, "TIMESTAMP_INVALID") from None


class Case:
    """Everything in the case's files, read and checked row by row."""

    def __init__(self, folder, definition):
        self.definition = definition
        self.incident = definition["incident"]["id"]
        self.issuers = {issuer["id"]: issuer["iin_ranges"] for issuer in definition["issuers"]}
        self._ranges = {iin: issuer for issuer, iins in self.issuers.items() for iin in iins}
        self.files = {file["name"]: file for file in definition["incident"]["files"]}
        self.exposures = collections.defaultdict(list)  # card -> [Exposure]
        self.revisions = collections.defaultdict(dict)  # (issuer, report) -> {revision: Report}
        self.refused = []  # (path, line, column, code)
        self.valid_rows = collections.Counter()  # path -> rows that are not refused
        self.conflicts = []
        self._standing_by_instant = {}
        self._selected = {}  # scope revision -> cards
        for file in definition["exposures"]:
            self._read_exposures(folder, file)
        for file in definition["reports"]:
            self._read_reports(folder, file)

    def _read_exposures(self, folder, file):
        text = (folder / file["path"]).read_bytes().decode()
        received = read_instant(file["received_at"])
        rows = csv.reader(io.StringIO(text, newline=""))
        header = next(rows)
        pan_at, expiry_at = header.index("pan"), header.index("expiry")
        names = [(i, name) for i, name in enumerate(header)
                 if name not in ("pan", "expiry", "member")]
        for row in rows:
            try:
                _require(len(row) == len(header), "", "FIELD_COUNT")
                card = read_pan(row[pan_at])
                expiry = _read_expiry(row[expiry_at])
            except Refused as refusal:
                self.refused.append((file["path"], rows.line_num, *refusal.args))
                continue
            attributes = {name: row[i] for i, name in names if row[i]}
            self.exposures[card].append(Exposure(file["name"], received, expiry, attributes))
            self.valid_rows[file["path"]] += 1

    def _read_reports(self, folder, file):
        text = (folder / file["path"]).read_bytes().decode()
        for line, row in _report_rows(text, file["path"].endswith(".json")):
            try:
                report = self._read_report(row)
            except Refused as refusal:
                self.refused.append((file["path"], line, *refusal.args))
                continue
            self.valid_rows[file["path"]] += 1
            self._add_revision(report)

    def _read_report(self, row):
        for column in REQUIRED:
            _require(row.get(column), column, "FIELD_MISSING")
        _require(row["issuer"] in self.issuers, "issuer", "UNKNOWN_ISSUER")
        _require(row["revision"].isdigit() and int(row["revision"]) > 0, "revision",
                 "REVISION_INVALID")
        _require(row["action"] in ACTIONS, "action", "CODE_INVALID")
        _require(row["fraud_type"] in FRAUD_TYPES, "fraud_type", "CODE_INVALID")
        _require(row.get("disposition", "") in DISPOSITIONS, "disposition", "CODE_INVALID")
        _require(not row.get("amount") or _AMOUNT.fullmatch(row["amount"]), "amount",
                 "AMOUNT_INVALID")
        _require(not row.get("expiry") or _EXPIRY.fullmatch(row["expiry"]), "expiry",
                 "EXPIRY_INVALID")
        _require(row.get("incident", "") in ("", self.incident), "incident", "UNKNOWN_INCIDENT")
        card = read_pan(row["pan"])
        attempted = _instant_field(row, "attempted_at")
        reported = _instant_field(row, "reported_at")
        received = read_instant(row["received_at"])
        rest = {name: value for name, value in row.items() if value and name not in (
            "pan", "attempted_at", "reported_at", "received_at")}
        content = json.dumps([card, attempted, reported, rest], sort_keys=True)
        return Report(
            row["issuer"], row["report_id"], int(row["revision"]), row["action"], card,
            row.get("expiry", ""), attempted, reported, received, row["fraud_type"],
            row.get("disposition", ""), row.get("member", ""), row.get("incident", ""), content)

    def _add_revision(self, new):
        """R7, R8: of equal revisions the one received first stands."""
        known = self.revisions[new.issuer, new.report]
        old = known.setdefault(new.revision, new)
        if old.content != new.content:
            if old.received == new.received:
                raise SystemExit("recount: conflicting revisions of one instant; not foreseen")
            self.conflicts.append((new.issuer, new.report, new.revision))
        if new.received < old.received:
            known[new.revision] = new
        if len({revision.card for revision in known.values()}) != 1:
            raise SystemExit("recount: a correction changes the card; not foreseen")

    # What is known at an instant; None stands for everything.

    def scope_at(self, instant):
        """R15: (number, function) in force. A revision that adds keeps the one before it."""
        number, predicate = 0, {"any": []}
        for revision in self.definition["scope"]:
            if instant is not None and read_instant(revision["effective_at"]) > instant:
                continue
            added = revision["predicate"]
            predicate = {"any": [predicate, added]} if revision["mode"] == "add" else added
            number = revision["revision"]
        return number, compiled(predicate)

    def selected_at(self, instant):
        """The cards of which the scope in force selects a record."""
        number, scope = self.scope_at(instant)
        if number not in self._selected:
            self._selected[number] = {
                card for card, records in self.exposures.items()
                if any([scope(record.file, record.attributes) for record in records])}
        return self._selected[number]

    def standing_at(self, instant):
        """Every report active at the instant, with its outcome (R7, R9, R11 to R16)."""
        if instant not in self._standing_by_instant:
            _, scope = self.scope_at(instant)
            self._standing_by_instant[instant] = standing = []
            for revisions in self.revisions.values():
                known = [r for r in revisions.values() if instant is None or r.received <= instant]
                report = max(known, key=lambda r: r.revision, default=None)
                if report and report.action in ACTIVE_ACTIONS:
                    standing.append(self._standing(report, instant, scope))
        return self._standing_by_instant[instant]

    def _standing(self, report, instant, scope):
        records = [record for record in self.exposures.get(report.card, ())
                   if instant is None or record.received <= instant]
        outcome = self._outcome(report, records, scope)
        attributable = (outcome in ("identified", "in_file")
                        and report.fraud_type not in NOT_ATTRIBUTABLE)
        incident = self.incident if records else report.incident
        return Standing(report, outcome, attributable, incident)

    def _outcome(self, report, records, scope):
        if not records:
            return "not_exposed"  # R11
        if report.attempted is not None:
            day = tokyo_day(report.attempted)
            records = [r for r in records if self.files[r.file]["at_risk_from"] <= day]
            if not records:
                return "predates_exposure"  # R12
        if report.expiry:
            records = [record for record in records if record.expiry == report.expiry]
            if not records:
                return "expiry_mismatch"  # R13
        if any(scope(record.file, record.attributes) for record in records):
            return "identified"  # R14
        return "in_file"

    def issuer_of(self, card):
        """R24: the issuer with the longest range that the number begins with."""
        for length in range(8, 0, -1):
            if card[:length] in self._ranges:
                return self._ranges[card[:length]]
        return "unassigned"


def compiled(predicate):
    """R17: a predicate as a function of (file, attributes)."""
    if "all" in predicate:
        parts = [compiled(part) for part in predicate["all"]]
        return _remembering(_names(predicate), lambda file, values: all(
            part(file, values) for part in parts))
    if "any" in predicate:
        parts = [compiled(part) for part in predicate["any"]]
        return lambda file, values: any(part(file, values) for part in parts)
    if "not" in predicate:
        part = compiled(predicate["not"])
        return lambda file, values: not part(file, values)
    name = predicate["attribute"]
    if name == "file":
        test = _test(predicate)
        return lambda file, values: test(file)
    if "missing" in predicate:
        return lambda file, values: name not in values
    test = _test(predicate)
    return lambda file, values: name in values and test(values[name])


def _remembering(names, function):
    """The same function; records that agree in `names` and file are judged once."""
    answers = {}

    def remembered(file, values):
        key = (file, *map(values.get, names))
        answer = answers.get(key)
        if answer is None:
            answer = answers[key] = function(file, values)
        return answer

    return remembered


def _names(predicate):
    if "attribute" in predicate:
        return [predicate["attribute"]]
    parts = [predicate["not"]] if "not" in predicate else next(iter(predicate.values()))
    return sorted({name for part in parts for name in _names(part)} - {"file"})


def _test(predicate):
    if "equals" in predicate:
        return predicate["equals"].__eq__
    if "in" in predicate:
        return frozenset(predicate["in"]).__contains__
    if "between" in predicate:
        low, high = (bound.encode() for bound in predicate["between"])
        return lambda value: low <= value.encode() <= high
    return lambda value: value.startswith(predicate["prefix"])


def _report_rows(text, is_json):
    """(line or item number, row as texts)."""
    if not is_json:
        reader = csv.DictReader(io.StringIO(text, newline=""))
        for row in reader:
            yield reader.line_num, row
        return
    items = json.loads(text)
    for number, item in enumerate(items["reports"] if isinstance(items, dict) else items, 1):
        yield number, {name: json.dumps(value) if isinstance(value, (bool, int)) else value
                       for name, value in item.items()}


def count(case, query):
    """R18 to R20: {"figure": n, "rows": [[key texts..., n]]}; rows only with a breakdown."""
    known_at = read_instant(query["known_at"]) if query["known_at"] else None
    groups = collections.defaultdict(list)
    for entry in case.standing_at(known_at):
        if entry.incident == case.incident and _matches(entry, query):
            groups[_identity(entry.report, query["unit"])].append(entry)
    result = {"figure": len(groups)}
    if query["by"]:
        rows = collections.Counter()
        for entries in groups.values():
            first = min(entries, key=lambda entry: (entry.report.reported, entry.report.received,
                                                    entry.report.issuer, entry.report.report))
            rows[tuple(_key(case, first, name) for name in query["by"])] += 1
        result["rows"] = [[*key, rows[key]] for key in sorted(rows)]
    return result


def _matches(entry, query):
    wanted = {"only": entry.attributable, "exclude": not entry.attributable, "both": True}
    return (wanted[query["attributable"]]
            and query["since"] <= tokyo_day(entry.report.reported) <= query["as_of"]
            and (not query["outcomes"] or entry.outcome in query["outcomes"]))


def _identity(report, unit):
    if unit == "reports":
        return report.issuer, report.report
    if unit == "members" and report.member:
        return report.issuer, report.member
    return report.card


def _key(case, entry, name):
    texts = {
        "issuer": lambda: case.issuer_of(entry.report.card),
        "outcome": lambda: entry.outcome,
        "disposition": lambda: entry.report.disposition or "none",
        "fraud_type": lambda: entry.report.fraud_type,
        "day": lambda: tokyo_day(entry.report.reported),
    }
    return texts[name]()


def scope_cards(case):
    """Distinct cards that each revision selects, with the ones before it where it adds."""
    counts = {}
    for revision in case.definition["scope"]:
        counts[revision["revision"]] = len(
            case.selected_at(read_instant(revision["effective_at"])))
    return counts


def watch(case):
    """R22 to R24, at the end: {issuer: {"entries": n, level: n}}."""
    identified = case.selected_at(None)
    reported = {entry.report.card for entry in case.standing_at(None) if entry.attributable}
    counts = collections.Counter(
        (case.issuer_of(card), "fraud_reported" if card in reported else
         "identified" if card in identified else "in_file") for card in case.exposures)
    result = {issuer: {"entries": 0} for issuer, _ in sorted(counts)}
    for (issuer, level), cards in sorted(counts.items()):
        result[issuer][level] = cards
        result[issuer]["entries"] += cards
    return result


def differences(case):
    """Sentences on everything that case.json says otherwise than the recount."""
    definition = case.definition
    found = []
    for recorded in definition["figures"]:
        counted = count(case, recorded["query"])
        if counted != {key: recorded[key] for key in counted}:
            found.append(f"{recorded['name']}: recorded {recorded['figure']}, "
                         f"counted {counted['figure']}")
    for number, cards in scope_cards(case).items():
        if definition["scope"][number - 1]["cards"] != cards:
            found.append(f"scope revision {number} selects {cards} cards")
    if definition["watch"] != watch(case):
        found.append("the issuers' watchlists differ")
    return found + refused_differences(case)


def refused_differences(case):
    recorded = {(r["path"], r["line"], r["column"], r["code"]) for r in case.definition["refused"]}
    return [f"refused only here or only there: {entry}"
            for entry in sorted(recorded ^ set(case.refused))]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    case = Case(folder, json.loads((folder / "case.json").read_text()))
    found = differences(case)
    for recorded in case.definition["figures"]:
        print(f"{recorded['figure']:>8}  {recorded['name']}")
    if found:
        sys.exit("recount: " + "; ".join(found))


if __name__ == "__main__":
    main()
