"""`python -m tests`: all that must hold before a change is taken. `--lint` leaves the tests themselves out.

What comes after the options goes to pytest: `python -m tests -k digest`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
PYTEST = ["pytest", "-q", "-n", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
"""Four at a time also on two cores: whoever drives the bot through the sandbox waits half of the time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    passed: bool
    seconds: float
    last_line: str = ""


def main(arguments: list[str]) -> int:
    """Run every step, whatever the others said; 0 when all passed. The code is looked through while the tests run."""
    if "--lint" in arguments:
        outcomes = _lint()
    else:
        with ThreadPoolExecutor(1) as beside:
            lint = beside.submit(_lint, is_told_later=True)
            tests = _tests(arguments)
            outcomes = [*lint.result(), *tests]
    print(
        "\n"
        + "\n".join(f"{'ok' if each.passed else 'FAILED':<7} {each.name:<8} {each.seconds:6.1f} s" for each in outcomes)
    )
    passed = sum(each.passed for each in outcomes)
    print(outcomes[-1].last_line or f"{passed} passed, {len(outcomes) - passed} failed")
    return 0 if passed == len(outcomes) else 1


def _lint(*, is_told_later: bool = False) -> list[Outcome]:
    return [_run(name, command, is_told_later=is_told_later) for name, command in LINT.items()]


def _tests(arguments: list[str]) -> list[Outcome]:
    chromium = ensure_chromium()
    if chromium:
        os.environ["CALLSHEET_CHROMIUM"] = chromium
    elif is_required():
        print("There is no Chromium, and CI asks for one: install it, or name it in CALLSHEET_CHROMIUM.", flush=True)
        return [Outcome("browser", passed=False, seconds=0), _run("tests", [*PYTEST, *arguments])]
    return [_run("tests", [*PYTEST, *arguments])]


def _run(name: str, command: list[str], *, is_told_later: bool = False) -> Outcome:
    """Run one step from the environment's own programs, and show its output as it comes, or when it is complete."""
    began = time.perf_counter()
    said, last_line = [f"\n$ {' '.join(command)}\n"], ""
    with subprocess.Popen(
        [BIN / command[0], *command[1:]], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            if not is_told_later:
                print("".join(said), end="", flush=True)
                said.clear()
            if re.search(r"\d+ (passed|failed|errors?|skipped)\b.* in [\d.]+s", line):
                last_line = line.strip("= \n")
    print("".join(said), end="", flush=True)
    return Outcome(name, process.returncode == 0, time.perf_counter() - began, last_line)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
