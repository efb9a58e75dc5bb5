"""Setting up how participants book a study's sessions: begun, written step by step, looked at, and saved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.services import members as member_services
from bot.services import slots
from domain import setup_checks
from domain import setup_form as forms
from domain.editing import Location
from domain.errors import NotFound, RuleError, Stale
from domain.interview import InterviewStatus
from domain.roles import Actor, Permission
from domain.scheduling import Assignment, Setup, range_span
from domain.setup_form import Ground, Mailing, People, Review, Saved, SetupForm, Source, Step, Writing
from domain.study import StudyLine, StudyType
from domain.week import listed, why_empty
from storage import calendars, members, setup_drafts, studies
from storage import scheduling as stored
from storage.models import Interview, Member, SchedulingSetup, SetupDraft, Study

SHOWN = 8
"""How many of the next times the review shows."""
OFFERED = 20
TEMPLATE, STUDY = "template", "study"

LEFT = (
    "{} has left the workspace: their times are never offered.",
    "{} have left the workspace: their times are never offered.",
)
OUTSIDE = ("{} is not in the study’s team.", "{} are not in the study’s team.")
WITHOUT_CALENDAR = (
    "{} has no calendar connected: only booked sessions take their time.",
    "{} have no calendar connected: only booked sessions take their time.",
)
UNREAD = (
    "{}’s calendar can’t be read: their times are not offered until it can.",
    "The calendars of {} can’t be read: their times are not offered until they can.",
)
"""What should be known of one host, and of several."""


@dataclass(frozen=True, slots=True)
class Open:
    """A draft that is being written, its study, and the form in it."""

    draft: SetupDraft
    study: Study
    line: StudyLine
    form: SetupForm

    def ground(self, now: datetime) -> Ground:
        return Ground(now, self.study.type is StudyType.GROUP_INTERVIEW)


def begin(session: Session, actor: Actor, wanted: int | str, now: datetime) -> Writing:
    """Begin to write the setup of a study, by id or key: filled in with what holds now.

    Raises NotFound, NotAllowed, and RuleError for a study without sessions.
    """
    line = to_schedule(session, actor, wanted)
    study = session.get_one(Study, line.id)
    document: dict[str, Any] = {
        "form": present_form(session, study).document(),
        "seen": last_saved(session, study.id)[1],
        "filled": 0,
        "source": "",
        "template": 0,
    }
    draft = setup_drafts.begin(session, actor, study.id, document, now)
    return written(session, Open(draft, study, line, SetupForm.from_document(document["form"])), now)


def to_schedule(session: Session, actor: Actor, wanted: int | str) -> StudyLine:
    """The study, if the actor may edit it and it has sessions."""
    line = studies.by_id(session, actor, wanted) if isinstance(wanted, int) else studies.by_key(session, actor, wanted)
    if line is None:
        raise NotFound("There is no such study that you can see.", "study")
    actor.require(Permission.EDIT_STUDY, own_study=line.is_own)
    if not line.type.has_interviews:
        raise RuleError(f"{line.key} is a study of type {line.type.label}: it has no sessions to schedule.")
    return line


def opened(session: Session, actor: Actor, draft_id: int) -> Open:
    """The draft as it was left. Raises NotFound when it is gone, and what `to_schedule` raises."""
    draft = setup_drafts.find(session, actor, draft_id)
    line = to_schedule(session, actor, draft.study_id)
    study = session.get_one(Study, line.id)
    return Open(draft, study, line, SetupForm.from_document(draft.document["form"]))


def take(
    session: Session, actor: Actor, draft_id: int, inputs: Mapping[str, Any], now: datetime
) -> tuple[Writing, Ground]:
    """Keep what stands in the inputs of a step, right or wrong. With it, what it is checked against."""
    found = opened(session, actor, draft_id)
    kept = keep(session, replace(found, form=found.form.with_inputs(inputs)), now)
    return written(session, kept, now), kept.ground(now)


def keep(session: Session, found: Open, now: datetime, **values: Any) -> Open:
    found.draft.document = {**found.draft.document, "form": found.form.document(), **values}
    found.draft.updated_at = now
    session.flush()
    return found


def written(session: Session, found: Open, now: datetime) -> Writing:
    """The draft as a step shows it."""
    return Writing(
        draft_id=found.draft.id,
        line=found.line,
        external_name=found.study.external_name,
        form=found.form,
        filled=found.draft.document["filled"],
        source=found.draft.document["source"],
        is_template=bool(found.draft.document["template"]),
        concerns=concerns(session, found.study, found.form.hosts, now),
    )


def concerns(session: Session, study: Study, slack_user_ids: Sequence[str], now: datetime) -> tuple[str, ...]:
    """What should be known of the hosts, in sentences of mrkdwn: it bars nothing."""
    known = members.members_by_slack_ids(session, study.workspace_id, slack_user_ids)
    in_team = members.of_team(session, study.team_id)
    feeds = calendars.feeds(session, [member.id for member in known.values()])
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for slack_user_id in slack_user_ids:
        member, name = known.get(slack_user_id), f"<@{slack_user_id}>"
        if member is not None and not member.is_active:
            found[LEFT].append(name)
            continue
        if member is None or member.id not in in_team:
            found[OUTSIDE].append(name)
        if member is None or member.id not in feeds:
            found[WITHOUT_CALENDAR].append(name)
        elif stored.problem_of(member, feeds[member.id], now) is not None:
            found[UNREAD].append(name)
    return tuple(forms[len(names) > 1].format(listed(names)) for forms, names in found.items())


def sources(session: Session, actor: Actor, draft_id: int, typed: str) -> list[Source]:
    """The templates of the study's team, then the studies that the actor sees, called as was typed."""
    found = opened(session, actor, draft_id)
    word = typed.strip().casefold()
    templates = [
        Source(f"{TEMPLATE}:{id_}", f"Template · {name}")
        for id_, name in stored.templates(session, found.study.team_id)
        if word in name.casefold()
    ]
    lines, _ = studies.listing(session, actor, prefix=typed.strip(), size=OFFERED)
    others = [
        Source(f"{STUDY}:{line.id}", f"{line.key} · {line.name}")
        for line in lines
        if line.type.has_interviews and line.id != found.study.id
    ]
    return [*templates[:OFFERED], *others]


