"""A cluster in one folder: broker, certificates, keys, configurations, services, logs."""

import json
import os
import pathlib
import random
import socket
import subprocess

from . import settings
from .process import Program

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Below Linux's ephemeral range (from 32768): while a service is down, an outgoing connection can
# take a port there, and the service could not be started again at its address. And not those that
# scripts/kafka chooses from while the services are not started yet.
PORTS = range(10000, 20000)


class CommandFailed(Exception):
    """A command of the cluster ended with a code that was not expected."""


def free_ports(count):
    """Ports that nothing listens on now. Held together until all are chosen, so all differ."""
    sockets = []
    try:
        for _ in range(1000):
            if len(sockets) == count:
                break
            sockets.append(socket.socket())
            try:
                sockets[-1].bind(("127.0.0.1", random.choice(PORTS)))
            except OSError:
                sockets.pop().close()
        else:
            raise CommandFailed(f"no free port found in {PORTS.start}-{PORTS.stop - 1}")
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def run(command, check=True, **options):
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, **options
    )
    if check and done.returncode != 0:
        raise CommandFailed(
            f"{' '.join(str(part) for part in command[:4])} ... ended with {done.returncode}:\n"
            f"{done.stdout}{done.stderr}"
        )
    return done


class Cluster:
    """Start with prepare(), start_broker(), start(); always end with stop()."""

    def __init__(self, folder, bin_folder, issuers, prefix="cardwatch."):
        self.folder = pathlib.Path(folder).resolve()
        self.bin = pathlib.Path(bin_folder).resolve()
        self.issuers = list(issuers)
        self.prefix = prefix
        self.brokers = None
        self.programs = {}
        ports = free_ports(2 * len(settings.SERVICES) + 1)
        self.ports = {
            name: {"listen": ports.pop(), "admin": ports.pop()} for name in settings.SERVICES
        }
        self.broker_port = ports.pop()

    def prepare(self):
        """Certificates, keys and folders. Needs no broker."""
        for name in ("config", "logs", "state", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        people = list(settings.OPERATORS) + [f"issuer-{i}" for i in self.issuers]
        command = [ROOT / "scripts/make-test-ca", self.folder / "pki"]
        for name in settings.SERVICES:
            command += ["--server", name]
        for name in people:
            command += ["--client", name]
        run(command)
        command = [ROOT / "scripts/make-test-keys", self.folder / "keys"]
        for issuer in self.issuers:
            command += ["--issuer", issuer]
        run(command)

    def url(self, service):
        return f"https://localhost:{self.ports[service]['listen']}"

    # The broker.

    def start_broker(self):
        done = run(
            [
                ROOT / "scripts/kafka",
                "start",
                "--dir",
                self.folder / "kafka",
                "--port",
                str(self.broker_port),
            ]
        )
        fields = dict(part.split("=", 1) for part in done.stdout.split() if "=" in part)
        self.brokers = fields["bootstrap"]

    def create_topics(self):
        run(
            [
                ROOT / "scripts/kafka",
                "topics",
                *("--dir", self.folder / "kafka", "--prefix", self.prefix),
            ],
            env=dict(os.environ, CARDWATCH_BIN=str(self.bin / "cardwatch")),
        )

    def dump_topics(self, folder):
        """All records as text, since the broker's own files are compressed."""
        declaration = ROOT / "schemas/topics.yaml"
        self.operate_offline(
            *("topics", "dump", "--brokers", self.brokers, "--prefix", self.prefix),
            *("--file", declaration, folder),
        )

    def kill_broker(self):
        run([ROOT / "scripts/kafka", "stop", "--dir", self.folder / "kafka", "--kill"])

    # The services.

    def write_configs(self):
        for name in settings.SERVICES:
            text = settings.yaml_text(settings.of_service(self, name))
            (self.folder / "config" / f"{name}.yaml").write_text(text)
        for person in settings.OPERATORS:
            text = settings.yaml_text(settings.profile(self, person))
            (self.folder / "config" / f"profile-{person}.yaml").write_text(text)

    def program(self, name):
        if name not in self.programs:
            self.programs[name] = Program(
                name,
                [
                    str(self.bin / f"cardwatch-{name}"),
                    "--config",
                    str(self.folder / "config" / f"{name}.yaml"),
                ],
                self.folder / "logs" / f"{name}.log",
                self.ports[name]["admin"],
            )
        return self.programs[name]

    def start(self, names=settings.SERVICES, wait=True):
        for name in names:
            self.program(name).start()
        if wait:
            for name in names:
                self.program(name).wait_ready()

    def stop(self, broker=True):
        """Ends what runs; returns the exit codes by name."""
        codes = {name: program.stop() for name, program in self.programs.items()}
        if broker and self.brokers:
            run([ROOT / "scripts/kafka", "stop", "--dir", self.folder / "kafka"], check=False)
        return codes

    def metrics(self, name):
        """All samples of a service: text before the value -> value."""
        text = self.program(name).get("/metrics") or ""
        samples = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                samples[series] = float(value)
        return samples

    # The command line.

    def operate(self, person, *arguments, check=True, **options):
        """Runs `cardwatch` as one of settings.OPERATORS."""
        profile = self.folder / "config" / f"profile-{person}.yaml"
        environment = dict(os.environ, CARDWATCH_PROFILE=str(profile), NO_COLOR="1")
        command = [self.bin / "cardwatch", *arguments]
        return run(command, check=check, env=environment, **options)

    def operate_offline(self, *arguments, check=True):
        return run([self.bin / "cardwatch", *arguments], check=check)

    def ask(self, person, *arguments):
        """The JSON that a command prints."""
        return json.loads(self.operate(person, *arguments, "--output", "json").stdout)
