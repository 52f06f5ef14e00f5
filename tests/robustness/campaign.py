"""What the fault scenarios share: broker, supervised matchers, load, watch, final recount."""

import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from cluster import settings, wait  # noqa: E402
from cluster.cluster import Cluster, free_ports  # noqa: E402
from cluster.process import Program  # noqa: E402

# Ends that a supervisor answers with a restart: a fatal error, and the assertion of librdkafka
# 2.0.2 that a crashed broker can set off.
RESTARTED = (70, -signal.SIGABRT)
SESSION_SECONDS = 6


class Failed(Exception):
    """A promise was not kept; the text says which."""


wait_until = functools.partial(wait.wait_until, failure=Failed, every=0.02)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


class Bed:
    """One scenario's cluster, in a folder of its own. A context manager: nothing is left behind."""

    def __init__(self, options, name):
        self.options = options
        self.prefix = f"{name}."
        self.folder = pathlib.Path(options.work).resolve() / name
        self.cluster = Cluster(self.folder, options.bin, [], self.prefix)
        self.matchers = {}
        self.watch = None
        self.loads = []

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("config", "logs", "state"):
            (self.folder / name).mkdir(parents=True)
        try:
            self.cluster.start_broker()
            self.cluster.operate_offline(
                *("topics", "apply", "--brokers", self.cluster.brokers, "--prefix", self.prefix),
                *("--file", str(ROOT / "schemas/topics.yaml")),
            )
            self.watch = Watch(self)
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        for matcher in self.matchers.values():
            matcher.abandon()
        for load in self.loads:
            load.kill()
        if self.watch:
            self.watch.stop()
        self.cluster.stop()
        if not self.options.keep and kind is None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def tool(self, name):
        return str(self.cluster.bin / name)

    def matcher(self, number):
        if number not in self.matchers:
            self.matchers[number] = Matcher(self, number)
        return self.matchers[number]

    def workload(self):
        options = self.options
        return [str(part) for part in
                ("--cards", options.cards, "--reports", options.reports, "--seed", options.seed)]

    def load(self, parts, rate=0):
        """Starts the load; see Load.wait()."""
        load = Load(self, parts, rate)
        self.loads.append(load)
        return load

    def load_before(self):
        """Control and exposures, before anything else."""
        self.load("control,exposures").wait(600)

    def restart_broker(self):
        """SIGKILL and start again with the same data; seconds without a broker."""
        begun = time.monotonic()
        self.cluster.kill_broker()
        self.cluster.start_broker()
        return time.monotonic() - begun

    def settle(self, seconds):
        """Waits until all inputs are worked through; seconds that it took."""
        begun = time.monotonic()
        seen = self.watch.seen()
        wait_until(lambda: self.watch.seen() >= seen + 2 and self.watch.behind() == 0,
                   seconds, f"all worked through ({self.watch.behind()} records behind)")
        return time.monotonic() - begun

    def stop_matchers(self):
        """Those that still run; one that was killed and given up has no say."""
        for matcher in self.matchers.values():
            matcher.check()
        codes = {number: matcher.stop() for number, matcher in self.matchers.items()
                 if matcher.program.running()}
        bad = {number: code for number, code in codes.items() if code not in (0, None)}
        if bad:
            raise Failed(f"matchers did not end cleanly when asked to: {bad}")

    def recount(self):
        """`cardwatch verify` and cw_bench_check: what readers hold is what the inputs give."""
        command = [self.tool("cardwatch"), "verify", "--json", "--brokers", self.cluster.brokers,
                   "--prefix", self.prefix]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3600)
        (self.folder / "verify.json").write_text(done.stdout)
        if done.returncode != 0:
            kept = self.folder / "verify.json"
            raise Failed(f"cardwatch verify ended with {done.returncode} ({kept}): "
                         f"{(done.stderr + done.stdout)[:2000]}")
        found = json.loads(done.stdout)
        if not found["complete"]:
            raise Failed(f"verify left {found['left_out']} cards out")
        for one in found["partitions"]:
            for topic, offsets in one["inputs"].items():
                if offsets["end"] > max(offsets["committed"], 0):
                    raise Failed(f"{topic}/{one['partition']} was not worked through: {offsets}")
        self.check_load(found["emitted"]["entries"])
        return found

    def check_load(self, entries):
        """Each report of the load has its fact, by numbers that the load's parameters give."""
        done = subprocess.run(
            [self.tool("cw_bench_check"), "--brokers", self.cluster.brokers,
             "--prefix", self.prefix, "--watchlist", "", *self.workload()],
            capture_output=True, text=True, check=False, timeout=3600)
        lines = json_lines(done.stdout)
        if done.returncode != 0 or not lines:
            raise Failed(f"cw_bench_check ended with {done.returncode}: {done.stderr[:1000]}")
        wanted = sum(lines[-1]["expected"]["watched"])
        if not lines[-1]["facts_equal"] or entries != wanted:
            raise Failed(f"not what the load must give: {entries} entries, {lines[-1]}")


