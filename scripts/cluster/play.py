"""Loads a case into a cluster as its history tells, and asks for what came out."""

import json
import pathlib
import time

from .cluster import CommandFailed

# Exit codes of `cardwatch` (services/cli/exit_code.hpp).
DONE = 0
ROWS_REFUSED = 1
UNAVAILABLE = 69

IMPORTER = "desk-a"
READER = "auditor"


class WrongFigure(Exception):
    """Something did not come out as the case says."""


class Case:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.spec = json.loads((self.folder / "case.json").read_text())
        self.incident = self.spec["incident"]["id"]

    def path(self, relative):
        return str(self.folder / relative)

    def loads(self, kind):
        return {load["path"]: load for load in self.spec[kind]}


def operate(cluster, person, *arguments, deadline_seconds=60.0):
    """A command that is tried again while a service is away, as an operator would."""
    deadline = time.monotonic() + deadline_seconds
    while True:
        done = cluster.operate(person, *arguments, "--output", "json", check=False)
        if done.returncode in (DONE, ROWS_REFUSED):
            return json.loads(done.stdout)
        if done.returncode != UNAVAILABLE or time.monotonic() > deadline:
            raise CommandFailed(
                f"cardwatch {' '.join(arguments)} ended with {done.returncode}:\n{done.stderr}"
            )
        time.sleep(0.2)


class Player:
    """Performs the steps of the case's load order, one by one."""

    def __init__(self, cluster, case):
        self.cluster = cluster
        self.case = case
        self.refused = []
        self.uploaded_bytes = 0

    def step(self, step):
        getattr(self, "_" + step["step"])(step["path"])

    def _incident(self, path):
        operate(self.cluster, IMPORTER, "incident", "apply", self.case.path(path))

    def _issuer(self, path):
        operate(self.cluster, IMPORTER, "issuer", "apply", self.case.path(path))

    def _exposures(self, path):
        load = self.case.loads("exposures")[path]
        answer = operate(
            self.cluster,
            IMPORTER,
            "exposures",
            "load",
            "--incident",
            self.case.incident,
            "--file",
            load["name"],
            "--received-at",
            load["received_at"],
            self.case.path(path),
        )
        self._count_rows(path, load, answer["records"], answer)
        if answer["sha256"] != load["sha256"]:
            raise WrongFigure(f"{path}: intake read other bytes than were sent")

    def _reports(self, path):
        load = self.case.loads("reports")[path]
        (answer,) = operate(self.cluster, IMPORTER, "reports", "load", self.case.path(path))
        self._count_rows(path, load, answer["accepted"], answer)

    def _count_rows(self, path, load, accepted, answer):
        self.uploaded_bytes += (self.case.folder / path).stat().st_size
        if (accepted, answer["refused"]) != (load["accepted"], load["refused"]):
            raise WrongFigure(
                f"{path}: accepted {accepted} and refused {answer['refused']} rows instead of "
                f"{load['accepted']} and {load['refused']}"
            )
        self.refused += [
            {"path": path, "line": e["line"], "code": e["code"]}
            for e in answer["errors"]
        ]

    def _scope(self, path):
        (scope,) = [s for s in self.case.spec["scope"] if s["path"] == path]
        proposal = operate(
            self.cluster,
            scope["proposed_by"],
            "scope",
            "propose",
            "--incident",
            self.case.incident,
            self.case.path(path),
        )
        operate(
            self.cluster,
            scope["approved_by"],
            "scope",
            "approve",
            "--incident",
            self.case.incident,
            "--revision",
            str(proposal["revision"]),
            "--effective-at",
            scope["effective_at"],
        )


def count(cluster, case, query):
    """The desk's answer to one query of the case."""
    arguments = ["counts", "--incident", case.incident]
    for option in ("since", "as_of", "known_at", "unit", "attributable"):
        if query.get(option):
            arguments += ["--" + option.replace("_", "-"), query[option]]
    for option, key in (("by", "by"), ("outcome", "outcomes")):
        if query.get(key):
            arguments += ["--" + option, ",".join(query[key])]
    return operate(cluster, READER, *arguments)


def rows_of(answer, query):
    return [[row[key] for key in query["by"]] + [row["count"]] for row in answer["rows"]]


def check_figures(cluster, case):
    """(figure of the case, our answer, equal) for each."""
    for figure in case.spec["figures"]:
        answer = count(cluster, case, figure["query"])
        equal = (
            answer["figure"] == figure["figure"]
            and answer["scope_revision"] == figure["scope_revision"]
            and sorted(rows_of(answer, figure["query"])) == sorted(figure.get("rows", []))
        )
        yield figure, answer, equal


def wait_for_figures(cluster, case, seconds):
    """Until every figure is exact; at the deadline, what there is then."""
    deadline = time.monotonic() + seconds
    probe = case.spec["figures"][-1]
    while time.monotonic() < deadline:
        answer = count(cluster, case, probe["query"])
        if answer["figure"] == probe["figure"]:
            results = list(check_figures(cluster, case))
            if all(equal for _, _, equal in results):
                return results
        time.sleep(0.3)
    return list(check_figures(cluster, case))


def feeds(cluster):
    return {feed["issuer"]: feed for feed in operate(cluster, "desk-a", "feed", "status")}


def feed_done(feed, expected):
    return (
        feed["entries"] == expected["entries"]
        and feed["pending"] == 0
        and feed.get("digest_equal") is True
    )


def wait_for_feeds(cluster, case, seconds):
    """Until each issuer holds exactly its cards; returns the feeds, done or not."""
    deadline = time.monotonic() + seconds
    while True:
        now = feeds(cluster)
        wanted = {i: e for i, e in case.spec["watch"].items() if i in cluster.issuers}
        if all(i in now and feed_done(now[i], e) for i, e in wanted.items()):
            return now
        if time.monotonic() > deadline:
            return now
        time.sleep(0.3)
