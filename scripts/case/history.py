"""The reports behind the public series, and the noise that must not change it."""

import dataclasses

from case import clock, exposed, figures

# Fraud types that a leak of number and expiry can cause, and those that it cannot (rules.md R16).
_CAUSED = ["CNP_USE"] * 17 + ["SUSPECTED", "MISC", "ACCOUNT_TAKEOVER"]
_NOT_CAUSED = ["LOST", "STOLEN", "NOT_RECEIVED", "FALSE_APPLICATION", "FIRST_PARTY"]
_DISPOSITIONS = ["issuer_monitoring"] * 14 + ["member_statement"] * 4 + ["after_debit"] * 2 + [""]
_FILE_KNOWN = clock.parse(exposed.FILES[0]["received_at"])

# First day, last day, and new members by where their cards lie: zone letter, "odd" = in the file
# but outside every scope, "old" = in zone A but with the expiry that only the second extract has,
# "early" = in zone B but attempted before the second extract existed.
_WAVES = [
    ("2009-07-14", "2009-07-23", [("A", 1000)]),
    ("2009-07-24", "2009-07-25", [("A", 1200)]),
    ("2009-07-26", "2009-07-31", [("A", 650)]),
    ("2009-08-01", "2009-08-13", [("A", 1378)]),
    ("2009-08-14", "2009-09-11", [("A", 64)]),
    ("2009-09-12", "2009-10-23", [("A", 361), ("B", 469)]),
    ("2009-10-24", "2010-02-18", [("A", 640), ("B", 810), ("odd", 11), ("old", 6), ("early", 3)]),
    ("2010-02-19", "2012-03-29", [("A", 9), ("B", 8), ("odd", 1)]),
]


@dataclasses.dataclass
class Revision:
    """One revision of a report. `ready` is when its issuer has it to send; `due` is when it must
    have arrived lest a public figure change, None if it decides no membership."""

    issuer: str
    report: str
    number: int
    action: str
    card: exposed.Card
    expiry: str
    attempted: int | None
    reported: int
    fraud_type: str
    disposition: str
    member: str
    ready: int
    due: int | None
    amount: str = ""
    currency: str = ""
    mcc: str = ""
    country: str = ""
    channel: str = ""
    approved: str = ""
    incident: str = ""

    def changed(self, **changes):
        return dataclasses.replace(self, **changes)


class Cards:
    """Hands out cards of the file by where they lie, each once."""

    def __init__(self, rng, all_cards, outsiders):
        self._lists = {"A": [], "B": [], "odd": [], "old": [], "early": [], "twins": [],
                       "outside": outsiders}
        shuffled = [card for card in all_cards if card.issuer]
        rng.shuffle(shuffled)
        for card in shuffled:
            for kind in _kinds(card):
                self._lists[kind].append(card)

    def take(self, kind, issuer=None):
        """The next card of a kind; None if `issuer` is given and none of its own is near."""
        cards = self._lists[kind]
        if issuer is None:
            return cards.pop()
        for back in range(1, min(400, len(cards)) + 1):
            if cards[-back].issuer == issuer:
                return cards.pop(-back)
        return None


def _kinds(card):
    if card.expiry != card.second_expiry:
        return ["old"] if card.zone == "A" else ["twins"]
    if card.zone == "B" and card.place == exposed.IN_BOTH:
        return ["early"]
    if card.zone in "AB":
        return [card.zone]
    return ["odd"]


