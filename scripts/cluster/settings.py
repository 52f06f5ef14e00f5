"""The configuration files of the services of one cluster, as YAML text."""

import json

SERVICES = ("intake", "matcher", "desk", "notifier", "issuer")

# Who may do what in the demo and the tests. Two operators, because a scope revision needs two.
OPERATORS = {
    "desk-a": ["load", "report", "import", "control", "read"],
    "desk-b": ["approve", "import", "read"],
    "auditor": ["read"],
}


def yaml_lines(value, indent=0):
    """Block YAML of nested dicts; lists and scalars as JSON, which YAML contains."""
    pad = "  " * indent
    for key, item in value.items():
        if isinstance(item, dict) and item:
            yield f"{pad}{key}:"
            yield from yaml_lines(item, indent + 1)
        else:
            yield f"{pad}{key}: {json.dumps(item)}"


def yaml_text(value):
    return "\n".join(yaml_lines(value)) + "\n"


def principals(issuers):
    people = [{"name": name, "roles": roles} for name, roles in OPERATORS.items()]
    reporters = [{"name": f"issuer-{i}", "roles": ["report"], "issuer": i} for i in issuers]
    services = [{"name": "notifier", "roles": ["feed"]}]
    return people + reporters + services


def common(cluster, name):
    ports = cluster.ports[name]
    return {
        "admin": {"address": "127.0.0.1", "port": ports["admin"]},
        "log": {"level": "info"},
    }


def kafka(cluster):
    return {"kafka": {"brokers": cluster.brokers, "topic_prefix": cluster.prefix}}


def listener(cluster, name):
    pki = cluster.folder / "pki"
    return {
        "listen": {"address": "127.0.0.1", "port": cluster.ports[name]["listen"]},
        "tls": {
            "certificate": str(pki / f"{name}.pem"),
            "key": str(pki / f"{name}.key"),
            "ca": str(pki / "ca.pem"),
        },
        "principals": principals(cluster.issuers),
    }


def of_intake(cluster):
    keys = cluster.folder / "keys"
    return {
        **kafka(cluster),
        **listener(cluster, "intake"),
        "keys": {
            "match_key": str(keys / "match.key"),
            "vault_public_key": str(keys / "vault.pub"),
        },
    }


def of_matcher(cluster):
    state = {"state_dir": str(cluster.folder / "state" / "matcher"), "state_save_interval": "1s"}
    return {**kafka(cluster), "matcher": {"lanes": 1, **state}}


def of_desk(cluster):
    return {**kafka(cluster), **listener(cluster, "desk")}


def of_notifier(cluster):
    keys = cluster.folder / "keys"
    return {
        **kafka(cluster),
        **listener(cluster, "notifier"),
        "keys": {
            "vault_key_file": str(keys / "vault.key"),
            "secrets_dir": str(keys / "secrets"),
        },
        # Short pauses, so that an issuer that comes back is seen at once.
        "push": {"backoff_base": "100ms", "backoff_max": "1s"},
    }


def of_issuer(cluster):
    keys = cluster.folder / "keys"
    return {
        **listener(cluster, "issuer"),
        "journal": {"dir": str(cluster.folder / "state" / "issuer")},
        "issuers": [
            {
                "id": issuer,
                "encryption_keys": [str(keys / "issuers" / f"{issuer}.key")],
                "signing_secrets": [str(keys / "secrets" / issuer)],
            }
            for issuer in cluster.issuers
        ],
    }


def of_service(cluster, name):
    own = {
        "intake": of_intake,
        "matcher": of_matcher,
        "desk": of_desk,
        "notifier": of_notifier,
        "issuer": of_issuer,
    }[name](cluster)
    return {**common(cluster, name), **own}


def profile(cluster, person):
    """What `cardwatch` needs to act as a person."""
    pki = cluster.folder / "pki"
    return {
        "intake": {"url": cluster.url("intake")},
        "desk": {"url": cluster.url("desk")},
        "notifier": {"url": cluster.url("notifier")},
        "tls": {
            "certificate": str(pki / f"{person}.pem"),
            "key": str(pki / f"{person}.key"),
            "ca": str(pki / "ca.pem"),
        },
    }
