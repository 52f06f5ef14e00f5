"""Rules about folders: no dead file, no folder without a README."""
import re

from tidylib.tree import Finding

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def included_headers(tree):
    """Paths from the root that an #include may mean: from services/, from tests/, or beside it."""
    found = set()
    for file in tree.code("cpp"):
        for name in INCLUDE.findall(file.text):
            found.update((f"services/{name}", f"tests/{name}", f"{file.folder}/{name}"))
    return found


def is_listed(file, lists):
    """Whether the CMakeLists.txt of the file's folder, or of one above it, names the file."""
    folder, below = file.folder, file.name
    while folder:
        if folder in lists:
            names = set(re.findall(r"[\w./-]+", re.sub(r"#.*", "", lists[folder])))
            starts_service = below == "main.cpp" and "cw_service" in names
            if below in names or starts_service:
                return True
        folder, _, last = folder.rpartition("/")
        below = f"{last}/{below}"
    return False


def dead_files(tree):
    lists = {file.folder: file.text for file in tree.named("CMakeLists.txt")}
    included = included_headers(tree)
    for file in tree.code("cpp"):
        if not file.path.startswith(("services/", "tests/")):
            continue
        if file.path.endswith(".cpp") and not is_listed(file, lists):
            yield Finding(file.path, 1, "dead-file", "no CMakeLists.txt names it",
                          "Add it to its folder's CMakeLists.txt or delete it")
        if file.path.endswith(".hpp") and file.path not in included:
            yield Finding(file.path, 1, "dead-file", "nobody includes it", "Use it or delete it")


def needs_readme(folder):
    parts = folder.split("/")
    return (len(parts) == 1 and parts[0] in ("services", "tests", "scripts", "schemas", "deploy")
            or len(parts) == 2 and parts[0] == "services"
            or len(parts) == 3 and parts[:2] == ["services", "lib"])


def missing_readmes(tree):
    with_code = {file.folder for file in tree.code() if file.folder}
    folders = with_code | {folder.partition("/")[0] for folder in with_code}
    there = {file.folder for file in tree.named("README.md")}
    for folder in sorted(folders - there):
        if needs_readme(folder):
            yield Finding(f"{folder}/README.md", 1, "readme", "the folder has no README.md",
                          "Say in a paragraph what it is for and what it promises")


def check(tree):
    yield from dead_files(tree)
    yield from missing_readmes(tree)
