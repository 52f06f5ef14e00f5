"""The oracle itself, rule by rule, on a case of a few rows."""

import pathlib
import tempfile
import unittest

import scripts_path  # noqa: F401  pylint: disable=unused-import
from case import recount

CARD_1, CARD_2, CARD_3 = "4242424242424242", "3569990010082211", "5555555555554444"

EXPOSURES = f"""pan,expiry,channel
{CARD_1},2010-03,internet
3569-9900-1008-2211,2011-04,phone
"""
SECOND = f"expiry,pan,channel\r\n2012-05,{CARD_1},\r\n"

DEFINITION = {
    "incident": {
        "id": "i", "time_zone": "Asia/Tokyo", "since": "2009-07-14",
        "files": [{"name": "one", "at_risk_from": "2008-02-26"},
                  {"name": "two", "at_risk_from": "2008-03-10"}]},
    "issuers": [{"id": "a", "iin_ranges": ["4242"]}, {"id": "b", "iin_ranges": ["424242"]},
                {"id": "c", "iin_ranges": ["3569990"]}],
    "scope": [
        {"revision": 1, "mode": "replace", "effective_at": "2009-08-01T00:00:00Z",
         "predicate": {"attribute": "channel", "equals": "internet"}},
        {"revision": 2, "mode": "add", "effective_at": "2009-09-01T00:00:00Z",
         "predicate": {"attribute": "channel", "in": ["phone", "mail"]}}],
    "exposures": [
        {"name": "one", "path": "one.csv", "received_at": "2009-07-20T00:00:00.000Z"},
        {"name": "two", "path": "two.csv", "received_at": "2009-07-21T00:00:00.000Z"}],
    "reports": [{"path": "reports.csv"}],
}
COLUMNS = ["issuer", "report_id", "revision", "action", "pan", "expiry", "attempted_at",
           "reported_at", "received_at", "amount", "fraud_type", "disposition", "member",
           "incident"]


def row(**fields):
    fields = {"issuer": "a", "report_id": "r1", "revision": "1", "action": "NEWF", "pan": CARD_1,
              "reported_at": "2009-07-22T10:00:00+09:00", "received_at": "2009-07-23T00:00:00Z",
              "fraud_type": "CNP_USE"} | fields
    return ",".join(fields.get(column, "") for column in COLUMNS)


class RecountTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "one.csv").write_text(EXPOSURES)
        (self.folder / "two.csv").write_bytes(SECOND.encode())

    def case(self, *rows):
        (self.folder / "reports.csv").write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
        return recount.Case(self.folder, DEFINITION)

    def figure(self, case, **query):
        query = {"since": "2009-07-14", "as_of": "2012-01-01", "known_at": None, "unit": "members",
                 "outcomes": [], "attributable": "only", "by": []} | query
        return recount.count(case, query)["figure"]

    def outcome(self, known_at=None, **fields):
        standing = self.case(row(**fields)).standing_at(
            recount.read_instant(known_at) if known_at else None)
        return [entry.outcome for entry in standing]

    def test_outcomes_follow_the_exposures_of_the_card(self):
        self.assertEqual(self.outcome(pan=CARD_3), ["not_exposed"])
        self.assertEqual(self.outcome(), ["identified"])
        self.assertEqual(self.outcome(expiry="2012-05"), ["in_file"])
        self.assertEqual(self.outcome(expiry="2010-04"), ["expiry_mismatch"])
        self.assertEqual(self.outcome(attempted_at="2008-02-25T14:59:59Z"), ["predates_exposure"])
        self.assertEqual(self.outcome(attempted_at="2008-02-25T15:00:00Z"), ["identified"])
        self.assertEqual(self.outcome(attempted_at="2008-03-01T00:00:00Z", expiry="2012-05"),
                         ["expiry_mismatch"])

    def test_outcome_at_an_instant_uses_what_was_received_by_then(self):
        early = {"received_at": "2009-07-15T00:00:00Z", "incident": "i"}
        self.assertEqual(self.outcome("2009-07-16T00:00:00Z", **early), ["not_exposed"])
        self.assertEqual(self.outcome("2009-07-22T00:00:00Z", **early), ["in_file"])
        self.assertEqual(self.outcome("2009-08-01T00:00:00Z", **early), ["identified"])
        self.assertEqual(self.outcome("2009-07-14T23:59:59.999Z", **early), [])

    def test_scope_that_adds_keeps_the_one_before(self):
        self.assertEqual(self.outcome("2009-08-31T00:00:00Z", issuer="c", pan=CARD_2), ["in_file"])
        self.assertEqual(self.outcome(issuer="c", pan=CARD_2), ["identified"])
        self.assertEqual(self.outcome(), ["identified"])

    def test_greatest_revision_received_stands(self):
        case = self.case(row(revision="2", action="CLSE", received_at="2009-07-25T00:00:00Z"),
                         row(revision="1", received_at="2009-07-27T00:00:00Z"),
                         row(revision="3", action="REOP", received_at="2009-07-29T00:00:00Z"))
        for day, members in (("26", 0), ("28", 0), ("30", 1)):
            self.assertEqual(self.figure(case, known_at=f"2009-07-{day}T00:00:00.000Z"), members)

    def test_conflicting_content_of_a_revision_loses_to_the_first_received(self):
        case = self.case(row(fraud_type="LOST", received_at="2009-07-26T00:00:00Z"), row())
        self.assertEqual(self.figure(case), 1)
        self.assertEqual(case.conflicts, [("a", "r1", 1)])

    def test_same_content_again_changes_nothing(self):
        case = self.case(row(), row(received_at="2009-07-30T00:00:00Z"),
                         row(reported_at="2009-07-22T01:00:00.000Z", pan="4242 4242 4242 4242"))
        self.assertEqual(self.figure(case, unit="reports"), 1)
        self.assertEqual(case.conflicts, [])

    def test_members_are_told_apart_by_issuer_and_else_by_card(self):
        case = self.case(row(member="m1"), row(report_id="r2", member="m1"),
                         row(report_id="r3", issuer="c", pan=CARD_2, member="m1"),
                         row(report_id="r4", issuer="c", pan=CARD_2))
        self.assertEqual(self.figure(case), 3)
        self.assertEqual(self.figure(case, unit="cards"), 2)
        self.assertEqual(self.figure(case, unit="reports"), 4)

    def test_days_end_at_midnight_in_tokyo(self):
        case = self.case(row(reported_at="2009-07-23T14:59:59.999Z"),
                         row(report_id="r2", issuer="c", pan=CARD_2,
                             reported_at="2009-07-23T15:00:00Z"))
        self.assertEqual(self.figure(case, as_of="2009-07-23"), 1)
        self.assertEqual(self.figure(case, since="2009-07-24"), 1)

    def test_breakdown_puts_a_member_under_its_earliest_report(self):
        case = self.case(row(member="m1", disposition="after_debit"),
                         row(report_id="r2", member="m1", disposition="member_statement",
                             reported_at="2009-07-21T10:00:00+09:00"))
        query = {"since": "2009-07-14", "as_of": "2009-12-31", "known_at": None, "outcomes": [],
                 "unit": "members", "attributable": "only", "by": ["disposition", "issuer"]}
        self.assertEqual(recount.count(case, query),
                         {"figure": 1, "rows": [["member_statement", "b", 1]]})

    def test_lost_cards_are_matched_but_not_attributable(self):
        case = self.case(row(fraud_type="LOST"))
        self.assertEqual(self.figure(case), 0)
        self.assertEqual(self.figure(case, attributable="exclude"), 1)
        self.assertEqual(self.figure(case, attributable="both", outcomes=["identified"]), 1)

    def test_watch_level_is_the_highest_and_issuer_the_longest_range(self):
        self.assertEqual(recount.watch(self.case(row())),
                         {"b": {"entries": 1, "fraud_reported": 1},
                          "c": {"entries": 1, "identified": 1}})

    def test_predicates(self):
        predicate = recount.compiled({"all": [
            {"attribute": "file", "equals": "one"},
            {"not": {"attribute": "channel", "prefix": "int"}},
            {"any": [{"attribute": "month", "between": ["2003-01", "2005-12"]},
                     {"attribute": "month", "missing": True}]}]})
        self.assertTrue(predicate("one", {"channel": "phone", "month": "2005-12"}))
        self.assertTrue(predicate("one", {}))
        self.assertFalse(predicate("one", {"channel": "internet"}))
        self.assertFalse(predicate("one", {"month": "2006-01"}))
        self.assertFalse(predicate("two", {}))


if __name__ == "__main__":
    unittest.main()
