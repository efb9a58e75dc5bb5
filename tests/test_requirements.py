"""What runs is installed: nothing is imported that only the tests have."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ("bot", "domain", "sandbox", "storage")


def imported(path: Path) -> Iterator[str]:
    """The packages that a file imports, by the first part of their names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_what_runs_imports_only_what_is_installed_to_run() -> None:
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    found = {name for top in OWN for path in (ROOT / top).rglob("*.py") for name in imported(path)}
    others = found - set(sys.stdlib_module_names) - set(OWN)
    sources = packages_distributions()
    missing = {
        name for name in others if not {re.sub(r"[._]", "-", each).lower() for each in sources.get(name, ())} & locked
    }
    assert "slack_bolt" in others
    assert missing == set()