class History:
    """All revisions of all reports; `make()` fills `revisions` (a list of lists, one a report)."""

    def __init__(self, rng, cards):
        self._rng = rng
        self._cards = cards
        self._report_numbers = {}
        self._member_numbers = {}
        self.revisions = []

    def make(self):
        for first, last, parts in _WAVES:
            days = clock.day_start(first), clock.day_start(last) + clock.DAY - 1
            for kind, count in parts:
                for index in range(count):
                    self._counted_member(kind, self._moment(days, index, count), days[1])
        self._not_counted()
        return self.revisions

    # Members that count.

    def _moment(self, days, index, count):
        """The first member of a wave at its first millisecond, the second at its last one."""
        if count >= 50 and index < 2:
            return days[index]
        span = days[1] - days[0]
        if days[0] == clock.day_start(figures.SINCE):  # The first wave grew.
            return days[0] + int(span * self._rng.random() ** 0.55)
        return days[0] + self._rng.randrange(span)

    def _counted_member(self, kind, reported, wave_end):
        card = self._cards.take(kind)
        member = self._new_member(card.issuer) if self._rng.random() < 0.94 else ""
        first = self._first_revision(card, reported, member, kind)
        simple = kind in ("A", "B")
        corrected = self._corrected(first) if simple else [first]
        self.revisions.append(corrected)
        if not simple:
            return
        chance = self._rng.random()
        if chance < 0.09:
            self._further_report(first, card, wave_end)
        elif chance < 0.16 and member:
            other = self._cards.take(kind, card.issuer)
            if other:
                self._further_report(first, other, wave_end)
                if chance < 0.11:
                    self._further_report(first, other, wave_end)
        elif chance < 0.17:
            self.revisions.append([self._duplicate_notice(first)])

    def _first_revision(self, card, reported, member, kind):
        rng = self._rng
        expiry = exposed.expiry_text(card.expiry if kind != "old" else card.second_expiry)
        attempted = reported - rng.randrange(1, 70) * clock.DAY - rng.randrange(clock.DAY)
        if kind == "early":  # Between the starts of the two at-risk windows.
            attempted = clock.day_start("2008-02-26") + rng.randrange(12) * clock.DAY
        elif kind != "old":
            expiry = expiry if rng.random() < 0.9 else ""
            attempted = attempted if rng.random() < 0.93 else None
        revision = self._revision(card, expiry, attempted, reported, member)
        revision.fraud_type = rng.choice(_CAUSED)
        return revision

    def _corrected(self, last):
        """The revisions that end in `last`'s content, for the few reports that were corrected."""
        rng, chance = self._rng, self._rng.random()
        step = rng.randrange(clock.HOUR, 3 * clock.DAY)
        later = last.ready + step
        if chance < 0.04:  # Nothing that decides a membership: may come at any time.
            return [last, last.changed(number=2, action="UPDT", amount=self._amount(), due=None,
                                       disposition=rng.choice(_DISPOSITIONS),
                                       ready=last.ready + rng.randrange(60) * clock.DAY)]
        if chance < 0.055:  # Reported on an earlier day than first told, or on a later one.
            moved = last.reported - rng.choice((-1, 1)) * rng.randrange(clock.HOUR, 4 * clock.DAY)
            due = self._due(min(moved, last.reported))
            return [last.changed(reported=moved, due=due, ready=max(moved, last.ready)),
                    last.changed(number=2, action="UPDT", due=due, ready=max(moved, later))]
        if chance < 0.065:  # Closed and reopened.
            return [last, last.changed(number=2, action="CLSE", ready=later),
                    last.changed(number=3, action="REOP", ready=later + clock.HOUR)]
        if chance < 0.075:  # The correction overtakes the first revision.
            return [last.changed(fraud_type="LOST", ready=later + 5 * clock.DAY, due=None),
                    last.changed(number=2, action="UPDT")]
        if chance < 0.08:  # Told as lost first.
            return [last.changed(fraud_type="LOST"),
                    last.changed(number=2, action="UPDT", ready=later)]
        if chance < 0.085 and last.expiry:  # Told with another expiry first.
            return [last.changed(expiry="2007-01"),
                    last.changed(number=2, action="UPDT", ready=later)]
        if chance < 0.09:  # The first revision never came.
            return [last.changed(number=2, action="UPDT")]
        if chance < 0.10:  # The member reference was added later.
            return [last.changed(member=""), last.changed(number=2, action="UPDT", ready=later)]
        return [last]

    def _further_report(self, first, card, wave_end):
        """A second report of a counted member; whatever becomes of it, the member stays."""
        rng = self._rng
        reported = first.reported + rng.randrange(clock.HOUR, 40 * clock.DAY)
        reported = max(first.reported, min(reported, wave_end))
        expiry = exposed.expiry_text(card.expiry) if rng.random() < 0.9 else ""
        revision = self._revision(card, expiry, None, reported, first.member)
        revision.fraud_type = rng.choice(_CAUSED)
        end = rng.random()
        if end < 0.06:
            self.revisions.append([revision, self._closed(revision, rng.randrange(90))])
        elif end < 0.10:
            self.revisions.append([revision, revision.changed(
                number=2, action="UPDT", fraud_type=rng.choice(_NOT_CAUSED), due=None,
                ready=revision.ready + rng.randrange(90) * clock.DAY)])
        else:
            self.revisions.append([revision])

    def _duplicate_notice(self, first):
        """DUPL: "already reported" under another id; never a report of its own."""
        return first.changed(report=self._report_id(first.issuer), action="DUPL", due=None,
                             ready=first.ready + self._rng.randrange(9) * clock.DAY)

    # Reports that never count in the end.

    def _not_counted(self):
        for _ in range(150):
            self._noise("A", fraud_type=self._rng.choice(_NOT_CAUSED))
        for _ in range(60):
            self._noise("odd", fraud_type=self._rng.choice(_NOT_CAUSED))
        for _ in range(260):
            self._noise("outside")
        for _ in range(45):
            self._noise("odd", expiry="2007-02")
        for _ in range(20):  # The second extract's expiry, attempted before it existed.
            self._mismatched_twin()
        for _ in range(40):
            self._noise("A", attempted=clock.day_start("2008-02-26")
                        - self._rng.randrange(1, 90 * clock.DAY))
        for _ in range(60):
            self._withdrawn()
        for _ in range(40):
            self._found_lost()
        for _ in range(30):
            self._noise("odd", action="DUPL")
        for index in range(15):  # Reported before the counted period begins.
            reported = clock.day_start(figures.SINCE) - 1 - index * clock.HOUR
            self._noise("A", reported=reported)

    def _noise(self, kind, reported=None, **changes):
        card = self._cards.take(kind)
        reported = reported or self._any_moment()
        member = self._new_member(card.issuer) if self._rng.random() < 0.9 else ""
        revision = self._revision(card, exposed.expiry_text(card.expiry), None, reported, member)
        revision = revision.changed(**{"fraud_type": "CNP_USE", **changes})
        self.revisions.append([revision])
        return revision

    def _mismatched_twin(self):
        card = self._cards.take("twins")
        if not card.place & exposed.IN_FIRST:
            return
        revision = self._revision(card, exposed.expiry_text(card.second_expiry),
                                  clock.day_start("2008-03-01"), self._any_moment(), "")
        self.revisions.append([revision.changed(fraud_type="CNP_USE")])

    def _withdrawn(self):
        """Counted for a while: closed in time for every public figure."""
        revision = self._noise(self._rng.choice(("A", "odd")))
        if self._rng.random() < 0.3:  # The closing arrives before the report itself.
            closed = self._closed(revision, 0).changed(due=revision.due)
            revision.ready += 6 * clock.DAY
            revision.due = None
        else:
            closed = self._closed(revision, 1).changed(due=revision.due)
        self.revisions[-1] = [revision, closed]

    def _closed(self, revision, days):
        return revision.changed(number=2, action="CLSE", due=None,
                                ready=revision.ready + days * clock.DAY)

    def _found_lost(self):
        revision = self._noise(self._rng.choice(("A", "odd")))
        self.revisions[-1] = [revision, revision.changed(
            number=2, action="UPDT", fraud_type=self._rng.choice(_NOT_CAUSED),
            ready=revision.ready + self._rng.randrange(2 * clock.DAY))]

    # Parts.

    def _any_moment(self):
        first, last, _ = self._rng.choice(_WAVES[:7])
        start = clock.day_start(first)
        return start + self._rng.randrange(clock.day_start(last) + clock.DAY - start)

    def _revision(self, card, expiry, attempted, reported, member):
        rng = self._rng
        ready = reported + rng.randrange(600_000, 9 * clock.HOUR)
        named = ready < _FILE_KNOWN or rng.random() < 0.4
        return Revision(
            issuer=card.issuer, report=self._report_id(card.issuer), number=1, action="NEWF",
            card=card, expiry=expiry, attempted=attempted, reported=reported,
            fraud_type="CNP_USE", disposition=rng.choice(_DISPOSITIONS), member=member,
            ready=ready, due=self._due(reported), amount=self._amount(),
            currency="USD" if rng.random() < 0.08 else "JPY", mcc=rng.choice(_MCC),
            country=rng.choice(("JP", "JP", "JP", "US", "HK", "")), channel=rng.choice(_CHANNELS),
            approved=rng.choice(("true", "false", "false", "")),
            incident="alico-2009" if named else "")

    def _due(self, reported):
        return clock.parse(figures.deadline(clock.day_of(reported)))

    def _amount(self):
        return f"{self._rng.randrange(1, 2_000) * 50}.00" if self._rng.random() < 0.95 else ""

    def _report_id(self, issuer):
        number = self._report_numbers.get(issuer, 0) + 1
        self._report_numbers[issuer] = number
        return f"{issuer[-1].upper()}-{number:06d}"

    def _new_member(self, issuer):
        """Unique for its issuer only: two issuers' references may well read alike."""
        number = self._member_numbers.get(issuer, 0) + 1
        self._member_numbers[issuer] = number
        return f"m{number * 37 % 100_003:06d}"


_MCC = ["5732", "5311", "5816", "5999", "7995", "4814", ""]
_CHANNELS = ["ecommerce", "ecommerce", "ecommerce", "telephone", "mail", ""]