def fill(session: Session, actor: Actor, draft_id: int, source: str, now: datetime) -> Writing:
    """Fill the draft in from a template of the team, or like another study. Raises NotFound when that is gone."""
    found = opened(session, actor, draft_id)
    kind, _, id_ = source.partition(":")
    if kind == TEMPLATE:
        setup = stored.template(session, found.study.team_id, int(id_))
        label = next(name for each, name in stored.templates(session, found.study.team_id) if each == int(id_))
        form = form_from(session, setup, found.study)
        present = found.form
        form = replace(
            form,
            location=present.location,
            link=present.link,
            passcode=present.passcode,
            sender_name=present.sender_name,
            reply_to=present.reply_to,
        )
    else:
        line = studies.by_id(session, actor, int(id_))
        if line is None or not line.type.has_interviews:
            raise NotFound("There is no such study that you can see.")
        other, label = session.get_one(Study, line.id), line.key
        setup = stored.setup_of(session, other)
        form = form_from(session, setup, other)
    filled = replace(found, form=fitted(form, found))
    number = found.draft.document["filled"] + 1
    template = int(id_) if kind == TEMPLATE else 0
    return written(session, keep(session, filled, now, filled=number, source=label, template=template), now)


def forget_template(session: Session, actor: Actor, draft_id: int, now: datetime) -> Writing:
    """Forget the template that the draft was filled in from; what is filled in stays. Raises NotFound if it is gone."""
    found = opened(session, actor, draft_id)
    stored.delete_template(session, found.study.team_id, found.draft.document["template"])
    return written(session, keep(session, found, now, source="", template=0), now)


def fitted(form: SetupForm, found: Open) -> SetupForm:
    """A form that came from elsewhere, as it fits the study's type; what it does not say stays."""
    is_group = found.study.type is StudyType.GROUP_INTERVIEW
    hosts = form.hosts or found.form.hosts
    assignment = form.assignment
    if is_group:
        assignment = Assignment.GROUP.value
    elif assignment == Assignment.GROUP:
        assignment = (Assignment.ONE_TO_ONE if len(hosts) == 1 else Assignment.COLLECTIVE).value
    seats = (form.seats or found.form.seats) if is_group else ""
    return replace(form, hosts=hosts, assignment=assignment, seats=seats)


def present_form(session: Session, study: Study) -> SetupForm:
    """The form of what holds for a study now."""
    return form_from(session, stored.setup_of(session, study), study)


def form_from(session: Session, setup: Setup, study: Study) -> SetupForm:
    """The form of a setup, with what a study itself says: where it is held, and who its mails come from."""
    rows = members.by_ids(session, {*setup.host_ids, *setup.guest_ids})
    hosts, guests = (
        tuple(rows[id_].slack_user_id for id_ in ids if id_ in rows) for ids in (setup.host_ids, setup.guest_ids)
    )
    location = Location(study.location, study.location_text, study.location_passcode)
    return forms.form_of(setup, People(hosts, guests), location, Mailing(study.sender_name, study.reply_to))


