"""The Kafka Streams peer: built once, run as a process of its own."""

import shutil
import subprocess
import time

from bed import PREFIX
from cluster.cluster import ROOT
from cluster.process import Program
from results import Void

SOURCE = ROOT / "tests/bench/peers/streams"
PEER_PREFIX = "peer."
STORES = ("exposures", "reports", "reported", "counts")
# How far these were tried: tests/bench/README.md.
SETTINGS = {"commit_ms": 1000, "threads": 2, "store": "memory", "cached": "false"}
HEAP = "4g"


def build(bench):
    """The folder of jars; Maven runs on a copy, because it writes beside the pom."""
    folder = bench.bin.parent / "peers" / "streams"
    jars = folder / "target" / "jars"
    sources = [path for path in SOURCE.rglob("*") if path.is_file()]
    newest = max(path.stat().st_mtime for path in sources)
    made = jars / "streams-peer-1.jar"
    if made.is_file() and made.stat().st_mtime > newest:
        return jars
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE, folder)
    done = subprocess.run(
        ["mvn", "-q", "--batch-mode", "-Dstyle.color=never", "-f", str(folder / "pom.xml"),
         "package"],
        capture_output=True, text=True, check=False, timeout=600)
    if done.returncode != 0:
        raise Void(f"the Kafka Streams peer did not build: {done.stdout[-800:]}")
    return jars


def run_once(bench, bed, name, settings=None):
    """Runs it over everything in the topics; what was seen of its commits."""
    jars = build(bench)
    chosen = {**SETTINGS, **(settings or {})}
    bed.create_topics(PEER_PREFIX)
    bed.fresh_outputs(PEER_PREFIX)
    state = bed.folder / "state" / name
    arguments = {"brokers": bed.cluster.brokers, "group": name, "dir": state, "prefix": PREFIX,
                 "out": PEER_PREFIX, **chosen}
    command = ["java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-XX:+UseParallelGC",
               "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{jars}/*",
               "cardwatch.peer.Main", *(f"{key}={value}" for key, value in arguments.items())]
    program = Program(name, command, bed.folder / "logs" / f"{name}.log", 0)
    follower = bed.follow(name, "reports.v1")
    program.start()
    try:
        seen = follower.wait(program)
        # Its counts come out ten times a second, the last of them after the last record.
        time.sleep(1.0 + 2 * chosen["commit_ms"] / 1000)
    finally:
        program.stop(seconds=60)
        shutil.rmtree(state, ignore_errors=True)
    return seen


def check(bed, *workload):
    """Its running counts go to the topic that holds the facts of the matcher."""
    found = bed.check("--matches", "", "--counts", "matches.v1", "--watchlist", "",
                      *workload, prefix=PEER_PREFIX)
    if not (found["standing_equal"] and found["reported_equal"]):
        raise Void(f"Kafka Streams peer: wrong counts: {found}")


def clean(bed, name):
    topics = ",".join(f"{name}-{store}-changelog" for store in STORES)
    bed.to_broker("watch", "--mode", "remove", "--topics", topics, prefix="", check=False)
