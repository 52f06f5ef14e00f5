"""The files under check and the findings about them."""
import dataclasses
import functools
import pathlib
import subprocess

CODE_SUFFIXES = {".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".cmake": "cmake", ".sh": "shell"}


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend; `remedy` says how."""

    path: str
    line: int
    rule: str
    what: str
    remedy: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.what}. {self.remedy}."


class Source:
    """One text file: its path from the root with forward slashes, its language, its lines."""

    def __init__(self, root, path):
        self.path = path
        self.text = (root / path).read_text(encoding="utf-8")
        self.lines = self.text.split("\n")

    @property
    def folder(self):
        return self.path.rpartition("/")[0]

    @property
    def name(self):
        return self.path.rpartition("/")[2]

    @functools.cached_property
    def language(self):
        """cpp, python, shell, cmake, or '' for what is not code."""
        if self.name == "CMakeLists.txt":
            return "cmake"
        if known := CODE_SUFFIXES.get(pathlib.PurePosixPath(self.path).suffix):
            return known
        first = self.lines[0]
        if not first.startswith("#!"):
            return ""
        return "python" if "python" in first else "shell" if "sh" in first else ""


def listed_files(root):
    """Tracked and new files of a git tree, without the ignored ones; else all files below."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others",
                   "--exclude-standard"]
        names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return [name for name in names.split("\0") if name and (root / name).is_file()]
    return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]


class Tree:
    """All text files of the tree."""

    def __init__(self, root):
        self.root = root
        self.files = []
        for path in sorted(set(listed_files(root))):
            try:
                self.files.append(Source(root, path))
            except UnicodeDecodeError:
                continue  # Binary, or text in another encoding on purpose (test data).

    def code(self, *languages):
        return [file for file in self.files if file.language and
                (not languages or file.language in languages)]

    def named(self, name):
        return [file for file in self.files if file.name == name]
