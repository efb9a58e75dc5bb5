"""The ground on which doors are tried: built once, and a copy of it for each file of tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage.engine import Database
from tests.conftest import NOW
from tests.permissions.ground import Ground


@pytest.fixture(scope="session")
def built(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ground, Path]:
    path = tmp_path_factory.mktemp("permissions") / "built.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    ground = Ground.build(database, NOW)
    database.dispose()
    return ground, path


@pytest.fixture(scope="module")
def ground(built: tuple[Ground, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    found, template = built
    path = tmp_path_factory.mktemp("permissions") / "callsheet.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    yield replace(found, world=replace(found.world, database=database))
    database.dispose()
