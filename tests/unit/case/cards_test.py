"""Invented card numbers: valid, distinct, of test ranges, and spelled in several ways."""

import random
import unittest

import scripts_path  # noqa: F401  pylint: disable=unused-import
from case import cards, recount


class CardsTest(unittest.TestCase):
    def test_check_digit_agrees_with_published_test_numbers(self):
        for number in ("4242424242424242", "378282246310005", "30569309025904", "4222222222222"):
            self.assertTrue(cards.has_valid_luhn(number))
            self.assertFalse(cards.has_valid_luhn(cards.with_wrong_check_digit(number)))

    def test_pool_gives_distinct_valid_numbers_of_the_issuers_ranges(self):
        wanted = {issuer: 50 for issuer in cards.ISSUER_IDS} | {None: 5}
        pool = cards.NumberPool(random.Random(1), wanted)
        numbers = [(issuer, pool.take(issuer)) for issuer in cards.ISSUER_IDS for _ in range(40)]
        self.assertEqual(len(numbers), len({number for _, number in numbers}))
        ranges = {issuer: tuple(iins) for issuer, _, iins, _ in cards.ISSUERS}
        for issuer, number in numbers:
            self.assertTrue(cards.has_valid_luhn(number))
            self.assertTrue(number.startswith(ranges[issuer]))

    def test_no_range_is_the_beginning_of_another(self):
        iins = [iin for _, _, ranges, _ in cards.ISSUERS for iin in ranges]
        iins.append(cards.UNASSIGNED_RANGE[0])
        for iin in iins:
            self.assertEqual([other for other in iins if other.startswith(iin)], [iin])

    def test_every_spelling_reads_as_the_same_number(self):
        rng = random.Random(2)
        spellings = {cards.spelled(rng, "4242424242424242") for _ in range(100)}
        self.assertEqual(len(spellings), 4)
        self.assertEqual({recount.read_pan(text) for text in spellings}, {"4242424242424242"})

    def test_with_length_is_wrong_in_nothing_else(self):
        for length in (11, 20):
            number = cards.with_length("4242424242424242", length)
            self.assertEqual(len(number), length)
            self.assertTrue(cards.has_valid_luhn(number))


if __name__ == "__main__":
    unittest.main()
