"""The exposed file of the case: two extracts, cards in both, a few rows that must be refused."""

import collections
import functools

from case import cards, scope

FILES = [
    {
        "name": "extract-1", "source": "contract system, nightly extract",
        "at_risk_from": "2008-02-26", "at_risk_to": "2008-03-26",
        "received_at": "2009-07-17T02:00:00.000Z",
        "columns": ["pan", "expiry", *scope.ATTRIBUTES],
    },
    {
        "name": "extract-2", "source": "contract system, extract for a migration",
        "at_risk_from": "2008-03-10", "at_risk_to": "2008-04-10",
        "received_at": "2009-07-21T05:30:00.000Z",
        # Another order of columns, one more column and CRLF line ends: as another system writes.
        "columns": ["expiry", "pan", "member", *reversed(scope.ATTRIBUTES)],
    },
]

IN_FIRST, IN_SECOND, IN_BOTH = 1, 2, 3

# Cards in both extracts by zone: with the same expiry, and with another one in the second.
_BOTH = {"A": (240, 60), "B": (210, 40)}
_BOTH_REST = (2150, 300)  # Shrinks with the scale, down to what the reports need.
_BOTH_REST_MIN = (10, 40)
_REPEATED_ROWS = 120
_UNASSIGNED = 37
_FIRST_EXPIRY = 2008 * 12 + 5  # Counted in months; the earliest is 2008-06.

Card = collections.namedtuple("Card", "pan issuer zone place expiry second_expiry attributes")


@functools.lru_cache(maxsize=None)
def expiry_text(months):
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def zone_sizes(scale):
    """Distinct cards per zone and the number of valid records; A and B do not shrink."""
    fixed = scope.ZONE_CARDS["A"] + scope.ZONE_CARDS["B"]
    records = fixed + round(scale * (scope.RECORDS - fixed))
    sizes = dict(scope.ZONE_CARDS)
    for zone in ("P1", "P2"):
        sizes[zone] = round(scale * scope.ZONE_CARDS[zone])
    twice = sum(map(sum, _both(scale).values()))
    sizes["R"] = records - sum(sizes.values()) - twice - _REPEATED_ROWS
    return sizes, records


def _both(scale):
    rest = (max(least, round(scale * count))
            for count, least in zip(_BOTH_REST, _BOTH_REST_MIN))
    return {**_BOTH, "R": tuple(rest)}


def make_pool(rng, sizes, spare):
    """Numbers for all cards in the file and `spare` more per issuer that are not in it."""
    total = sum(sizes.values()) - _UNASSIGNED
    wanted = {issuer: round(total * share) + 400 + spare for issuer, share, _, _ in cards.ISSUERS}
    wanted[None] = _UNASSIGNED
    return cards.NumberPool(rng, wanted)


def make_cards(rng, pool, scale):
    """All distinct cards of the file, zone by zone, in seeded random order within a zone."""
    sizes, _ = zone_sizes(scale)
    total = sum(sizes.values()) - _UNASSIGNED
    owners = [issuer for issuer, share, _, _ in cards.ISSUERS for _ in range(round(total * share))]
    owners += [owners[0]] * (total - len(owners))
    del owners[total:]
    rng.shuffle(owners)
    owners += [None] * _UNASSIGNED  # The last ones of zone R.
    result, start = [], 0
    for zone in ("A", "B", "P1", "P2", "R"):
        owners_here = owners[start : start + sizes[zone]]
        result += _zone_cards(rng, pool, zone, owners_here, _both(scale).get(zone, (0, 0)))
        start += sizes[zone]
    return result


def _zone_cards(rng, pool, zone, owners, both):
    rows = scope.draw_attributes(rng, zone, len(owners))
    same, other = both
    result = []
    for index, (issuer, attributes) in enumerate(zip(owners, rows)):
        expiry = _FIRST_EXPIRY + int(66 * rng.random())
        second = expiry
        if index < same + other:
            place = IN_BOTH
            if index >= same:
                second = expiry + rng.randrange(24, 60)
        elif zone in "AB":
            place = IN_FIRST if zone == "A" else IN_SECOND
        else:
            place = IN_FIRST if rng.random() < 0.55 else IN_SECOND
        result.append(Card(pool.take(issuer), issuer, zone, place, expiry, second, attributes))
    return result


def extract_rows(rng, all_cards):
    """CSV rows (without line ends) of both extracts, shuffled, with repeated and messy ones."""
    first, second = [], []
    for card in all_cards:
        attributes = [_quoted(value) for value in card.attributes]
        pan = cards.spelled(rng, card.pan) if rng.random() < 0.012 else card.pan
        if card.place & IN_FIRST:
            first.append(f"{pan},{expiry_text(card.expiry)},{','.join(attributes)}")
        if card.place & IN_SECOND:
            expiry = expiry_text(card.second_expiry)
            attributes.reverse()
            member = f"P{rng.randrange(10**7):07d}" if rng.random() < 0.9 else ""
            second.append(f"{expiry},{pan},{member},{','.join(attributes)}")
    first += rng.sample(first, _REPEATED_ROWS * 2 // 3)
    second += rng.sample(second, _REPEATED_ROWS - _REPEATED_ROWS * 2 // 3)
    rng.shuffle(first)
    rng.shuffle(second)
    return [first, second]


def _quoted(value):
    return f'"{value}"' if "," in value else value


def plant_refused(rng, rows_of_files, spare_number):
    """Puts rows that must be refused at random places; returns (file index, line, column, code)."""
    planted = []
    for index, rows in enumerate(rows_of_files):
        columns = FILES[index]["columns"]
        bad = [_bad_row(columns, *fault) for fault in _faults(spare_number)]
        places = sorted(rng.sample(range(1, len(rows)), len(bad)))
        for offset, (place, (row, column, code)) in enumerate(zip(places, bad)):
            rows.insert(place + offset, row)
            planted.append((index, place + offset + 2, column, code))  # Line 1 is the header.
    return planted


def _faults(spare_number):
    number = spare_number()
    return [
        ("pan", cards.with_wrong_check_digit(number), "PAN_LUHN"),
        ("pan", cards.with_wrong_check_digit(spare_number()), "PAN_LUHN"),
        ("pan", number[:-1] + "x", "PAN_CHARACTERS"),
        ("pan", "O" + number[1:], "PAN_CHARACTERS"),
        ("pan", cards.with_length(number, 11), "PAN_LENGTH"),
        ("pan", cards.with_length(number, 20), "PAN_LENGTH"),
        ("pan", "", "FIELD_MISSING"),
        ("expiry", "2010-13", "EXPIRY_INVALID"),
        ("expiry", "2011-00", "EXPIRY_INVALID"),
        ("expiry", "unknown", "EXPIRY_INVALID"),
        ("expiry", "", "FIELD_MISSING"),
        (None, spare_number(), "FIELD_COUNT"),
    ]


def _bad_row(columns, column, value, code):
    """A row that is right but for one fault; with column None, it lacks its last field."""
    fields = {"pan": value, "expiry": "2010-10", "channel": "phone", "payment": "card_monthly",
              "apply_month": "2004-04", "policy_last_digit": "1", "product": "life",
              "region": "東北", "status": "active"}
    if column == "expiry":
        fields["pan"] = cards.with_length(cards.UNASSIGNED_RANGE[0], 15)
    fields[column or "pan"] = value
    row = [fields.get(name, "") for name in columns]
    return ",".join(row if column else row[:-1]), column, code