def review(session: Session, actor: Actor, draft_id: int, now: datetime) -> Review:
    """The draft before it is saved. Raises RuleError about the input that is wrong, whichever step it is in."""
    found = opened(session, actor, draft_id)
    setup = setup_in(session, actor, found, now)
    starts, why_none = coming(session, found.study, setup, now)
    return Review(
        writing=written(session, found, now),
        setup=setup,
        time_zone=actor.time_zone,
        starts=starts,
        why_none=why_none,
        booked=booked_ahead(session, found.study.id, now),
        changes_length=setup.length != timedelta(minutes=found.study.duration_minutes),
    )


def setup_in(session: Session, actor: Actor, found: Open, now: datetime) -> Setup:
    """The setup that the draft makes; people who were not known become members. Raises RuleError."""
    ground = found.ground(now)
    for step in Step:
        for field, message in setup_checks.errors_in(found.form, step, ground).items():
            raise RuleError(message, field)
    hosts = member_services.known(session, actor, found.form.hosts, now)
    guests = member_services.known(session, actor, found.form.guests, now)
    if not hosts:
        raise RuleError("Choose who hosts the sessions.", "hosts")
    return setup_checks.setup_of(found.form, ground, ids_of(hosts), ids_of(guests))


def ids_of(people: Sequence[Member]) -> tuple[int, ...]:
    return tuple(person.id for person in people)


def coming(session: Session, study: Study, setup: Setup, now: datetime) -> tuple[tuple[datetime, ...], str]:
    """The next times that a participant would see by a setup; when there are none, a sentence that says why."""
    found = slots.preview(session, study, setup, now, SHOWN)
    if found:
        return tuple(slot.starts_at for slot in found), ""
    span = range_span(setup, now)
    hosts = stored.host_times(session, setup, span, now) if span else ()
    return (), why_empty(setup, hosts, now)


def booked_ahead(session: Session, study_id: int, now: datetime) -> int:
    """How many sessions of the study are ahead: they stay as they were booked."""
    statement = sa.select(sa.func.count()).where(
        Interview.study_id == study_id, Interview.status == InterviewStatus.UPCOMING, Interview.starts_at > now
    )
    return session.scalars(statement).one()


def last_saved(session: Session, study_id: int) -> tuple[str, str]:
    """Who saved the study's setup last, and when (ISO); "" both where nobody has."""
    row = session.execute(
        sa.select(SchedulingSetup.updated_by, SchedulingSetup.updated_at).where(SchedulingSetup.study_id == study_id)
    ).first()
    return (row.updated_by, row.updated_at.isoformat()) if row else ("", "")


def save(session: Session, actor: Actor, draft_id: int, template: str, now: datetime) -> Saved:
    """Let the study be scheduled as the draft says, and keep it as a template if that has a name.

    What is booked stays as it is. Raises Stale when somebody else has saved another since the draft was begun, and
    RuleError about the input that is wrong.
    """
    found = opened(session, actor, draft_id)
    study = studies.lock(session, actor.workspace_id, found.study.id)
    who, when = last_saved(session, study.id)
    if when != found.draft.document["seen"]:
        others = "you saved" if who == actor.name else f"{who} was faster and saved"
        raise Stale(
            f"Nothing is saved: {others} other scheduling settings for {study.key} after you opened this. "
            "Close it and open it again to see them."
        )
    setup = setup_in(session, actor, found, now)
    starts, why_none = coming(session, study, setup, now)
    changes_length = setup.length != timedelta(minutes=study.duration_minutes)
    stored.store_setup(session, study, setup, actor.name, now)
    hold(study, setup_checks.location_in(found.form), setup_checks.mailing_in(found.form))
    if template.strip():
        stored.store_template(session, study.team_id, checked_name(template), setup, actor.name, now)
    session.delete(found.draft)
    session.flush()
    return Saved(
        key=study.key,
        next_start=starts[0] if starts else None,
        why_none=why_none,
        kept=booked_ahead(session, study.id, now) if changes_length else 0,
        template=" ".join(template.split()),
    )


def checked_name(template: str) -> str:
    name = " ".join(template.split())
    if len(name) > setup_checks.LONGEST_TEMPLATE_NAME:
        raise RuleError(f"At most {setup_checks.LONGEST_TEMPLATE_NAME} characters, please.", "template")
    return name


def hold(study: Study, location: Location, mailing: Mailing) -> None:
    """Let the study say where its sessions are held, and who mails about them come from."""
    study.location, study.location_text, study.location_passcode = location.kind, location.link, location.passcode
    study.sender_name, study.reply_to = mailing.sender_name, mailing.reply_to
