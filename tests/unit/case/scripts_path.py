"""Makes `import case` find scripts/case, and names the scripts."""

import pathlib
import sys

SCRIPTS = pathlib.Path(__file__).resolve().parents[3] / "scripts"
sys.path.insert(0, str(SCRIPTS))
