"""A broker with the topics of cardwatch and a matcher of its own, for benchmarks without HTTP."""

import json
import pathlib
import shutil
import subprocess
import time

from cluster import settings
from cluster.cluster import ROOT, Cluster
from cluster.process import Program
from results import Void

PREFIX = "bench."
OUTPUTS = ("matches.v1", "watchlist.v1", "quarantine.v1")
# Nothing here takes so long unless it hangs.
LONGEST = 1800


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def call(command, check=True):
    """Runs one of the programs to its end; the JSON lines that it prints."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False,
        timeout=LONGEST,
    )
    if check and done.returncode != 0:
        raise Void(f"{pathlib.Path(command[0]).name} {' '.join(map(str, command[1:5]))} ... ended "
                   f"with {done.returncode}: {(done.stderr or done.stdout).strip()[-800:]}")
    return json_lines(done.stdout)


def workload(cards, reports, seed=1):
    return ["--cards", cards, "--reports", reports, "--seed", seed]


class Matcher:
    """One matcher process with a configuration, a group and a state folder of its own."""

    def __init__(self, bed, group, overrides=None):
        self.bed = bed
        self.group = PREFIX + group
        self.state = bed.folder / "state" / group
        ports = bed.folder / "config" / f"{group}.ports.json"
        config = settings.of_service(bed.cluster, "matcher")
        # It is started many times; a port that was free once need not be so again.
        config["admin"]["port"] = 0
        config["runtime"] = {"ports_file": str(ports)}
        config["log"] = {"level": "warn"}
        own = config.setdefault("matcher", {})
        own.update({"group": group, "instance": group, "state_dir": str(self.state)})
        own["lanes"] = bed.bench.lanes
        own.update(overrides or {})
        path = bed.folder / "config" / f"{group}.yaml"
        path.write_text(settings.yaml_text(config))
        binary = bed.cluster.bin / "cardwatch-matcher"
        log = bed.folder / "logs" / f"{group}.log"
        self.program = Program(group, [str(binary), "--config", str(path)], log, ports_file=ports)

    def batch_settings(self):
        """What decides how often it commits."""
        done = subprocess.run([*self.program.command, "--print-config"], capture_output=True,
                              text=True, check=False, timeout=20)
        return [line.strip() for line in done.stdout.splitlines() if "batch" in line]

    def start(self):
        """Starts without waiting; returns when that was."""
        bed_programs = self.bed.matchers
        if self not in bed_programs:
            bed_programs.append(self)
        begun = time.monotonic()
        self.program.start()
        return begun

    def wait_ready(self, begun, seconds=LONGEST):
        """Seconds from `begun` until it says that it is ready; asks often."""
        while time.monotonic() - begun < seconds:
            if self.program.process.poll() is not None:
                raise Void(f"the matcher ended: {self.program.log_tail()}")
            if self.program.get("/readyz", timeout=1.0) is not None:
                return time.monotonic() - begun
            time.sleep(0.002)
        raise Void(f"the matcher was not ready after {seconds} s")

    def stop(self):
        self.program.stop(seconds=60)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.program.process.pid}/status").read_text()
        (line,) = [each for each in status.splitlines() if each.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    def cards(self):
        """How many it says that it holds."""
        text = self.program.get("/metrics") or ""
        held = [line for line in text.splitlines() if line.startswith("cardwatch_matcher_cards")]
        return int(float(held[0].split()[-1])) if held else -1

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.program.process.pid}/stat").read_text()
        user, system = fields.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / 100


class Bed:
    """Use as a context manager: whatever it started or wrote is gone afterwards."""

    def __init__(self, bench, name):
        self.bench = bench
        self.folder = pathlib.Path(bench.work) / name
        self.cluster = Cluster(self.folder, bench.bin, [], PREFIX)
        self.matchers = []

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("config", "logs", "state", "tmp"):
            (self.folder / name).mkdir(parents=True)
        try:
            self.cluster.start_broker()
            self.create_topics(PREFIX)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for matcher in self.matchers:
            matcher.stop()
        self.cluster.stop()
        if not self.bench.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name):
        return self.cluster.bin / f"cw_bench_{name}"

    def create_topics(self, prefix):
        self.cluster.operate_offline(
            *("topics", "apply", "--brokers", self.cluster.brokers, "--prefix", prefix),
            *("--file", str(ROOT / "schemas/topics.yaml")),
        )

    def to_broker(self, tool, *arguments, prefix=PREFIX, check=True):
        where = ["--brokers", self.cluster.brokers, "--prefix", prefix]
        return call([self.tool(tool), *where, *arguments], check)

    def load(self, parts, *arguments):
        return self.to_broker("load", "--parts", parts, *arguments)

    def fresh_outputs(self, prefix=PREFIX):
        """Empty output topics, so that one run cannot be taken for another."""
        self.to_broker("watch", "--mode", "remove", "--topics", ",".join(OUTPUTS), prefix=prefix)
        self.create_topics(prefix)

    def matcher(self, group, overrides=None):
        return Matcher(self, group, overrides)

    def skip_to_end(self, group, topics):
        """The group will take all that these topics hold now for processed."""
        self.to_broker("watch", "--mode", "skip", "--group", group, "--topics", topics)

    def follow(self, group, topics, seconds=LONGEST):
        return Follower(self, group, topics, seconds)

    def check(self, *arguments, prefix=PREFIX):
        (found,) = self.to_broker("check", *arguments, prefix=prefix)
        return found

    def catch_up(self, matcher, topics="control.v1,exposures.v1,reports.v1"):
        """Runs the matcher until it has committed all there is now."""
        follower = self.follow(matcher.group, topics)
        matcher.start()
        return follower.wait(matcher.program)


class Follower:
    """Watches from outside what a group commits."""

    def __init__(self, bed, group, topics, seconds):
        command = [bed.tool("watch"), "--brokers", bed.cluster.brokers, "--prefix", PREFIX,
                   "--mode", "follow", "--group", group, "--topics", topics,
                   "--seconds", str(seconds)]
        self.process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, text=True)
        # It says so when it is watching.
        self.process.stdout.readline()
        self.begun = time.monotonic()

    def wait(self, program=None):
        """Until all is committed. `program`: ends the wait if it ends."""
        while self.process.poll() is None:
            if program is not None and program.process.poll() is not None:
                self.process.kill()
                self.process.wait()
                raise Void(f"{program.name} ended before all was committed: {program.log_tail()}")
            time.sleep(0.02)
        text = self.process.stdout.read()
        found = json_lines(text)
        if self.process.returncode != 0 or not found:
            raise Void(f"not all was committed in time: {text.strip()}")
        return found[-1]


def rate(seen):
    """Records a second between the first commit that was seen and the last."""
    records = seen["last"] - seen["first"]
    seconds = seen["last_seconds"] - seen["first_seconds"]
    if records > 0 and seconds > 0:
        return records / seconds
    # All in one commit: a load too small to measure.
    return seen["last"] / max(seen["last_seconds"], 1e-3)
