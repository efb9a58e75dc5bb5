"""`python -m tests`: all that must hold before a change is taken. `--lint` leaves the tests themselves out.

What comes after the options goes to pytest: `python -m tests -k digest`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.chromium import ensure_chromium, is_required

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
LINT = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["lint-imports"],
}
PYTEST = ["pytest", "-q", "-n", "4", "--dist", "loadgroup"]
"""Four at a time also on two cores: whoever drives the bot through the sandbox waits half of the time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    passed: bool
    seconds: float
    last_line: str = ""


def main(arguments: list[str]) -> int:
    """Run every step, whatever the earlier ones said; 0 when all passed."""
    outcomes = [_run(name, command) for name, command in LINT.items()]
    if "--lint" not in arguments:
        outcomes += _tests(arguments)
    print(
        "\n"
        + "\n".join(f"{'ok' if each.passed else 'FAILED':<7} {each.name:<8} {each.seconds:6.1f} s" for each in outcomes)
    )
    passed = sum(each.passed for each in outcomes)
    print(outcomes[-1].last_line or f"{passed} passed, {len(outcomes) - passed} failed")
    return 0 if passed == len(outcomes) else 1


def _tests(arguments: list[str]) -> list[Outcome]:
    chromium = ensure_chromium()
    if chromium:
        os.environ["CALLSHEET_CHROMIUM"] = chromium
    elif is_required():
        print("There is no Chromium, and CI asks for one: install it, or name it in CALLSHEET_CHROMIUM.", flush=True)
        return [Outcome("browser", passed=False, seconds=0), _run("tests", [*PYTEST, *arguments])]
    return [_run("tests", [*PYTEST, *arguments])]


def _run(name: str, command: list[str]) -> Outcome:
    """Run one step from the environment's own programs, and show its output as it comes."""
    print(f"\n$ {' '.join(command)}", flush=True)
    began = time.perf_counter()
    last_line = ""
    with subprocess.Popen(
        [BIN / command[0], *command[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            if re.search(r"\d+ (passed|failed|errors?|skipped)\b.* in [\d.]+s", line):
                last_line = line.strip("= \n")
    return Outcome(name, process.returncode == 0, time.perf_counter() - began, last_line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
