"""Migrating from empty gives exactly the models, on both databases, and every step goes down and up again."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage import migrate
from storage.engine import Database
from storage.models import Base


def emptied(database: Database) -> Database:
    Base.metadata.drop_all(database.engine)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    return database


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_migrating_from_empty_gives_exactly_the_models(database: Database) -> None:
    emptied(database)
    migrate.upgrade(database)
    assert differences(database) == []
    assert migrate.current(database) == migrate.head()


def test_each_step_goes_down_and_up_again(database: Database) -> None:
    emptied(database)
    steps = [script.revision for script in ScriptDirectory.from_config(migrate.configuration()).walk_revisions()]
    for revision in reversed(steps):
        migrate.upgrade(database, revision)
        migrate.downgrade(database, "-1")
        migrate.upgrade(database, revision)
        assert migrate.current(database) == revision
    assert differences(database) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    emptied(database)
    migrate.upgrade(database)
    migrate.upgrade(database)
    assert migrate.current(database) == migrate.head()
