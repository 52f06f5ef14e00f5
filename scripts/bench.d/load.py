"""load: a CSV of cards through intake until Kafka has acknowledged every record."""

import re
import subprocess
import time

import whole
from results import Figure, Void


def openssl_per_second(*arguments):
    """Operations of 16 bytes a second on one core, as openssl itself measures."""
    done = subprocess.run(["openssl", "speed", "-mr", "-seconds", "1", "-bytes", "16", *arguments],
                          capture_output=True, text=True, check=True, timeout=60)
    lines = [line for line in done.stdout.splitlines() if line.startswith("+F:")]
    # +F:number:name:bytes per second
    return float(re.split(":", lines[-1])[-1]) / 16


def limit_seconds(rows):
    """What HMAC and AES-GCM of so many card numbers alone would take on one core."""
    hmac = openssl_per_second("-hmac", "sha256")
    seal = openssl_per_second("-evp", "aes-256-gcm")
    return rows / hmac + rows / seal


def run(bench):
    cards, _ = bench.size(460_000, 0)
    took, limits, notes = [], [], {}
    with whole.running(bench, "load") as cluster:
        path = whole.write_csv(bench, cluster, cards)
        for number in range(min(bench.runs, 9)):
            begun = time.monotonic()
            answer = whole.load_file(cluster, path, f"extract-{number + 1}")
            took.append(time.monotonic() - begun)
            if answer["records"] != cards + bench.spoiled or answer["refused"] != 0:
                raise Void(f"load: {answer['records']} of {cards} rows taken, "
                           f"{answer['refused']} refused")
            limits.append(limit_seconds(cards))
        notes = {"file_bytes": path.stat().st_size, "rows": cards}
    return [
        Figure("load", f"CSV of {cards:,} rows", "s", took, better="less", goal=5.0,
               beside="openssl HMAC + AES-GCM, one core", beside_values=limits, notes=notes)
    ]
