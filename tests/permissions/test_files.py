"""Files that come in and go out through Slack: whose they are, and what may be done with them later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from bot.importing import import_into_study, preview_data
from bot.services import dropped_files, exports, pending_imports
from bot.slack.capability import arguments_for
from domain.errors import NotAllowed, NotFound
from domain.importing import DroppedFile
from domain.roles import Permission, Role
from storage.models import PendingImport
from tests.permissions.ground import LISTENERS, Back, Ground
from tests.permissions.site import SECRET
from tests.permissions.table import Where, promised

CELLS = [(role, where) for role in Role for where in Where]
PENDING = {
    "action callsheet:import_go": {},
    "action callsheet:import_drop": {},
    "action callsheet:import_columns": {},
    "submission callsheet:import_columns_modal": {"fields": {"kind": "participants", "column_0": "email"}},
}
"""What may be done with a file that was dropped and looked at."""


def dropped(name: str = "people.csv") -> DroppedFile:
    return DroppedFile(f"F{name}", name, "https://files.slack.com/x", 10, "D1", "1.0")


@pytest.mark.parametrize("role", Role)
def test_a_dropped_file_of_somebody_without_studies_is_refused_at_once(ground: Ground, role: Role) -> None:
    actor = ground.world.people[role]
    refusal = dropped_files.refused(actor, dropped())
    assert (refusal is None) is actor.may(Permission.MANAGE_INTERVIEWS, own_study=True)


@pytest.mark.parametrize("name", PENDING)
def test_a_dropped_file_is_for_who_dropped_it_alone(ground: Ground, name: str) -> None:
    """Not even an Admin decides about another's: what would come in would come in as theirs."""
    for owner in Role:
        for role in Role:
            came = decided(ground, name, owner, role, PENDING[name])
            assert came is (role is owner), f"{role.label}, {owner.label}'s file"


def decided(ground: Ground, name: str, owner: Role, role: Role, row: Mapping[str, Any]) -> bool:
    """Whether somebody got to do it to a file that the owner has dropped. It is taken back."""
    world, listener = ground.world, LISTENERS[name]
    try:
        with world.database.unit_of_work() as session:
            pending_imports.take(session, world.people[owner], dropped(), world.now)
            pending = session.scalars(sa.select(PendingImport)).one()
            metadata = json.dumps({"pending_id": pending.id, "round": 0})
            given = {"value": f"{pending.id}:0", "metadata": metadata, "channel_id": "D1", "fields": {}, **row}
            available = {"session": session, "actor": world.people[role], "now": world.now, **given}
            try:
                listener.body(**arguments_for(listener, available))
                came = True
            except NotFound:
                came = False
            raise Back
    except Back:
        return came


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_a_file_that_comes_with_an_invitation_goes_into_studies_that_may_be_managed(
    ground: Ground, role: Role, where: Where
) -> None:
    actor, site = ground.world.people[role], ground.sites[role, where]
    data = f"email,name\ninv.{role}.{where.name}@example.com,Somebody New\n".encode()
    try:
        report = import_into_study(ground.world.database, actor, data, site.study_id, ground.world.now)
        came_in = not report.problems
    except (NotAllowed, NotFound):
        came_in = False
    assert came_in is promised(Permission.MANAGE_INTERVIEWS, role, where)


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_what_a_file_would_change_is_told_to_those_who_may_know_it(ground: Ground, role: Role, where: Where) -> None:
    """Somebody's name is not learnt by dropping a file with their address."""
    actor, site = ground.world.people[role], ground.sites[role, where]
    data = f"email,name,phone,study\n{site.email},Another Name,+49 30 99,{site.key}\n".encode()
    found = preview_data(ground.world.database, actor, data, None, {}, ground.world.now)
    told = " ".join((found.summary, *found.remarks, *found.problems, *map(str, found.changes)))
    assert ("+49 30 1" in told or SECRET in told) is promised(Permission.SEE_CONTACT_DETAILS, role, where)


@pytest.mark.parametrize(("role", "where"), CELLS)
def test_an_export_is_made_for_who_may_have_it_when_it_is_handed_over(ground: Ground, role: Role, where: Where) -> None:
    """Whoever asked as an Admin and is none any more gets what they may have now."""
    world, site = ground.world, ground.sites[role, where]
    of_a_study = {"study": site.key, "format": "csv"}
    wanted = {
        "person": ({"participant_id": site.names["person"], "format": "csv"}, Permission.EXPORT_PEOPLE),
        **dict.fromkeys(("participants", "interviews", "timeline"), (of_a_study, Permission.MANAGE_INTERVIEWS)),
    }
    for kind, (about, needed) in wanted.items():
        with world.database.reading() as session:
            try:
                made = exports.make(session, world.people[role], {"export": kind, **about}, world.now)
            except (NotAllowed, NotFound):
                made = None
        assert (made is not None) is promised(needed, role, where), kind
