"""Mails to participants about their session: confirmation, new time, cancellation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bot.deliveries.tools import Tools
from bot.integrations import ics
from bot.integrations.google_events import ical_uid
from bot.integrations.mail_templates import MailContext, MailKind, MailLinks, render_mail
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.services import links, outgoing, record
from domain.alert import AlertKind
from domain.calendar import event_id
from domain.interview import AttendeeKind, CancelReason, InterviewStatus, TimelineKind
from domain.study import LocationKind
from storage import interviews, ledger
from storage.models import Attendee, Interview, Member, Participant, Study, Team
from storage.outbox import Delivery

LEDGER = "mail"
WAITS_FOR_LINK = 4
"""How many tries a mail waits for the meeting's link to come from the calendar."""
WHAT = {
    MailKind.CONFIRMATION: "the confirmation",
    MailKind.RESCHEDULED: "the new time",
    MailKind.CANCELLATION: "the cancellation",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a mail about a seat is written from, as it is now."""

    kind: MailKind
    interview: Interview
    seat: Attendee
    person: Participant
    study: Study
    team: Team
    host: Member | None
    is_own_cancellation: bool

    @property
    def host_first_name(self) -> str:
        return self.host.name.split()[0] if self.host and self.host.name.strip() else self.team.name

    @property
    def event_id(self) -> str:
        return event_id(self.interview.workspace_id, self.interview.id, self.interview.created_at)


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Send the mail, unless the interview has changed so that it would be wrong, or no mail is set up."""
    if tools.mailer is None:
        return
    with tools.database.reading() as session:
        letter = read(session, delivery)
    if letter is None or not is_wanted(letter, delivery):
        return
    if is_waiting_for_link(letter, tools) and delivery.attempts <= WAITS_FOR_LINK:
        raise Unavailable("The meeting's link is not there yet.", went_out=False)
    mail = compose(letter, page_of(letter, tools), delivery, tools)
    try:
        tools.mailer.send(mail)
    except Refused as error:
        note_refusal(delivery, error.why, tools)
    else:
        note(delivery, tools)


def read(session: Session, delivery: Delivery) -> Letter | None:
    """What the mail is about; None when it is gone."""
    seat = session.get(Attendee, delivery.payload["attendee_id"])
    interview = session.get(Interview, int(delivery.subject))
    if seat is None or interview is None:
        return None
    hosts = [a for a in interviews.attendees(session, interview.id) if a.kind is AttendeeKind.HOST]
    person = session.get_one(Participant, seat.participant_id)
    return Letter(
        kind=MailKind(delivery.payload["mail"]),
        interview=interview,
        seat=seat,
        person=person,
        study=session.get_one(Study, interview.study_id),
        team=session.get_one(Team, interview.team_id),
        host=session.get(Member, hosts[0].member_id) if hosts else None,
        is_own_cancellation=links.is_own_cancellation(session, interview, person),
    )


def is_wanted(letter: Letter, delivery: Delivery) -> bool:
    """Whether the mail still says what is so: a later change brings a mail of its own."""
    if letter.kind is MailKind.CANCELLATION:
        return letter.interview.status is InterviewStatus.CANCELED
    is_on = InterviewStatus.UPCOMING is letter.interview.status is letter.seat.outcome
    return is_on and delivery.payload["sequence"] == letter.interview.sequence


def is_waiting_for_link(letter: Letter, tools: Tools) -> bool:
    """Whether the calendar is about to give the meeting a link that the mail should hold."""
    interview = letter.interview
    comes_from_calendar = interview.location is LocationKind.GOOGLE_MEET and interview.organizer_id is not None
    is_missing = comes_from_calendar and interview.link is None and not interview.calendar_failed
    return is_missing and tools.calendar is not None and letter.kind is not MailKind.CANCELLATION


def page_of(letter: Letter, tools: Tools) -> str | None:
    """The address of the participant's own page, made for this mail; None where there are no pages."""
    if tools.public_url is None or letter.kind is MailKind.CANCELLATION:
        return None
    with tools.database.unit_of_work() as session:
        return f"{tools.public_url}/s/{links.issue(session, letter.seat.id, tools.clock.now())}"


def compose(letter: Letter, page: str | None, delivery: Delivery, tools: Tools) -> Mail:
    """The mail as it goes out. Every try of it carries the same Message-ID."""
    interview, person = letter.interview, letter.person
    content = render_mail(
        letter.kind,
        MailContext(
            participant_name=person.name,
            participant_first_name=person.name.split()[0] if person.name.strip() else "",
            study_name=letter.study.external_name,
            title=interview.title,
            starts_at=interview.starts_at,
            ends_at=interview.ends_at,
            time_zone=person.time_zone or letter.team.time_zone,
            host_first_name=letter.host_first_name,
            team_name=letter.team.name,
            location=place(letter),
            link=interview.link,
            passcode=interview.passcode,
            links=MailLinks(confirm=page, manage=page),
            reason=told_reason(interview.cancel_reason),
            is_own_cancellation=letter.is_own_cancellation,
            reply_to=letter.host.email if letter.host else None,
        ),
    )
    domain = urlsplit(tools.public_url or "").hostname or "callsheet"
    seed = f"{letter.event_id} {delivery.dedupe_key}".encode()
    return Mail(
        message_id=f"<{hashlib.sha256(seed).hexdigest()[:32]}@{domain}>",
        to=person.email,
        to_name=person.name,
        reply_to=letter.host.email if letter.host else None,
        subject=content.subject,
        text=content.text,
        html=content.html,
        calendar=invitation(letter, tools),
        calendar_method="CANCEL" if letter.kind is MailKind.CANCELLATION else "REQUEST",
    )


def place(letter: Letter) -> str | None:
    """Where the session is held, in words."""
    if letter.interview.location is LocationKind.CUSTOM:
        return letter.study.location_text
    return letter.interview.location.label if letter.interview.location.needs_link else None


def told_reason(stored: str | None) -> str | None:
    """The note that was written for the participant; the reason on our list is not for them."""
    for reason in CancelReason:
        if stored and stored.startswith(f"{reason.value}: "):
            return stored.removeprefix(f"{reason.value}: ")
    return None


def invitation(letter: Letter, tools: Tools) -> bytes | None:
    """The .ics, which names the same event as the calendar's invitation. None without a host's address to answer to."""
    interview, person, host = letter.interview, letter.person, letter.host
    if host is None or host.email is None:
        return None
    is_in_calendar = interview.organizer_id is not None and tools.calendar is not None
    session = ics.Session(
        uid=ical_uid(letter.event_id) if is_in_calendar else f"{letter.event_id}@callsheet",
        sequence=interview.sequence,
        title=interview.title,
        description=interview.description,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        host_name=host.name,
        host_email=host.email,
        participant_name=person.name,
        participant_email=person.email,
        location=place(letter),
        link=interview.link,
    )
    make = ics.cancellation if letter.kind is MailKind.CANCELLATION else ics.invitation
    return make(session, tools.clock.now())


def note(delivery: Delivery, tools: Tools) -> None:
    """Write into the timeline, once, that the mail went out."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        letter = read(session, delivery)
        if letter is not None and ledger.enter(session, LEDGER, [delivery.dedupe_key], now):
            text = f"sent {WHAT[letter.kind]} to {record.alias_of(letter.person)}"
            record.entry(session, letter.interview, record.by_callsheet(now), TimelineKind.MAIL_SENT, text)


def note_refusal(delivery: Delivery, why: str, tools: Tools) -> None:
    """Note, once, that the address does not take mail, and tell the channel."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        letter = read(session, delivery)
        if letter is None or not ledger.enter(session, LEDGER, [delivery.dedupe_key], now):
            return
        letter.person.bounced_at = now
        text = f"could not send {WHAT[letter.kind]} to {record.alias_of(letter.person)}: {why}"
        record.entry(session, letter.interview, record.by_callsheet(now), TimelineKind.BOUNCED, text)
        outgoing.alert(
            session,
            letter.interview,
            AlertKind.MAIL_REFUSED,
            now,
            once=delivery.dedupe_key,
            attendee_id=letter.seat.id,
            why=why,
        )
