"""A notifier and its receivers on a broker of their own, for benchmarks and faults of the feed."""

import functools
import http.client
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time

from cluster import settings, wait
from cluster.cluster import Cluster, free_ports
from cluster.process import Program
from results import Void

ISSUERS = 30
LONGEST = 900
MEMORY = pathlib.Path("/dev/shm")
TICKS = os.sysconf("SC_CLK_TCK")


def issuer_names(count):
    return [f"issuer-{number:02d}" for number in range(count)]


def json_lines(text):
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def call(command):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          check=False, timeout=LONGEST)
    if done.returncode != 0:
        raise Void(f"{pathlib.Path(command[0]).name} ended with {done.returncode}: "
                   f"{(done.stderr or done.stdout).strip()[-800:]}")
    return json_lines(done.stdout)


wait_until = functools.partial(wait.wait_until, failure=Void)


class Receiver:
    """One cardwatch-issuer process for some of the issuers, with journals of its own."""

    def __init__(self, bed, number, issuers):
        self.bed = bed
        self.issuers = issuers
        self.name = f"issuer-{number}" if number else "issuer"
        cluster = bed.cluster
        self.port, admin = free_ports(2)
        self.journals = (bed.memory or bed.folder / "state") / f"receiver-{number}"
        config = settings.of_service(cluster, "issuer")
        config["listen"]["port"] = self.port
        config["admin"]["port"] = admin
        config["log"] = {"level": "warn"}
        config["journal"] = {**config["journal"], "dir": str(self.journals)}
        config["issuers"] = [each for each in config["issuers"] if each["id"] in issuers]
        path = bed.folder / "config" / f"receiver-{number}.yaml"
        path.write_text(settings.yaml_text(config))
        self.program = Program(
            f"receiver-{number}", [str(cluster.bin / "cardwatch-issuer"), "--config", str(path)],
            bed.folder / "logs" / f"receiver-{number}.log", admin)

    def start(self):
        self.program.start()
        self.program.wait_ready()

    def held(self):
        """What each of its issuers holds, by id."""
        body = self.bed.ask("GET", self.port, "/v1/issuers")
        return {each["issuer"]: each for each in json.loads(body)}

    def behave(self, issuer, behaviour):
        self.bed.ask("PUT", self.port, f"/v1/issuers/{issuer}/behaviour", json.dumps(behaviour))


