"""How the reports arrived: in batches of several days, late, out of order, some of them twice."""

import bisect
import dataclasses
import json

from case import cards, clock

COLUMNS = ["issuer", "report_id", "revision", "action", "pan", "expiry", "attempted_at",
           "reported_at", "received_at", "amount", "currency", "mcc", "country", "channel",
           "approved", "fraud_type", "disposition", "member", "incident"]
_REQUIRED_COLUMNS = {"issuer", "report_id", "revision", "action", "pan", "reported_at",
                     "fraud_type"}

_JSON_BATCHES = (5, 18)
_REPEATED_BATCHES = (3, 12)
_REFUSED_BATCHES = (1, 5, 8, 15, 24, 30)


@dataclasses.dataclass
class Batch:
    received: int
    format: str = "csv"
    rows: list = dataclasses.field(default_factory=list)
    loaded: int = 0  # Decides the order of loading: may be later than `received`.
    refused: list = dataclasses.field(default_factory=list)  # (line, column, code)


def _slots():
    """(instant, issuers' half): every four days at first, then more and more rarely."""
    starts = ["2009-07-14", "2009-07-16"]
    starts += [f"2009-07-{day:02d}" for day in (19, 23, 27, 31)]
    starts += [f"2009-08-{day:02d}" for day in (4, 6, 8, 12, 14, 18, 26)]
    starts += ["2009-09-04", "2009-09-13", "2009-09-21", "2009-10-02", "2009-10-14", "2009-10-26",
               "2009-10-30", "2009-11-09", "2009-12-02", "2010-01-08", "2010-02-15", "2010-03-08",
               "2010-03-17"]
    late = ["2010-08-02", "2011-03-01", "2011-11-15", "2012-04-05", "2012-04-18", "2012-06-20"]
    slots = []
    for start in starts:
        evening = clock.parse(f"{start}T20:15:00+09:00")
        slots += [(evening, 0), (evening + 15 * clock.HOUR, 1)]
    slots += [(clock.parse(f"{day}T18:40:00+09:00"), half) for day in late for half in (0, 1)]
    return slots


def arrange(rng, reports, spare_number):
    """All batches in order of their received_at, with duplicates and refused rows in them."""
    slots = _slots()
    by_half = [[i for i, slot in enumerate(slots) if slot[1] == half] for half in (0, 1)]
    batches = [Batch(received=instant) for instant, _ in slots]
    for revision in (revision for report in reports for revision in report):
        places = by_half[cards.ISSUER_IDS.index(revision.issuer) % 2]
        at = _arrival(rng, slots, places, revision)
        batches[places[at]].rows.append(_row(rng, revision))
        if rng.random() < 0.04 and at + 1 < len(places):  # Sent again, unchanged.
            again = min(at + rng.randrange(1, 4), len(places) - 1)
            batches[places[again]].rows.append(_row(rng, revision))
    conflicts = _plant_conflicts(rng, batches)
    batches = [batch for batch in batches if batch.rows]
    for batch in batches:
        rng.shuffle(batch.rows)
    for index in _JSON_BATCHES:
        batches[index].format = "json"
    _plant_refused(rng, batches, spare_number)
    for batch in batches:
        late = rng.random() < 0.2 and batch.received > clock.parse("2009-07-18T00:00:00Z")
        batch.loaded = batch.received + (rng.randrange(2, 12) * clock.DAY if late else 0)
    return batches, conflicts


def _arrival(rng, slots, places, revision):
    """Index into `places` of the batch that brings the revision, in time for its due instant."""
    instants = [slots[place][0] for place in places]
    at = bisect.bisect_left(instants, revision.ready)
    at += rng.choices((0, 1, 2), (78, 15, 7))[0]
    at = min(at, len(instants) - 1)
    while revision.due is not None and instants[at] >= revision.due:
        at -= 1
    if instants[at] < revision.reported and revision.number == 1:
        raise SystemExit("make-case: no batch between a report and its due instant")
    return at


def _row(rng, revision):
    pan = revision.card.pan
    if rng.random() < 0.01:
        pan = cards.spelled(rng, pan)
    return {
        "issuer": revision.issuer, "report_id": revision.report,
        "revision": str(revision.number), "action": revision.action, "pan": pan,
        "expiry": revision.expiry, "attempted_at": _instant(rng, revision.attempted),
        "reported_at": _instant(rng, revision.reported), "amount": revision.amount,
        "currency": revision.currency if revision.amount else "", "mcc": revision.mcc,
        "country": revision.country, "channel": revision.channel, "approved": revision.approved,
        "fraud_type": revision.fraud_type, "disposition": revision.disposition,
        "member": revision.member, "incident": revision.incident,
    }


