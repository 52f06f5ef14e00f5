"""The public series that the case must reproduce, and further figures that are recorded with it."""

SINCE = "2009-07-14"

# as of, members, known at (all that concerns the figure had arrived), members by outcome then, what
# was published.
PUBLIC = [
    ("2009-07-23", 1000, "2009-08-07T00:00:00.000Z", {"identified": 1000}, "1,000 members"),
    ("2009-07-25", 2200, "2009-08-09T00:00:00.000Z", {"identified": 2200}, "2,200 members"),
    ("2009-07-31", 2850, "2009-08-15T00:00:00.000Z", {"identified": 2850}, "2,850 members"),
    ("2009-08-13", 4228, "2009-08-29T00:00:00.000Z", {"identified": 4228}, "4,228 members"),
    ("2009-09-11", 4292, "2009-09-25T00:00:00.000Z", {"identified": 4292},
     "4,292 members, all inside the 18,184"),
    ("2009-10-23", 5122, "2009-11-01T00:00:00.000Z", {"identified": 4653, "in_file": 469},
     "5,122 members, 469 of them outside the 18,184"),
    ("2010-02-18", 6592, "2010-03-20T00:00:00.000Z", {"identified": 6572, "in_file": 20},
     "6,592 members"),
    ("2012-03-29", 6610, "2012-04-20T00:00:00.000Z", {"identified": 6589, "in_file": 21},
     "6,610 members"),
]

# Distinct cards that each scope revision selects, with the ones before it where it adds.
SCOPE_CARDS = {1: 110_000, 2: 130_000, 3: 18_184, 4: 32_359}

LAST_DAY = PUBLIC[-1][0]


def deadline(day):
    """When everything that decides membership for reports of `day` must have arrived."""
    for as_of, _, known_at, _, _ in PUBLIC:
        if day <= as_of:
            return known_at
    return "2012-05-30T00:00:00.000Z"


def further_queries():
    """Figures that were never published: other units, outcomes, breakdowns and instants."""
    whole = {"as_of": LAST_DAY}
    queries = [
        ("first inquiries, before any file is known",
         {"as_of": "2009-07-16", "known_at": "2009-07-16T15:00:00.000Z",
          "outcomes": ["not_exposed"], "attributable": "exclude"}),
        ("first inquiries, once the file is known", {"as_of": "2009-07-16"}),
        ("as told on the evening of 2009-07-23",
         {"as_of": "2009-07-23", "known_at": "2009-07-23T12:00:00.000Z"}),
        ("as told on the evening of 2009-08-13",
         {"as_of": "2009-08-13", "known_at": "2009-08-13T12:00:00.000Z"}),
        ("outside the scope, the evening before it was widened",
         {"as_of": "2009-11-10", "known_at": "2009-11-10T12:00:00.000Z", "by": ["outcome"]}),
        ("reports", {**whole, "unit": "reports"}),
        ("cards", {**whole, "unit": "cards"}),
        ("members by issuer", {**whole, "by": ["issuer"]}),
        ("cards by issuer", {**whole, "unit": "cards", "by": ["issuer"]}),
        ("members by how it was found", {**whole, "by": ["disposition"]}),
        ("reports by fraud type, attributable or not",
         {**whole, "unit": "reports", "by": ["fraud_type"], "attributable": "both"}),
        ("reports by outcome, attributable or not",
         {**whole, "unit": "reports", "by": ["outcome"], "attributable": "both"}),
        ("members by outcome and issuer", {**whole, "by": ["outcome", "issuer"]}),
        ("members by day until the file was narrowed", {"as_of": "2009-09-11", "by": ["day"]}),
        ("another expiry", {**whole, "unit": "cards", "outcomes": ["expiry_mismatch"],
                            "attributable": "exclude"}),
        ("attempts before the window", {**whole, "unit": "cards",
                                        "outcomes": ["predates_exposure"],
                                        "attributable": "exclude"}),
        ("one month only", {"since": "2009-08-01", "as_of": "2009-08-31"}),
    ]
    return [(name, complete(query)) for name, query in queries]


def complete(query):
    """The query with every default written out."""
    return {"since": SINCE, "known_at": None, "unit": "members", "outcomes": [],
            "attributable": "only", "by": [], **query}
