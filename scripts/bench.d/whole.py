"""A whole cluster with the workload's incident and issuers, for benchmarks over HTTP."""

import contextlib
import json
import pathlib
import shutil

from bed import call
from cluster import settings
from cluster.cluster import Cluster

INCIDENT = "leak-2026"
RANGES = ("35699900", "35699901", "35699902", "35699903", "40000000", "40000001",
          "40000002", "40000003", "55555500", "55555501", "55555502", "55555503")
UPLOADS_MAX = 1000
ISSUERS = [f"issuer-{number:02d}" for number in range(len(RANGES))]
ATTRIBUTES = ["agent", "apply_month", "branch", "campaign", "channel", "payment", "plan",
              "policy_last_digit", "product", "region", "renewals", "status"]


def incident():
    return {
        "id": INCIDENT, "version": 1, "name": "A leak for measuring", "time_zone": "Asia/Tokyo",
        "state": "open", "since": "2026-01-01", "attributes": ATTRIBUTES,
        "files": [{"name": f"extract-{number}", "source": "system",
                   "at_risk_from": "2025-11-20", "at_risk_to": "2025-12-20"}
                  for number in range(1, 10)],
    }


def issuer(cluster, number):
    name = ISSUERS[number]
    jwk = json.loads((cluster.folder / "keys" / "issuers" / f"{name}.jwk").read_text())
    return {
        "id": name, "version": 1, "name": f"{name} (invented)", "iin_ranges": [RANGES[number]],
        "feed": {"url": cluster.url("issuer") + f"/feeds/{name}", "encryption_key": jwk,
                 "signing_secret": name, "batch_max": 500, "allow_private_address": True},
    }


def apply(cluster, noun, document):
    path = cluster.folder / "tmp" / f"{noun}-{document['id']}.json"
    path.write_text(json.dumps(document))
    cluster.ask("desk-a", noun, "apply", str(path))


def take_many_at_once(cluster):
    """An open loop does not wait: what piles up in a slow moment must be measured, not refused."""
    config = settings.of_service(cluster, "intake")
    config["uploads"] = {**config.get("uploads", {}), "concurrent_max": UPLOADS_MAX}
    (cluster.folder / "config" / "intake.yaml").write_text(settings.yaml_text(config))


def keep_journals(cluster, folder):
    config = settings.of_service(cluster, "issuer")
    config["journal"] = {**config["journal"], "dir": str(folder)}
    (cluster.folder / "config" / "issuer.yaml").write_text(settings.yaml_text(config))


@contextlib.contextmanager
def running(bench, name, journals=None):
    """All services, started, with the incident and its issuers; gone afterwards.

    `journals`: the folder in which the endpoint keeps what it accepted, if not in the cluster's.
    """
    cluster = Cluster(pathlib.Path(bench.work) / name, bench.bin, ISSUERS)
    shutil.rmtree(cluster.folder, ignore_errors=True)
    try:
        cluster.prepare()
        cluster.start_broker()
        cluster.write_configs()
        take_many_at_once(cluster)
        if journals:
            keep_journals(cluster, journals)
        cluster.create_topics()
        cluster.start()
        apply(cluster, "incident", incident())
        for number in range(len(ISSUERS)):
            apply(cluster, "issuer", issuer(cluster, number))
        yield cluster
    finally:
        cluster.stop()
        if not bench.keep:
            shutil.rmtree(cluster.folder, ignore_errors=True)


def write_csv(bench, cluster, cards):
    path = cluster.folder / "tmp" / "cards.csv"
    call([bench.bin / "cw_bench_load", "--csv", path, "--cards", cards])
    return path


def load_file(cluster, path, name):
    """One CSV through intake; its answer."""
    return cluster.ask("desk-a", "exposures", "load", "--incident", INCIDENT, "--file", name,
                       str(path))
