"""Card numbers of test ranges: Luhn, the invented issuers, and the spellings a file may use."""

_DOUBLED = str.maketrans("0123456789", "0246813579")
_FULL_WIDTH = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}

# (id, share of the file, IIN ranges told to cardwatch, [(first 8 digits, length, share)]).
# The prefixes are those of numbers that card networks and gateways publish for tests.
ISSUERS = [
    ("card-a", 0.210, ["3569990", "35301113"], [("35699900", 16, 0.7), ("35301113", 16, 0.3)]),
    ("card-b", 0.170, ["4000000", "42424242"], [("40000000", 16, 0.6), ("42424242", 16, 0.4)]),
    ("card-c", 0.140, ["555555", "51051051"], [("55555555", 16, 0.8), ("51051051", 16, 0.2)]),
    ("card-d", 0.110, ["35660020"], [("35660020", 16, 1.0)]),
    ("card-e", 0.090, ["41111111", "42222222"], [("41111111", 16, 0.98), ("42222222", 13, 0.02)]),
    ("card-f", 0.080, ["52008282"], [("52008282", 16, 1.0)]),
    ("card-g", 0.060, ["601111"], [("60111111", 16, 1.0)]),
    ("card-h", 0.050, ["62000000", "62055000"], [("62000000", 16, 0.8), ("62055000", 19, 0.2)]),
    ("card-i", 0.040, ["40128888"], [("40128888", 16, 1.0)]),
    ("card-j", 0.025, ["37828224"], [("37828224", 15, 1.0)]),
    ("card-k", 0.020, ["22230031"], [("22230031", 16, 1.0)]),
    ("card-l", 0.005, ["30569309"], [("30569309", 14, 1.0)]),
]
# In the file, but no issuer has told this range: such cards wait under "unassigned".
UNASSIGNED_RANGE = ("37144963", 15)
ISSUER_IDS = [issuer[0] for issuer in ISSUERS]


def check_digit(body):
    total = sum(map(int, body[-2::-2])) + sum(map(int, body[-1::-2].translate(_DOUBLED)))
    return str(-total % 10)


def has_valid_luhn(digits):
    return check_digit(digits[:-1]) == digits[-1]


class NumberPool:
    """Distinct Luhn-valid numbers per issuer, handed out in a seeded random order."""

    def __init__(self, rng, wanted):
        """`wanted`: numbers per issuer id; the key None stands for the unassigned range."""
        self._numbers = {}
        for issuer, _, _, ranges in ISSUERS:
            numbers = []
            for prefix, length, share in ranges:
                numbers += _draw(rng, prefix, length, round(wanted[issuer] * share) + 1)
            rng.shuffle(numbers)
            self._numbers[issuer] = numbers
        self._numbers[None] = _draw(rng, *UNASSIGNED_RANGE, wanted[None])

    def take(self, issuer):
        return self._numbers[issuer].pop()


def _draw(rng, prefix, length, count):
    free = length - len(prefix) - 1
    bodies = (f"{prefix}{n:0{free}d}" for n in rng.sample(range(10**free), count))
    return [body + check_digit(body) for body in bodies]


def spelled(rng, pan):
    """A spelling that must be read as the same number: spaces, hyphens, full-width digits."""
    kind = rng.randrange(4)
    if kind == 0:
        return " ".join(pan[i : i + 4] for i in range(0, len(pan), 4))
    if kind == 1:
        return "-".join(pan[i : i + 4] for i in range(0, len(pan), 4))
    if kind == 2:
        return pan.translate(_FULL_WIDTH)
    return pan[:4].translate(_FULL_WIDTH) + " " + pan[4:]


def with_wrong_check_digit(pan):
    return pan[:-1] + str((int(pan[-1]) + 3) % 10)


def with_length(prefix, length):
    """A Luhn-valid number of any length, so that only its length is wrong."""
    body = (prefix * 3)[: length - 1]
    return body + check_digit(body)