def _instant(rng, instant):
    if instant is None:
        return ""
    return clock.tokyo(instant) if rng.random() < 0.7 else clock.utc(instant)


def _plant_conflicts(rng, batches):
    """The same revision again, later, with another content: the first one stands (R8)."""
    planted = []
    for index in (2, 7, 10, 16):
        original = rng.choice([row for row in batches[index].rows if row["revision"] == "1"])
        batches[index + 2].rows.append({**original, "fraud_type": "STOLEN", "amount": "1.00",
                                        "currency": "JPY"})
        planted.append({"issuer": original["issuer"], "report_id": original["report_id"],
                        "revision": 1})
    return planted


def _plant_refused(rng, batches, spare_number):
    faults = [
        {"issuer": "card-z", "code": "UNKNOWN_ISSUER"},
        {"pan": cards.with_wrong_check_digit(spare_number()), "code": "PAN_LUHN"},
        {"pan": cards.with_length(spare_number(), 11), "code": "PAN_LENGTH"},
        {"pan": "B" + spare_number()[1:], "code": "PAN_CHARACTERS"},
        {"reported_at": "2009-08-32T10:00:00+09:00", "code": "TIMESTAMP_INVALID"},
        {"reported_at": "yesterday", "code": "TIMESTAMP_INVALID"},
        {"attempted_at": "2009-07-20 10:00", "code": "TIMESTAMP_INVALID"},
        {"reported_at": "", "code": "FIELD_MISSING"},
        {"report_id": "", "code": "FIELD_MISSING"},
        {"amount": "-100.00", "code": "AMOUNT_INVALID"},
        {"amount": "12,000", "code": "AMOUNT_INVALID"},
        {"fraud_type": "HACKED", "code": "CODE_INVALID"},
        {"action": "NEW", "code": "CODE_INVALID"},
        {"revision": "0", "code": "REVISION_INVALID"},
        {"expiry": "2010-13", "code": "EXPIRY_INVALID"},
        {"incident": "alico-2008", "code": "UNKNOWN_INCIDENT"},
    ]
    for number, fault in enumerate(faults):
        batch = batches[_REFUSED_BATCHES[number % len(_REFUSED_BATCHES)]]
        column = next(iter(fault))
        reported = batch.received - 20 * clock.HOUR
        row = {name: "" for name in COLUMNS} | {
            "issuer": "card-a", "report_id": f"X-{number:04d}", "revision": "1", "action": "NEWF",
            "pan": spare_number(), "reported_at": clock.tokyo(reported), "fraud_type": "CNP_USE",
            column: fault[column]}
        batch.rows.insert(rng.randrange(len(batch.rows)), row)
        row["fault"] = (column, fault["code"])
    for batch in batches:
        for index, row in enumerate(batch.rows):
            column, code = row.pop("fault", (None, None))
            if code:
                line = index + (2 if batch.format == "csv" else 1)
                batch.refused.append((line, column, code))


def text(batch, wrapped):
    """The file's content. JSON: an array, or `{"reports": [..]}` if `wrapped`."""
    received = clock.utc(batch.received)
    rows = [{**row, "received_at": received} for row in batch.rows]
    if batch.format == "json":
        items = [_json_item(row) for row in rows]
        return json.dumps({"reports": items} if wrapped else items, indent=1) + "\n"
    lines = [",".join(COLUMNS)]
    lines += [",".join(_quoted(row[column]) for column in COLUMNS) for row in rows]
    return "\n".join(lines) + "\n"


def _quoted(value):
    return f'"{value}"' if "," in value else value


def _json_item(row):
    item = {name: row[name] for name in COLUMNS if row[name] or name in _REQUIRED_COLUMNS}
    item["revision"] = int(item["revision"])
    if "approved" in item:
        item["approved"] = item["approved"] == "true"
    return item


def with_repeats(batches):
    """All files in order of loading: the batches, and two of them once more, whole."""
    files = sorted(batches, key=lambda batch: (batch.loaded, batch.received))
    for index in _REPEATED_BATCHES:
        repeat = dataclasses.replace(batches[index])
        repeat.loaded = batches[index].loaded + 17 * clock.DAY
        files.append(repeat)
    files.sort(key=lambda batch: (batch.loaded, batch.received))
    return files


