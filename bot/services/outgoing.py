"""What a use case asks to have sent. Everything is written to the outbox, in the transaction that caused it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.alert import AlertKind
from domain.roles import Actor
from storage import outbox, timeline
from storage.interviews import CARD, members_concerned
from storage.models import Interview, Projection, Study, Team, TimelineEntry
from storage.outbox import Lane, Outgoing, Projected


class Kind(StrEnum):
    """The kinds of outbox rows; each has a handler under `bot/deliveries`."""

    CARD = CARD
    HOME = "slack_home"
    DIGEST_UPDATE = "slack_digest_update"
    STUDY = "slack_study"
    REVIEW = "slack_review"
    BLOCKLIST = "slack_blocklist"
    REVIEW_NOTE = "slack_review_note"
    CALENDAR = "calendar_event"
    ALERT = "slack_alert"
    QUESTION = "slack_question"
    THREAD = "slack_thread"
    DIGEST = "slack_digest"
    NOTICE = "slack_notice"
    WHISPER = "slack_whisper"
    MEMBER = "slack_member"
    MEMBERS = "slack_members"
    MAIL = "mail"
    ENROLMENT_MAIL = "mail_enrolment"
    SAMPLE_MAIL = "mail_sample"
    IMPORT_PREVIEW = "slack_import_preview"
    IMPORT = "slack_import"
    IMPORT_REPORT = "slack_import_report"
    FILE = "slack_file"


TOLD_TOGETHER = timedelta(minutes=1)
"""For how long a post in a card's thread takes in what happens next."""


def channel_lane(channel_id: str) -> Lane:
    return Lane(f"slack:{channel_id}")


def channel_of(session: Session, interview: Interview) -> str:
    """The channel in which the interview's card stands: its study's, else its team's."""
    return channels_of(session, {interview.study_id})[interview.study_id]


def channels_of(session: Session, study_ids: Collection[int]) -> dict[int, str]:
    """The channel in which the cards of each study stand: its own, else its team's."""
    found = session.execute(
        sa.select(Study.id, sa.func.coalesce(Study.channel_id, Team.channel_id))
        .join(Team, Team.id == Study.team_id)
        .where(Study.id.in_(study_ids))
    )
    return {row[0]: row[1] for row in found}


def show(session: Session, interview: Interview, now: datetime, also: Collection[int] = ()) -> None:
    """Bring everything that shows the interview up to date: its card, the question whether it has started, and the App
    Homes of those whom it concerns; `also` are the ids of members whom it concerned until now.
    """
    show_all(session, [interview], now, also)


def show_all(session: Session, interviews: Sequence[Interview], now: datetime, also: Collection[int] = ()) -> None:
    """As `show`, for interviews of one workspace by as many statements as one takes.

    Once in a transaction: App Homes are shared, so that two who locked them in several turns would wait for each other.
    """
    if not interviews:
        return
    channels = channels_of(session, {interview.study_id for interview in interviews})
    cards = [
        Projected(Kind.CARD, str(interview.id), channel_lane(channels[interview.study_id])) for interview in interviews
    ]
    workspace_id = interviews[0].workspace_id
    concerned = members_concerned(session, {interview.id for interview in interviews})
    homes = opened_homes(session, workspace_id, concerned | set(also))
    asked, shown_studies = shown_with(session, interviews)
    questions = [
        Projected(Kind.QUESTION, str(interview.id), channel_lane(channels[interview.study_id]))
        for interview in interviews
        if str(interview.id) in asked
    ]
    studies = [
        Projected(Kind.STUDY, str(study_id), channel_lane(channel_id))
        for study_id, channel_id in channels.items()
        if str(study_id) in shown_studies
    ]
    outbox.project_all(session, workspace_id, [*cards, *homes, *questions, *studies], now)


def shown_with(session: Session, interviews: Sequence[Interview]) -> tuple[set[str], set[str]]:
    """The interviews of which it is asked whether they have started, and the studies that have a card of their own."""
    asked = [str(interview.id) for interview in interviews]
    of_studies = {str(interview.study_id) for interview in interviews}
    found = session.execute(
        sa.select(Projection.kind, Projection.subject).where(
            Projection.workspace_id == interviews[0].workspace_id,
            sa.or_(
                sa.and_(Projection.kind == Kind.QUESTION, Projection.subject.in_(asked)),
                sa.and_(Projection.kind == Kind.STUDY, Projection.subject.in_(of_studies)),
            ),
        )
    )
    rows = [tuple(row) for row in found]
    return (
        {subject for kind, subject in rows if kind == Kind.QUESTION},
        {subject for kind, subject in rows if kind == Kind.STUDY},
    )


def post_study(session: Session, study: Study, now: datetime) -> None:
    """Bring the study's card up to date in its channel; it is posted there if there is none yet."""
    channel_id = channels_of(session, {study.id})[study.id]
    lane = channel_lane(channel_id)
    outbox.project(session, Kind.STUDY, str(study.id), workspace_id=study.workspace_id, lane=lane, now=now)


def show_study(session: Session, workspace_id: int, study_id: int, now: datetime) -> None:
    """Bring the study's card up to date where it has one: what it counts has changed, or its status or limit."""
    if shown_already(session, workspace_id, Kind.STUDY, [study_id]):
        post_study(session, session.get_one(Study, study_id), now)


def show_studies(session: Session, workspace_id: int, study_ids: Collection[int], now: datetime) -> None:
    """As `show_study`, for several by as many statements."""
    shown = {int(subject) for subject in shown_already(session, workspace_id, Kind.STUDY, study_ids)}
    if shown:
        cards = [
            Projected(Kind.STUDY, str(study_id), channel_lane(channel_id))
            for study_id, channel_id in channels_of(session, shown).items()
        ]
        outbox.project_all(session, workspace_id, cards, now)


def show_homes_of(session: Session, workspace_id: int, member_ids: Collection[int], now: datetime) -> None:
    """Draw the App Homes again of those members who have opened theirs."""
    outbox.project_all(session, workspace_id, opened_homes(session, workspace_id, member_ids), now)


def opened_homes(session: Session, workspace_id: int, member_ids: Collection[int]) -> list[Projected]:
    """The App Homes of those members who have opened theirs."""
    opened = shown_already(session, workspace_id, Kind.HOME, member_ids)
    return [Projected(Kind.HOME, subject, Lane(f"home:{subject}")) for subject in opened]


def shown_already(session: Session, workspace_id: int, kind: Kind, ids: Collection[int]) -> Sequence[str]:
    """Those of the subjects that are shown somewhere."""
    return session.scalars(
        sa.select(Projection.subject).where(
            Projection.workspace_id == workspace_id,
            Projection.kind == kind,
            Projection.subject.in_([str(id_) for id_ in ids]),
        )
    ).all()


def show_question(session: Session, workspace_id: int, interview_id: int, channel_id: str, now: datetime) -> None:
    """Draw the start-time check again that was asked about the interview."""
    lane = channel_lane(channel_id)
    outbox.project(session, Kind.QUESTION, str(interview_id), workspace_id=workspace_id, lane=lane, now=now)


def show_home(session: Session, workspace_id: int, member_id: int, now: datetime) -> None:
    """Draw a member's App Home."""
    lane = Lane(f"home:{member_id}")
    outbox.project(session, Kind.HOME, str(member_id), workspace_id=workspace_id, lane=lane, now=now)


def show_digest(session: Session, workspace_id: int, digest_key: str, channel_id: str, now: datetime) -> None:
    """Draw a digest again that has been posted."""
    lane = channel_lane(channel_id)
    outbox.project(session, Kind.DIGEST_UPDATE, digest_key, workspace_id=workspace_id, lane=lane, now=now)


def sync_calendar(session: Session, interview: Interview, now: datetime) -> None:
    """Bring the calendar event up to date, if a calendar holds it."""
    sync_calendars(session, [interview], now)


def sync_calendars(session: Session, interviews: Sequence[Interview], now: datetime) -> None:
    """As `sync_calendar`, for interviews of one workspace by one statement."""
    events = [
        Projected(Kind.CALENDAR, str(interview.id), Lane(f"calendar:{interview.organizer_id}"))
        for interview in interviews
        if interview.organizer_id is not None
    ]
    if events:
        outbox.project_all(session, interviews[0].workspace_id, events, now)


def thread(session: Session, interview: Interview, entry: TimelineEntry, now: datetime) -> None:
    """Tell a timeline entry in the thread of the interview's card.

    What happens within a minute stands in one post: the first entry makes it, the others are added to it.
    """
    session.flush()
    threads(session, [(interview, entry)], now)


def threads(session: Session, entries: Sequence[tuple[Interview, TimelineEntry]], now: datetime) -> None:
    """As `thread`, for entries that are stored, of interviews of one workspace, by as many statements as one takes."""
    if not entries:
        return
    channels = channels_of(session, {interview.study_id for interview, _ in entries})
    posts = timeline.open_posts(session, {interview.id for interview, _ in entries}, now - TOLD_TOGETHER)
    told = {entry.id: posts.setdefault(interview.id, entry.id) for interview, entry in entries}
    timeline.tell_in(session, told)
    wanted = [
        Projected(Kind.THREAD, str(told[entry.id]), channel_lane(channels[interview.study_id]))
        for interview, entry in entries
    ]
    outbox.project_all(session, entries[0][0].workspace_id, wanted, now)


def alert(session: Session, interview: Interview, kind: AlertKind, now: datetime, *, once: str, **details: Any) -> None:
    """Alert the team's channel. `once` makes it single among the alerts of that kind for the interview."""
    channel_id = session.scalars(sa.select(Team.channel_id).where(Team.id == interview.team_id)).one()
    item = Outgoing(
        kind=Kind.ALERT,
        dedupe_key=f"alert:{interview.id}:{kind}:{once}",
        lane=channel_lane(channel_id),
        subject=str(interview.id),
        payload={"alert": kind.value, "channel": channel_id, **details},
    )
    outbox.send(session, interview.workspace_id, now, item)


def notice(session: Session, workspace_id: int, slack_user_id: str, text: str, now: datetime, *, once: str) -> None:
    """Tell one member something in a direct message. `text` is mrkdwn, escaped already."""
    item = Outgoing(
        kind=Kind.NOTICE,
        dedupe_key=f"notice:{slack_user_id}:{once}",
        lane=channel_lane(slack_user_id),
        payload={"channel": slack_user_id, "text": text},
    )
    outbox.send(session, workspace_id, now, item)


@dataclass(frozen=True, slots=True)
class Whisper:
    """What one member alone is to see. `text` is mrkdwn, escaped already, and stands for `blocks` if there are any.

    `channel_id` is where they are, "" for a direct message; `key` makes it single.
    """

    channel_id: str
    text: str
    key: str
    blocks: Sequence[Mapping[str, Any]] = ()


def whisper(session: Session, actor: Actor, said: Whisper, now: datetime) -> None:
    """Tell the actor something that only they see: in the channel where they are, else in a direct message."""
    item = Outgoing(
        kind=Kind.WHISPER,
        dedupe_key=f"whisper:{said.key}",
        lane=channel_lane(actor.slack_user_id),
        payload={
            "channel": said.channel_id,
            "user": actor.slack_user_id,
            "text": said.text,
            "blocks": list(said.blocks),
        },
    )
    outbox.send(session, actor.workspace_id, now, item)


def refresh_member(session: Session, workspace_id: int, slack_user_id: str, now: datetime) -> None:
    """Read a member's name, address and zone from Slack."""
    lane = Lane(f"member:{slack_user_id}")
    outbox.project(session, Kind.MEMBER, slack_user_id, workspace_id=workspace_id, lane=lane, now=now)


def refresh_members(session: Session, workspace_id: int, slack_team_id: str, now: datetime) -> None:
    """Read the names, addresses and zones of all members from Slack."""
    lane = Lane(f"members:{slack_team_id}")
    outbox.project(session, Kind.MEMBERS, slack_team_id, workspace_id=workspace_id, lane=lane, now=now)


def show_again(session: Session, workspace_id: int, shown: tuple[str, str], channel_id: str, now: datetime) -> None:
    """Draw whatever a message shows (kind and subject) once more."""
    kind, subject = shown
    lane = channel_lane(channel_id)
    outbox.project(session, kind, subject, workspace_id=workspace_id, lane=lane, now=now)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a channel is told, in mrkdwn that is escaped already. `once` makes it single in the channel."""

    channel_id: str
    text: str
    once: str


def announce(session: Session, workspace_id: int, channel_id: str, text: str, now: datetime, *, once: str) -> None:
    """Tell a channel something. `text` is mrkdwn, escaped already."""
    announce_all(session, workspace_id, [Announcement(channel_id, text, once)], now)


def announce_all(session: Session, workspace_id: int, announcements: Sequence[Announcement], now: datetime) -> None:
    """As `announce`, for several by one statement."""
    items = [
        Outgoing(
            kind=Kind.NOTICE,
            dedupe_key=f"notice:{each.channel_id}:{each.once}",
            lane=channel_lane(each.channel_id),
            payload={"channel": each.channel_id, "text": each.text},
        )
        for each in announcements
    ]
    outbox.send(session, workspace_id, now, *items)