class Load:
    """cw_bench_load in the background. Killing the broker can end it; then it is run again: a
    record that is written twice counts once."""

    def __init__(self, bed, parts, rate):
        self.command = [bed.tool("cw_bench_load"), "--brokers", bed.cluster.brokers,
                        "--prefix", bed.prefix, "--parts", parts, "--rate", str(rate),
                        *bed.workload()]
        self.log = bed.folder / "logs" / f"load-{len(bed.loads)}.log"
        self.repeats = 0
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
            self.process.wait()

    def wait(self, seconds):
        deadline = time.monotonic() + seconds
        while True:
            try:
                code = self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired as late:
                raise Failed(f"the load took more than {seconds} s ({self.log})") from late
            if code == 0:
                return
            if self.repeats == 5:
                raise Failed(f"the load ended with {code} ({self.log})")
            self.repeats += 1
            self.start()


class Matcher:
    """One process of the group under a supervisor of its own."""

    def __init__(self, bed, number):
        self.bed = bed
        self.number = number
        self.ends = []  # Exit codes that nobody asked for.
        self.wanted = False
        self.lock = threading.Lock()
        self.supervisor = None
        admin = free_ports(1)[0]
        config = settings.of_service(bed.cluster, "matcher")
        config["admin"]["port"] = admin
        config["log"] = {"level": "info"}
        state = bed.folder / "state" / f"matcher-{number}"
        if "state" in config:
            config["state"] = {**config["state"], "dir": str(state)}
        own = config.setdefault("matcher", {})
        for key in [key for key in own if key.endswith("_dir")]:
            own[key] = str(state)
        own.update({
            "instance": str(number), "lanes": 1, "session_timeout": f"{SESSION_SECONDS}s",
            "transaction_timeout": "10s", "batch_records_max": bed.options.batch,
        })
        path = bed.folder / "config" / f"matcher-{number}.yaml"
        path.write_text(settings.yaml_text(config))
        self.program = Program(
            f"matcher-{number}", [bed.tool("cardwatch-matcher"), "--config", str(path)],
            bed.folder / "logs" / f"matcher-{number}.log", admin)

    def start(self):
        with self.lock:
            self.wanted = True
            self.program.start()
        if self.supervisor is None:
            self.supervisor = threading.Thread(target=self._supervise, daemon=True)
            self.supervisor.start()

    def wait_ready(self, seconds=60):
        wait_until(lambda: self.program.get("/readyz", timeout=1.0) is not None, seconds,
                   f"{self.program.name} ready; its log ends:\n{self.program.log_tail()}")

    def _supervise(self):
        while True:
            process = self.program.process
            process.wait()
            with self.lock:
                if not self.wanted:
                    return
                if self.program.process is not process:
                    continue  # Killed by us, and started again.
                self.ends.append(process.returncode)
                if process.returncode not in RESTARTED:
                    self.wanted = False
                    return
                self.program.start()

    def kill_and_restart(self):
        """SIGKILL, and at once a new process under the same name."""
        with self.lock:
            self.program.kill()
            self.program.start()

    def signal(self, number):
        os.kill(self.program.process.pid, number)

    def check(self):
        """Nothing ended in a way that no supervisor mends."""
        bad = [code for code in self.ends if code not in RESTARTED]
        if bad:
            raise Failed(f"{self.program.name} ended with {bad}; its log ends:\n"
                         f"{self.program.log_tail()}")

    def abandon(self):
        with self.lock:
            self.wanted = False
            self.program.kill()

    def stop(self):
        self.check()
        with self.lock:
            self.wanted = False
        code = self.program.stop(seconds=60)
        if self.supervisor:
            self.supervisor.join(timeout=5)
            self.supervisor = None
        return code


class Watch:
    """Follows cw_fault_watch: how far the group is, and how long each partition stood still."""

    def __init__(self, bed):
        self.lock = threading.Lock()
        self.last = None
        self.count = 0
        self.away_since = None
        self.stalls = {}  # Partition: [stood since, longest]; only while it has something to do.
        self.process = subprocess.Popen(
            [bed.tool("cw_fault_watch"), "--brokers", bed.cluster.brokers,
             "--prefix", bed.prefix],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for line in self.process.stdout:
            look = json.loads(line)
            with self.lock:
                if look.get("away"):
                    continue
                self._note(look)
                self.last = look
                self.count += 1

    def _note(self, look):
        before = self.last or look
        for partition, committed in enumerate(look["committed"]):
            stall = self.stalls.setdefault(partition, [look["t"], 0.0])
            waiting = before["ends"][partition] > before["committed"][partition]
            if committed > before["committed"][partition] or not waiting:
                stall[1] = max(stall[1], look["t"] - stall[0] if waiting else 0.0)
                stall[0] = look["t"]
            else:
                stall[1] = max(stall[1], look["t"] - stall[0])

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.thread.join(timeout=5)

    def seen(self):
        with self.lock:
            return self.count

    def behind(self):
        with self.lock:
            return self.last["behind"] if self.last else 1

    def progress(self):
        """Records of reports.v1 that the group has worked through."""
        with self.lock:
            return sum(self.last["committed"]) if self.last else 0

    def members(self):
        with self.lock:
            return self.last["members"] if self.last else 0

    def take_longest_stall(self):
        """Seconds, the longest of any partition since the last call."""
        with self.lock:
            longest = max((stall[1] for stall in self.stalls.values()), default=0.0)
            for stall in self.stalls.values():
                stall[1] = 0.0
            return longest
