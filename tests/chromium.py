"""The system's Chromium: found, and where root may, installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome: `CALLSHEET_CHROMIUM`, or the first on the path."""
    named = os.environ.get("CALLSHEET_CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MAC) if MAC.exists() else None)


def is_required() -> bool:
    """Whether a missing browser is a failure (on CI) instead of a skip."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def ensure_chromium() -> str | None:
    """As `find_chromium`, after installing Debian's package when there is none and this user may."""
    if find_chromium() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("No Chromium here: installing Debian's.", flush=True)
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            if subprocess.run(["apt-get", *command], env=quiet, stdout=subprocess.DEVNULL, check=False).returncode:
                break
    return find_chromium()
