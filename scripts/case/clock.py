"""Instants as milliseconds since 1970 UTC, and days of Asia/Tokyo (no daylight saving)."""

import datetime
import re

HOUR = 3_600_000
DAY = 24 * HOUR
_OFFSET = 9 * HOUR
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)


def parse(text):
    """RFC 3339 with an offset; ValueError for anything else."""
    if not _RFC3339.fullmatch(text):
        raise ValueError("not an RFC 3339 instant")
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - _EPOCH) // datetime.timedelta(milliseconds=1)


def day_start(day):
    """The first instant of `day` ("2009-07-23") in Tokyo."""
    return parse(f"{day}T00:00:00+09:00")


def day_of(instant):
    return (_EPOCH + datetime.timedelta(milliseconds=instant + _OFFSET)).strftime("%Y-%m-%d")


def utc(instant):
    moment = _EPOCH + datetime.timedelta(milliseconds=instant)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def tokyo(instant):
    moment = _EPOCH + datetime.timedelta(milliseconds=instant + _OFFSET)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+09:00"
