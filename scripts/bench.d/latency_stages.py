"""Where the time of match-latency goes: from the records' own times and the broker's log."""

import json
import pathlib
import struct
import subprocess

from bed import LONGEST
from results import Void

# A record batch (magic 2) as far as its attributes are needed: length, attributes, offset of the
# last record from the first, first and last time, producer.
HEAD = struct.Struct(">qiiBIHiqqqh")
TRANSACTIONAL, CONTROL = 0x10, 0x20


def batches(segment):
    """(first offset, last offset, time of the last record, producer, attributes), in order."""
    data = segment.read_bytes()
    at = 0
    while at + HEAD.size <= len(data):
        first, length, _, _, _, attributes, delta, _, last_ms, producer, _ = \
            HEAD.unpack_from(data, at)
        if length <= 0:
            return  # Room that the broker has set aside.
        yield first, first + delta, last_ms, producer, attributes
        at += length + 12


def visible_times(folder):
    """For a partition's log: offset -> when readers of what is committed could have it.

    That is when every transaction that began before it has ended: its own, and those of others.
    """
    open_from, waiting, times = {}, [], {}
    for segment in sorted(pathlib.Path(folder).glob("*.log")):
        for first, last, last_ms, producer, attributes in batches(segment):
            if attributes & CONTROL:
                open_from.pop(producer, None)
            elif attributes & TRANSACTIONAL:
                open_from.setdefault(producer, first)
                waiting.append((first, last))
            stable = min(open_from.values(), default=last + 1)
            while waiting and waiting[0][0] < stable:
                begin, end = waiting.pop(0)
                times.update(dict.fromkeys(range(begin, end + 1), last_ms))
    return times


def records(bench, cluster, topic):
    """(partition, offset, time of writing, key, value) of each committed record."""
    done = subprocess.run(
        [str(bench.bin / "cw_bench_watch"), "--mode", "list", "--brokers", cluster.brokers,
         "--prefix", cluster.prefix, "--topics", topic],
        capture_output=True, text=True, check=False, timeout=LONGEST)
    if done.returncode != 0:
        raise Void(f"{topic} could not be read: {done.stderr[-300:]}")
    for line in done.stdout.splitlines():
        _, partition, offset, at_ms, key, value = line.split("\t", 5)
        yield int(partition), int(offset), int(at_ms), key, value


def percentiles(values):
    values = sorted(values)
    return {name: round(values[min(len(values) - 1, len(values) * share // 1000)], 2)
            for name, share in (("p50", 500), ("p90", 900), ("p99", 990))} if values else {}


def pairs(path):
    lines = (line.split() for line in pathlib.Path(path).read_text().splitlines())
    return {int(card): [float(each) for each in rest] for card, *rest in lines}


def stages(bench, cluster, times, arrivals, warm_seconds):
    """Milliseconds of each stage; those from 202 on add up to what is measured."""
    sent, arrived = pairs(times), pairs(arrivals)
    written = {}
    for _, _, at_ms, key, value in records(bench, cluster, "reports.v1"):
        written[int(json.loads(value)["report_id"][2:])] = (key, at_ms)
    outputs = {}
    for partition, offset, at_ms, key, _ in records(bench, cluster, "watchlist.v1"):
        outputs[key.split("/")[1]] = (partition, offset, at_ms)
    data = cluster.folder / "kafka" / "data"
    visible = {partition: visible_times(data / f"{cluster.prefix}watchlist.v1-{partition}")
               for partition in {place[0] for place in outputs.values()}}
    begun = min(due for due, _ in sent.values()) + 1000 * warm_seconds
    found = {name: [] for name in ("due_to_kafka", "kafka_to_202", "202_to_output",
                                   "output_to_visible", "visible_to_endpoint")}
    for card, (due, accepted) in sent.items():
        if due < begun or card not in arrived:
            continue
        key, report_ms = written[card]
        partition, offset, output_ms = outputs[key]
        seen_ms = visible[partition][offset]
        steps = (due, report_ms, accepted, output_ms, seen_ms, arrived[card][0])
        for name, begin, end in zip(found, steps, steps[1:]):
            found[name].append(end - begin)
    return {name: percentiles(values) for name, values in found.items()}
