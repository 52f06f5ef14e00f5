"""The exposed contracts' attributes and the four declared scopes.

Every distinct card belongs to one zone, and its attributes are drawn so that the scope predicates
select exactly the zones that history says they did.
"""

ATTRIBUTES = ["channel", "payment", "apply_month", "policy_last_digit", "product", "region",
              "status"]

# Zones: A = revision 3; B = what revision 4 added; P1 = rest of revision 1; P2 = what revision 2
# added; R = the rest of the file.
ZONE_CARDS = {"A": 18_184, "B": 14_175, "P1": 110_000 - 18_184, "P2": 20_000}
RECORDS = 460_000

_CHANNELS = (["internet", "phone", "mail", "agency", "bank"], [38, 22, 16, 18, 6])
_PAYMENTS = (["card_monthly", "card_yearly", "card_half_year"], [70, 22, 8])
_PRODUCTS = (["medical", "cancer", "life", "accident", "income"], [40, 22, 18, 14, 6])
# One holds a comma (must be quoted in CSV), most are not ASCII.
_REGIONS = (["関東", "関西", "中部, 北陸", "東北", "九州", "北海道"], [36, 22, 14, 10, 12, 6])
_STATUSES = (["active", "lapsed", "cancelled"], [86, 8, 6])
_MONTHS = [f"{year}-{month:02d}" for year in range(2001, 2009) for month in range(1, 13)][4:87]
_FIRST, _LAST = "2002-07", "2007-06"
_A_FIRST, _A_LAST = "2003-01", "2005-12"
_INSIDE = [m for m in _MONTHS if _FIRST <= m <= _LAST]
_OUTSIDE = [m for m in _MONTHS if not _FIRST <= m <= _LAST]
_A_MONTHS = [m for m in _MONTHS if _A_FIRST <= m <= _A_LAST]

_APPLIED = {"attribute": "apply_month", "between": [_FIRST, _LAST]}
_REV1 = {"all": [{"attribute": "policy_last_digit", "in": ["2", "3"]}, _APPLIED]}
_REV2 = {
    "any": [
        _REV1,
        {
            "all": [
                {"attribute": "policy_last_digit", "equals": "4"},
                _APPLIED,
                {"not": {"attribute": "product", "equals": "accident"}},
            ]
        },
    ]
}
_REV3 = {
    "all": [
        {"attribute": "file", "equals": "extract-1"},
        {"attribute": "policy_last_digit", "in": ["2", "3"]},
        {"attribute": "apply_month", "between": [_A_FIRST, _A_LAST]},
        {"attribute": "channel", "in": ["internet", "mail"]},
        {"attribute": "payment", "equals": "card_monthly"},
    ]
}
_REV4_ADDED = {
    "all": [
        {"attribute": "file", "equals": "extract-2"},
        {"attribute": "policy_last_digit", "in": ["7", "8"]},
        {"attribute": "product", "in": ["cancer", "medical"]},
        {"not": {"attribute": "payment", "equals": "card_yearly"}},
        {
            "any": [
                {"attribute": "region", "prefix": "関"},
                {"attribute": "region", "missing": True},
            ]
        },
    ]
}

_DESK = {"proposed_by": "desk-a", "approved_by": "desk-b"}
REVISIONS = [
    {
        "revision": 1, "mode": "replace", "predicate": _REV1,
        "note": "First declaration: up to 110,000 contracts",
        "recorded_at": "2009-07-23T08:20:00+09:00", "effective_at": "2009-07-23T10:00:00+09:00",
        **_DESK,
    },
    {
        "revision": 2, "mode": "replace", "predicate": _REV2,
        "note": "Widened: up to 130,000 contracts",
        "recorded_at": "2009-07-25T09:05:00+09:00", "effective_at": "2009-07-25T11:30:00+09:00",
        **_DESK,
    },
    {
        "revision": 3, "mode": "replace", "predicate": _REV3,
        "note": "Narrowed to the 18,184 that all reports so far share",
        "recorded_at": "2009-09-11T09:40:00+09:00", "effective_at": "2009-09-11T14:00:00+09:00",
        **_DESK,
    },
    {
        "revision": 4, "mode": "add", "predicate": _REV4_ADDED,
        "note": "Added 14,175: reports had begun to fall outside the scope",
        "recorded_at": "2009-11-11T09:15:00+09:00", "effective_at": "2009-11-11T13:00:00+09:00",
        **_DESK,
    },
]


def draw_attributes(rng, zone, count):
    """`count` lists of attribute values in the order of ATTRIBUTES, fit for `zone`."""
    columns = [
        rng.choices(_CHANNELS[0], _CHANNELS[1], k=count),
        rng.choices(_PAYMENTS[0], _PAYMENTS[1], k=count),
        rng.choices(_MONTHS, k=count),
        rng.choices("0123456789", k=count),
        rng.choices(_PRODUCTS[0], _PRODUCTS[1], k=count),
        rng.choices(_REGIONS[0], _REGIONS[1], k=count),
        rng.choices(_STATUSES[0], _STATUSES[1], k=count),
    ]
    fit = {"A": _fit_a, "B": _fit_b, "P1": _fit_p1, "P2": _fit_p2, "R": _fit_rest}[zone]
    rows = [list(row) for row in zip(*columns)]
    for row in rows:
        fit(rng, row)
    return rows


def _fit_a(rng, row):
    row[0] = rng.choice(("internet", "internet", "mail"))
    row[1] = "card_monthly"
    row[2] = rng.choice(_A_MONTHS)
    row[3] = rng.choice("23")


def _fit_b(rng, row):
    row[1] = rng.choice(("card_monthly", "card_monthly", "card_half_year"))
    row[3] = rng.choice("78")
    row[4] = rng.choice(("medical", "cancer"))
    row[5] = rng.choice(("関東", "関東", "関西", ""))


def _fit_p1(rng, row):
    row[2] = rng.choice(_INSIDE)
    row[3] = rng.choice("23")
    if row[0] in ("internet", "mail") and _A_FIRST <= row[2] <= _A_LAST:
        row[1] = "card_yearly"


def _fit_p2(rng, row):
    row[2] = rng.choice(_INSIDE)
    row[3] = "4"
    if row[4] == "accident":
        row[4] = "life"


def _fit_rest(rng, row):
    digit = row[3]
    if digit in "23":
        row[2] = rng.choice(_OUTSIDE)
    elif digit == "4" and _FIRST <= row[2] <= _LAST:
        row[4] = "accident"
    elif digit in "78" and row[4] in ("medical", "cancer") and row[5].startswith("関"):
        row[1] = "card_yearly"
    chance = rng.random()
    if chance < 0.010 and digit not in "78":
        row[5] = ""  # Missing region, channel or month: the source had none.
    elif chance < 0.016:
        row[0] = ""
    elif chance < 0.019:
        row[2] = ""