class FeedBed:
    """A context manager: whatever it started or wrote is gone afterwards.

    `batch_max` of all issuers; `processes` that the issuers are shared between, and one more for
    each list of issuers in `apart`. `in_memory`: receivers' journals are on no disk, since those of
    30 companies do not share one.
    """

    def __init__(self, folder, binaries, *, issuers=ISSUERS, batch_max=500, processes=1, apart=(),
                 keep=False, push=None, log="warn", in_memory=False):
        self.folder = pathlib.Path(folder)
        self.names = issuer_names(issuers)
        self.batch_max = batch_max
        self.keep = keep
        self.log = log
        self.push = push or {"backoff_base": "100ms", "backoff_max": "1s"}
        self.cluster = Cluster(self.folder, binaries, self.names, "feed.")
        rest = [name for name in self.names if not any(name in each for each in apart)]
        self.shares = [rest[at::processes] for at in range(processes)] + [list(a) for a in apart]
        self.in_memory = in_memory
        self.memory = None
        self.receivers = []
        self.notifier = None
        self.workload = ["--issuers", issuers]

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            if self.in_memory:
                self.memory = pathlib.Path(tempfile.mkdtemp(prefix="cw-feed-", dir=MEMORY))
            self.cluster.prepare()
            self.cluster.start_broker()
            self.cluster.create_topics()
            self.receivers = [Receiver(self, *share) for share in enumerate(self.shares)]
            self.notifier = self._notifier()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.notifier:
            self.notifier.kill()
        for receiver in self.receivers:
            receiver.program.kill()
        self.cluster.stop()
        if self.memory:
            shutil.rmtree(self.memory, ignore_errors=True)
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _notifier(self):
        cluster = self.cluster
        config = settings.of_service(cluster, "notifier")
        config["push"] = {**config.get("push", {}), **self.push}
        config["log"] = {"level": self.log}
        binary = str(cluster.bin / "cardwatch-notifier")
        reference = subprocess.run([binary, "--config-reference"], capture_output=True, text=True,
                                   check=False, timeout=20)
        if "feed.state_dir" in reference.stdout:
            state = {"state_dir": str(self.folder / "state" / "notifier")}
            config["feed"] = {**config.get("feed", {}), **state}
        path = self.folder / "config" / "notifier.yaml"
        path.write_text(settings.yaml_text(config))
        return Program("notifier", [binary, "--config", str(path)],
                       self.folder / "logs" / "notifier.log", cluster.ports["notifier"]["admin"])

    # What the feed is about.

    def receiver_of(self, issuer):
        return next(each for each in self.receivers if issuer in each.issuers)

    def _issuer_record(self, name, port):
        jwk = json.loads((self.folder / "keys" / "issuers" / f"{name}.jwk").read_text())
        return {
            "v": 1, "kind": "issuer", "id": name, "version": 1, "name": f"{name} (invented)",
            "iin_ranges": ["35699900"], "effective_at": "2026-01-01T00:00:00.000Z", "by": "desk-a",
            "feed": {"url": f"https://localhost:{port}/feeds/{name}", "encryption_key": jwk,
                     "signing_secret": name, "batch_max": self.batch_max,
                     "allow_private_address": True},
        }

    def write_control(self, nobody_at=(), seed=1):
        """Keys and issuers; those of `nobody_at` have an endpoint where nobody listens.

        The data key is that of a load of the same seed.
        """
        dead_port = free_ports(1)[0]
        lines = []
        for name in self.names:
            port = dead_port if name in nobody_at else self.receiver_of(name).port
            lines.append(f"issuer/{name}/1\t{json.dumps(self._issuer_record(name, port))}\n")
        path = self.folder / "tmp" / "control.txt"
        path.write_text("".join(lines))
        return self.load("--vault", self.folder / "keys/vault.pub", "--control", path,
                         "--seed", seed)

    def tool(self, name):
        return self.cluster.bin / f"cw_bench_{name}"

    def load_command(self, *arguments):
        return [self.tool("feed_load"), "--brokers", self.cluster.brokers, "--prefix",
                self.cluster.prefix, *self.workload, *arguments]

    def load(self, *arguments):
        return call(self.load_command(*arguments))

    def recount(self, *arguments, journals=None):
        """What each issuer must hold by watchlist.v1; with `journals` also what came to it."""
        keys = self.folder / "keys"
        command = [self.tool("feed_check"), "--brokers", self.cluster.brokers, "--prefix",
                   self.cluster.prefix, "--vault", keys / "vault.key", "--keys", keys / "issuers"]
        if journals:
            command += ["--journals", journals]
        return call([*command, *arguments])[0]

    def gather_journals(self):
        """All journals in one folder; the receivers must have ended."""
        folder = self.folder / "state" / "journals"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for receiver in self.receivers:
            for path in receiver.journals.glob("*.journal"):
                (folder / path.name).symlink_to(path)
        return folder

    # Talking to the services.

    def ask(self, method, port, path, body=None, person="desk-a"):
        pki = self.folder / "pki"
        context = ssl.create_default_context(cafile=str(pki / "ca.pem"))
        context.load_cert_chain(pki / f"{person}.pem", pki / f"{person}.key")
        link = http.client.HTTPSConnection("localhost", port, timeout=20, context=context)
        try:
            link.request(method, path, body, {"Content-Type": "application/json"})
            answer = link.getresponse()
            text = answer.read().decode()
        finally:
            link.close()
        if answer.status >= 300:
            raise Void(f"{method} {path} was answered with {answer.status}: {text[:300]}")
        return text

    def held(self):
        found = {}
        for receiver in self.receivers:
            if receiver.program.running():
                found.update(receiver.held())
        return found

    def feeds(self):
        body = self.ask("GET", self.cluster.ports["notifier"]["listen"], "/v1/feeds")
        return {each["issuer"]: each for each in json.loads(body)}

    # Running.

    def start_receivers(self):
        for receiver in self.receivers:
            receiver.start()

    def forget(self):
        """As before the first delivery: no cursors, nothing at the receivers, no store."""
        self.notifier.stop()
        for receiver in self.receivers:
            receiver.program.stop()
            shutil.rmtree(receiver.journals, ignore_errors=True)
        for path in (self.folder / "state").glob("notifier*"):
            shutil.rmtree(path)
        call([self.tool("watch"), "--mode", "remove", "--topics", "feed-state.v1", "--brokers",
              self.cluster.brokers, "--prefix", self.cluster.prefix])
        self.cluster.create_topics()

    def behind(self, expected, issuers):
        """The issuers to whom not all has come that the recount knows of."""
        held = self.held()
        return [name for name in issuers
                if held.get(name, {}).get("through", 0) < expected[name]["newest_seq"]]

    def compare(self, expected, issuers):
        """Each receiver holds as many entries as the recount says, with the same digest."""
        held = self.held()
        for name in issuers:
            want, have = expected[name], held[name]
            if (have["entries"], have["digest"]) != (want["entries"], want["sum"]):
                raise Void(f"{name} holds {have['entries']} entries with digest {have['digest']}, "
                           f"the recount says {want['entries']} with {want['sum']}")

    def wait_delivered(self, expected, issuers=None, seconds=LONGEST, every=0.05):
        """Until all has come to the receivers, then compares; seconds that it took."""
        begun = time.monotonic()
        issuers = list(issuers if issuers is not None else expected)
        last = []

        def done():
            if not self.notifier.running():
                raise Void(f"the notifier ended: {self.notifier.log_tail()}")
            last[:] = self.behind(expected, issuers)
            return not last
        try:
            wait_until(done, seconds, "all delivered", every=every)
        except Void as late:
            raise Void(f"{late}; not to {last[:5]}") from late
        took = time.monotonic() - begun
        self.compare(expected, issuers)
        return took

    def cpu_seconds(self):
        """Of each kind of process, since it began."""
        running = [each.program for each in self.receivers] + [self.notifier]
        found = {"notifier": 0.0, "receivers": 0.0}
        for program in running:
            if program.running():
                kind = "notifier" if program is self.notifier else "receivers"
                found[kind] += cpu_of(program.process.pid)
        found["broker"] = cpu_of((self.folder / "kafka" / "kafka.pid").read_text().strip())
        return found


def cpu_of(pid):
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS
