"""The schedule as it is read: days, lists, details, App Home; and times that are tried before they are booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.services import availability, booking, history, links, moves
from bot.services.booking import Booking, Preview
from bot.services.interviews import check
from bot.services.moves import Move, Planned
from domain.errors import NotFound, RuleError
from domain.home import HomeModel
from domain.interview import InterviewAction, InterviewDetails, InterviewStatus, Seat
from domain.person import Person, email_address
from domain.roles import Actor, Permission
from domain.schedule import Agenda, Cursor, Draft, Filter, Page, Proposal, Seen, seen
from domain.study import StudyLine, StudyStatus
from domain.times import Span, local_day, today
from storage import interviews, members, participants, projections, studies
from storage import schedule as stored
from storage.models import Attendee

SHOWN = 20
"""How many interviews a day's or week's answer shows before it refers to the list."""
PAGE = 10
TIMELINE_PAGE = 8
UNSETTLED_FOR = timedelta(days=30)
"""How far back App Home looks for sessions whose outcome nobody has said."""
AHEAD = timedelta(days=60)
AT_HOME = 10
OFFERED = 20
"""How many choices a menu offers for what was typed."""
OPEN_STUDIES = (StudyStatus.DRAFT, StudyStatus.ACTIVE, StudyStatus.PAUSED)


def agenda(session: Session, actor: Actor, span: Span, *, mine: bool) -> Agenda:
    """The interviews that the actor sees within the span. One more statement counts them when there are too many."""
    found = stored.between(session, actor, span, SHOWN + 1, mine=mine)
    if len(found) <= SHOWN:
        return Agenda(tuple(found), 0)
    return Agenda(tuple(found[:SHOWN]), stored.count_between(session, actor, span, mine=mine) - SHOWN)


def aloud(session: Session, found: Agenda, channel_id: str) -> Agenda:
    """What of an agenda a channel may hear: the sessions of its own study, or of the team that is at home there."""
    return found.for_channel(studies.told_in(session, channel_id, {each.line.study_id for each in found.interviews}))


def check_aloud(session: Session, study_id: int, called: str, channel_id: str) -> None:
    """Raise RuleError unless the channel may hear of the study: it is the study's own, or the home of its team."""
    if study_id not in studies.told_in(session, channel_id, {study_id}):
        raise RuleError(f"{called} is shown aloud in its study's channel and its team's only. Leave “here” out.")


def days(actor: Actor, now: datetime, offset: int, number: int) -> tuple[date, Span]:
    """`number` days of the actor's own calendar, from `offset` days after their today: the first, and the stretch."""
    first = today(now, actor.time_zone) + timedelta(days=offset)
    return first, local_day(first, actor.time_zone, number)


def listing(session: Session, actor: Actor, wanted: Filter, cursor: Cursor | None) -> Page:
    """A page of the interviews that the actor sees and that the filter lets through."""
    return stored.listing(session, actor, wanted, cursor, PAGE)


def details(session: Session, actor: Actor, wanted: int | str, older_than: int | None = None) -> InterviewDetails:
    """Everything about an interview, by id or reference. Raises NotFound."""
    return interviews.details(session, actor, wanted, older_than, TIMELINE_PAGE)


def find(session: Session, actor: Actor, wanted: int | str) -> Seen:
    """One interview with the actor's rights, by id or reference. Raises NotFound."""
    line, is_own = interviews.find(session, actor, wanted)
    return seen(line, actor, own_study=is_own)


def called(session: Session, actor: Actor, typed: str) -> int:
    """The id of the interview that was typed as `CHK-7`. Raises RuleError when nothing was, and NotFound."""
    reference, _, rest = typed.strip().partition(" ")
    if not reference or rest:
        raise RuleError("Which interview? Write its reference, such as CHK-7.")
    return find(session, actor, reference).line.id


def to_manage(session: Session, actor: Actor, wanted: int | str, action: InterviewAction) -> Seen:
    """One interview that the actor is about to change. Raises NotFound, NotAllowed, or Stale by its status."""
    line, is_own = interviews.find(session, actor, wanted)
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=is_own)
    check(session, actor, action, line, line.study_type)
    return seen(line, actor, own_study=is_own)


def home(session: Session, actor: Actor, now: datetime) -> HomeModel:
    """What the actor's App Home shows: four statements, however much there is."""
    day = local_day(today(now, actor.time_zone), actor.time_zone)
    found = stored.at_home(
        session, actor, Span(day.start - UNSETTLED_FOR, day.start), Span(day.start, day.start + AHEAD), AT_HOME
    )
    own, _ = studies.listing(session, actor, statuses=OPEN_STUDIES, own_only=True, size=AT_HOME)
    upcoming = [each for each in found if each.line.status is InterviewStatus.UPCOMING]
    may_book = actor.may(Permission.MANAGE_INTERVIEWS, own_study=True)
    return HomeModel(
        now=now,
        time_zone=actor.time_zone,
        today=tuple(each for each in found if day.start <= each.line.starts_at < day.end),
        coming=tuple(each for each in upcoming if each.line.starts_at >= day.end),
        waiting=tuple(each for each in found if each.line.problems(now)),
        studies=tuple(own),
        may_book=may_book,
        may_create_study=actor.may(Permission.CREATE_STUDY),
        availability=availability.own(session, actor, now) if may_book else None,
    )


def study(session: Session, actor: Actor, key: str) -> StudyLine:
    """The study that the actor calls `CHK`. Raises NotFound."""
    return studies.by_key(session, actor, key)


def bookable_studies(session: Session, actor: Actor, typed: str) -> list[StudyLine]:
    """The open studies with interviews that the actor may book in, whose key or name begins with what was typed."""
    if not actor.may(Permission.MANAGE_INTERVIEWS, own_study=True):
        return []
    found, _ = studies.listing(
        session,
        actor,
        statuses=OPEN_STUDIES,
        own_only=not actor.may(Permission.MANAGE_INTERVIEWS),
        prefix=typed.strip(),
        size=OFFERED,
    )
    return [line for line in found if line.type.has_interviews]


def bookable_study(session: Session, actor: Actor, study_id: int) -> StudyLine | None:
    """The study, None unless it is open, has interviews, and the actor may book in it."""
    found = studies.by_id(session, actor, study_id)
    if found is None or found.status not in OPEN_STUDIES or not found.type.has_interviews:
        return None
    return found if actor.may(Permission.MANAGE_INTERVIEWS, own_study=found.is_own) else None


def people(session: Session, actor: Actor, typed: str) -> list[Person]:
    """The participants that the actor may see contact details of, by name, address or alias."""
    if not actor.may(Permission.SEE_CONTACT_DETAILS, own_study=True):
        return []
    found = stored.find_people(session, actor, typed, OFFERED)
    return [Person(each.id, each.number, each.name, each.email) for each in found]


def address_of(session: Session, actor: Actor, typed: str) -> str:
    """The address of a participant called by address or by alias, such as `P17`. Raises RuleError or NotFound."""
    if "@" in typed:
        return email_address(typed)
    called = typed.strip().upper()
    for person in people(session, actor, called):
        if person.alias == called and person.email:
            return person.email
    raise NotFound(f"There is no participant {called[:20]} in your studies. Give their e-mail address.", "participant")


def host_ids(session: Session, actor: Actor, slack_user_ids: Sequence[str]) -> tuple[int, ...]:
    """The members that Slack users are. Raises NotFound for one who never used Callsheet."""
    found = []
    for slack_user_id in slack_user_ids:
        member = members.member_by_slack_id(session, actor.workspace_id, slack_user_id)
        if member is None or not member.is_active:
            raise NotFound("Callsheet does not know that host yet. Ask them to type /callsheet once.", "host")
        found.append(member.id)
    return tuple(dict.fromkeys(found))


def propose(session: Session, actor: Actor, wanted: Booking, notes: tuple[str, ...], now: datetime) -> Proposal:
    """What booking would do, or logging when the time has passed, to be shown back.

    Raises RuleError for what can't be booked or logged, or by this person.
    """
    if wanted.starts_at > now:
        return proposal_of(booking.preview(session, actor, wanted, now), actor, notes)
    return replace(proposal_of(history.preview_past(session, actor, wanted, now), actor, notes), is_past=True)


def proposal_of(preview: Preview, actor: Actor, notes: tuple[str, ...] = ()) -> Proposal:
    """A booking as it is shown back to whoever makes it."""
    return Proposal(
        reference=None,
        study_key=preview.study_key,
        study_name=preview.study_name,
        person_label=preview.person_label,
        person_is_new=preview.person_is_new,
        host_slack_ids=preview.host_slack_ids,
        span=preview.span,
        time_zone=actor.time_zone,
        notes=notes,
        warnings=preview.warnings,
        joins=preview.joins,
        instead=preview.instead,
    )


def propose_move(session: Session, actor: Actor, move: Move, notes: tuple[str, ...], now: datetime) -> Proposal:
    """What moving the interview would do, to be shown back. Raises RuleError for what can't be done."""
    return proposal_of_move(session, actor, moves.plan_by_hand(session, actor, move, now), notes)


def proposal_of_move(session: Session, actor: Actor, planned: Planned, notes: tuple[str, ...] = ()) -> Proposal:
    """A move as it is shown back to whoever makes it."""
    found = find(session, actor, planned.interview.id)
    line = found.line
    return Proposal(
        reference=line.reference,
        study_key=line.study_key,
        study_name=line.study_name,
        person_label=", ".join(seat.shown_as(with_name=found.with_names) for seat in line.seats),
        person_is_new=False,
        host_slack_ids=tuple(host.slack_user_id for host in line.hosts),
        span=planned.span,
        time_zone=actor.time_zone,
        notes=notes,
        warnings=planned.bypassed.warnings,
    )


def draft(session: Session, actor: Actor, wanted: Booking) -> Draft:
    """A booking that is not made yet, as the modal is filled with it."""
    chosen = bookable_study(session, actor, wanted.study_id)
    found = participants.by_email(session, actor.workspace_id, wanted.email)
    person = stored.known_person(session, actor, found.id) if found else None
    hosts = tuple(members.actor(session, member_id).slack_user_id for member_id in wanted.host_ids)
    return Draft(
        study_id=chosen.id if chosen else None,
        study_label=f"{chosen.key} · {chosen.name}" if chosen else "",
        participant_id=person.id if person else None,
        participant_label=(person.name or person.email) if person else "",
        email="" if person else wanted.email,
        name=wanted.name,
        starts_at=wanted.starts_at,
        length=wanted.length,
        host_slack_ids=hosts,
        title=wanted.title or "",
        description=wanted.description,
    )


def draft_like(session: Session, actor: Actor, interview_id: int) -> Draft:
    """A booking like an interview that was cancelled: the same study, participant, hosts and length, no time yet.

    Of several participants nobody is chosen, but all are named: some may have given up their seats long before.
    """
    found = to_manage(session, actor, interview_id, InterviewAction.BOOK_AGAIN)
    line = found.line
    names = tuple(seat.shown_as(with_name=found.with_names) for seat in line.seats)
    seat = line.seats[0] if len(line.seats) == 1 else None
    return Draft(
        study_id=line.study_id,
        study_label=f"{line.study_key} · {line.study_name}",
        participant_id=seat.participant_id if seat else None,
        participant_label=names[0] if seat else "",
        were_together=names if len(names) > 1 else (),
        length=line.length,
        host_slack_ids=tuple(host.slack_user_id for host in line.hosts),
        title=line.title,
    )


def address_chosen(session: Session, actor: Actor, participant_id: str | None, typed: str | None) -> str:
    """The address of the participant chosen in a menu, or typed for somebody new. Raises RuleError for none or both."""
    if participant_id and typed:
        raise RuleError("Choose a participant, or give the address of somebody new: not both.", "email")
    if participant_id:
        person = stored.known_person(session, actor, int(participant_id))
        if person is None:
            raise NotFound("There is no such participant in your studies. Give their e-mail address.", "participant")
        return person.email
    if not typed:
        raise RuleError("Choose a participant, or give the address of somebody new.", "participant")
    return email_address(typed)


@dataclass(frozen=True, slots=True)
class Shared:
    """An interview with a personal link for each participant, who has none where there are no pages.

    `card` is Slack's id of the workspace, and the channel and ts of the card. The links' secrets are known here and
    nowhere else.
    """

    found: Seen
    personal: tuple[tuple[Seat, str], ...]
    card: tuple[str, str, str] | None
    has_pages: bool


def share(session: Session, actor: Actor, interview_id: int, public_url: str | None, now: datetime) -> Shared:
    """Give each participant of the interview a new personal link; who lost their seat picks another time by it.

    Raises NotFound or NotAllowed.
    """
    found = to_manage(session, actor, interview_id, InterviewAction.COPY_LINK)
    card = projections.find(session, actor.workspace_id, interviews.CARD, str(interview_id))
    personal = []
    if public_url is not None:
        for seat in found.line.seats:
            token = links.issue(session, seat.attendee_id, now)
            personal.append((seat, f"{public_url.rstrip('/')}/s/{token}"))
    return Shared(
        found=found,
        personal=tuple(personal),
        card=(members.slack_team_id(session, actor.workspace_id), card.container, card.remote_id) if card else None,
        has_pages=public_url is not None,
    )


def end_links(session: Session, actor: Actor, interview_id: int, attendee_id: int, now: datetime) -> None:
    """End all links that one participant of the interview has been given. Raises NotFound or NotAllowed."""
    found = to_manage(session, actor, interview_id, InterviewAction.COPY_LINK)
    if attendee_id not in {seat.attendee_id for seat in found.line.seats}:
        raise NotFound(f"{found.line.reference} has no such seat.")
    enrolment_id = session.get_one(Attendee, attendee_id).enrolment_id
    assert enrolment_id is not None
    links.revoke_all(session, enrolment_id, now)
