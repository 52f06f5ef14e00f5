"""What a benchmark found: figures with what stands beside them, as a table and as JSON."""

import dataclasses
import os
import pathlib
import platform
import re
import statistics
import subprocess


class Void(Exception):
    """What was measured did not do its work right: there is no figure."""


@dataclasses.dataclass
class Figure:
    """One measured thing over all runs. `better`: "more" or "less" of it is better."""

    benchmark: str
    what: str
    unit: str
    values: list
    better: str = "more"
    goal: float | None = None
    beside: str = ""
    beside_values: list = dataclasses.field(default_factory=list)
    ratio_goal: float | None = None
    notes: dict = dataclasses.field(default_factory=dict)

    def median(self):
        return statistics.median(self.values)

    def ratios(self):
        """Within each run, because the machine is not the same from run to run."""
        pairs = zip(self.values, self.beside_values)
        return [value / other for value, other in pairs if other]

    def ratio(self):
        return statistics.median(self.ratios()) if self.ratios() else None

    def reaches(self, value, goal):
        return value >= goal if self.better == "more" else value <= goal

    def met(self):
        """True, False, or None without a goal."""
        verdicts = []
        if self.goal is not None:
            verdicts.append(self.reaches(self.median(), self.goal))
        if self.ratio_goal is not None and self.ratio() is not None:
            verdicts.append(self.reaches(self.ratio(), self.ratio_goal))
        return all(verdicts) if verdicts else None

    def as_json(self):
        other = statistics.median(self.beside_values) if self.beside_values else None
        return {
            **dataclasses.asdict(self),
            "median": self.median(),
            "beside_median": other,
            "ratio": self.ratio(),
            "met": self.met(),
        }


def number(value):
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def spread(values):
    return f"{number(min(values))}..{number(max(values))}" if len(values) > 1 else ""


def goal_text(figure):
    sign = ">=" if figure.better == "more" else "<="
    parts = []
    if figure.goal is not None:
        parts.append(f"{sign} {number(figure.goal)}")
    if figure.ratio_goal is not None:
        parts.append(f"{sign} {figure.ratio_goal:g}x")
    return ", ".join(parts)


COLUMNS = ("benchmark", "what", "median", "spread", "unit", "goal", "met", "beside it", "its",
           "ratio")


def row(figure):
    beside = statistics.median(figure.beside_values) if figure.beside_values else None
    ratio = figure.ratio()
    return (
        figure.benchmark,
        figure.what,
        number(figure.median()),
        spread(figure.values),
        figure.unit,
        goal_text(figure),
        {True: "yes", False: "NO", None: ""}[figure.met()],
        figure.beside,
        number(beside),
        "" if ratio is None else f"{ratio:.2f}",
    )


def table(figures):
    rows = [COLUMNS, *(row(figure) for figure in figures)]
    widths = [max(len(line[at]) for line in rows) for at in range(len(COLUMNS))]
    right = {2, 3, 8, 9}
    lines = []
    for line in rows:
        cells = [
            text.rjust(width) if at in right else text.ljust(width)
            for at, (text, width) in enumerate(zip(line, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return (done.stdout or done.stderr).strip().split("\n", maxsplit=1)[0]


def machine(root):
    """What the figures depend on beside the program."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    model = re.search(r"model name\s*:\s*(.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    pom = (root / "scripts/kafka.d/pom.xml").read_text()
    return {
        "cpu": model.group(1) if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory.group(1)) / 2**20, 1),
        "kernel": platform.release(),
        "load_before": os.getloadavg()[0],
        "kafka": re.search(r"kafka_2.13</artifactId>\s*<version>([^<]*)", pom).group(1),
        "librdkafka": first_line(["pkg-config", "--modversion", "rdkafka"]),
        "compiler": first_line(["c++", "--version"]),
        "java": first_line(["java", "-version"]),
        "openssl": first_line(["openssl", "version"]),
        "commit": first_line(["git", "-C", str(root), "rev-parse", "--short", "HEAD"]),
    }
