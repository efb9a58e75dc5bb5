"""Mails to participants about their session: what became of it, and what a person wrote to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from bot.deliveries.tools import Tools
from bot.integrations import ics
from bot.integrations.google_events import ical_uid
from bot.integrations.mail_templates import render_mail
from bot.integrations.ports import Mail, Refused, Unavailable
from bot.services import letters, links, mails, outgoing, record
from bot.services.letters import Occasion
from bot.services.record import By
from domain import tokens
from domain.alert import AlertKind
from domain.calendar import event_id
from domain.errors import RuleError
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.mail import BY_HAND, MailContext, MailKind, Written, token_values
from domain.study import LocationKind
from storage import ledger
from storage.models import Attendee
from storage.outbox import Delivery

LEDGER = "mail"
WAITS_FOR_LINK = 4
"""How many tries a mail waits for the meeting's link to come from the calendar."""
WHAT = {
    MailKind.CONFIRMATION: "the confirmation",
    MailKind.RESCHEDULED: "the new time",
    MailKind.CANCELLATION: "the cancellation",
    MailKind.HOST_CHANGE: "the host change",
    MailKind.REMINDER: "the reminder",
    MailKind.INCENTIVE: "the incentive mail",
    MailKind.CUSTOM: "a custom mail",
    MailKind.RESCHEDULE_REQUEST: "the request to reschedule",
}
INVITING = frozenset({MailKind.CONFIRMATION, MailKind.RESCHEDULED, MailKind.HOST_CHANGE})
"""Mails that say how to join, and put the session into the participant's calendar."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about a seat, with everything that it is written from, as it is now. `written`: what a person wrote."""

    kind: MailKind
    about: Occasion
    written: Written | None
    is_own_cancellation: bool

    @property
    def event_id(self) -> str:
        interview = self.about.interview
        return event_id(interview.workspace_id, interview.id, interview.created_at, interview.event_number)


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Send the mail, unless the interview has changed so that it would be wrong, or no mail is set up."""
    if tools.mailer is None:
        return
    with tools.database.reading() as session:
        letter = read(session, delivery)
    if letter is None or not is_wanted(letter, delivery, tools):
        return
    if is_waiting_for_link(letter, tools) and delivery.attempts <= WAITS_FOR_LINK:
        raise Unavailable("The meeting's link is not there yet.", went_out=False)
    try:
        tools.mailer.send(compose(letter, page_of(letter, tools), delivery, tools))
    except RuleError as error:
        note_unwritten(delivery, error.message, tools)
    except Refused as error:
        note_refusal(delivery, error.why, tools)
    else:
        note(delivery, tools)


def read(session: Session, delivery: Delivery) -> Letter | None:
    """What the mail is about; None when it is gone."""
    payload = delivery.payload
    seat = session.get(Attendee, payload["attendee_id"])
    if seat is None:
        return None
    about = letters.occasion(session, seat)
    text = payload.get("text")
    return Letter(
        kind=MailKind(payload["mail"]),
        about=about,
        written=Written(text, payload.get("subject", ""), payload.get("by")) if text else None,
        is_own_cancellation=links.is_own_cancellation(session, about.interview, about.person),
    )


def is_wanted(letter: Letter, delivery: Delivery, tools: Tools) -> bool:
    """Whether the mail still says what is so: a later change brings a mail of its own."""
    about = letter.about
    if letter.kind is MailKind.CANCELLATION:
        return about.seat.outcome is InterviewStatus.CANCELED
    is_of_this_time = delivery.payload["sequence"] == about.interview.sequence
    if letter.kind in INVITING:
        return about.is_ahead and is_of_this_time
    if letter.kind is MailKind.REMINDER and not is_of_this_time:
        return False
    return mails.may_still_go(letter.kind, about, tools.clock.now())


def is_waiting_for_link(letter: Letter, tools: Tools) -> bool:
    """Whether the calendar is about to give the meeting a link that the mail should hold."""
    interview = letter.about.interview
    comes_from_calendar = interview.location is LocationKind.GOOGLE_MEET and interview.organizer_id is not None
    is_missing = comes_from_calendar and interview.link is None and not interview.calendar_failed
    return is_missing and tools.calendar is not None and letter.kind in INVITING


def page_of(letter: Letter, tools: Tools) -> str | None:
    """The address of the participant's own page, made for this mail; None where there are no pages, or no need."""
    is_named = letter.written is not None and any(
        name.startswith("links.") for name in tokens.names(f"{letter.written.subject} {letter.written.text}")
    )
    if tools.public_url is None or not (letter.kind in INVITING or is_named):
        return None
    with tools.database.unit_of_work() as session:
        return letters.own_page(tools.public_url, links.issue(session, letter.about.seat.id, tools.clock.now()))


def compose(letter: Letter, page: str | None, delivery: Delivery, tools: Tools) -> Mail:
    """The mail as it goes out. Every try of it carries the same Message-ID.

    Raises RuleError for a token in what a person wrote that stands for nothing any more.
    """
    person = letter.about.person
    said = letters.context(letter.about, page)
    content = render_mail(letter.kind, with_words(letter, said))
    domain = urlsplit(tools.public_url or "").hostname or "callsheet"
    seed = f"{letter.event_id} {delivery.dedupe_key}".encode()
    return Mail(
        message_id=f"<{hashlib.sha256(seed).hexdigest()[:32]}@{domain}>",
        to=person.email,
        to_name=person.name,
        reply_to=said.reply_to,
        subject=content.subject,
        text=content.text,
        html=content.html,
        calendar=invitation(letter, tools),
        calendar_method="CANCEL" if letter.kind is MailKind.CANCELLATION else "REQUEST",
    )


def with_words(letter: Letter, said: MailContext) -> MailContext:
    """What the mail may say, with what a person wrote. Raises RuleError for a token that stands for nothing."""
    said = replace(said, is_own_cancellation=letter.is_own_cancellation)
    if letter.written is None:
        return said
    values = token_values(said)
    subject, message = (tokens.render(text, values) for text in (letter.written.subject, letter.written.text))
    return replace(said, subject=subject, message=message.strip())


def invitation(letter: Letter, tools: Tools) -> bytes | None:
    """The .ics, which names the same event as the calendar's invitation.

    None with what a person wrote, and without a host's address to answer to.
    """
    interview, person, host = letter.about.interview, letter.about.person, letter.about.host
    if letter.kind in BY_HAND or host is None or host.email is None:
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
        location=letters.place(interview),
        link=letters.meeting_link(interview),
    )
    make = ics.cancellation if letter.kind is MailKind.CANCELLATION else ics.invitation
    return make(session, tools.clock.now())


def unnoted(session: Session, delivery: Delivery, now: datetime) -> Letter | None:
    """What the mail is about, for the one note of what became of it; None when it is gone, or noted already."""
    letter = read(session, delivery)
    if letter is None or not ledger.enter(session, LEDGER, [delivery.dedupe_key], now):
        return None
    return letter


def note(delivery: Delivery, tools: Tools) -> None:
    """Write into the timeline, once, that the mail went out. What a person wrote is told in the card's thread too."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        letter = unnoted(session, delivery, now)
        if letter is None:
            return
        interview, by = letter.about.interview, letter.written.by if letter.written else None
        who = By(by, Door.SLACK, now) if by else record.by_callsheet(now)
        text = f"sent {WHAT[letter.kind]} to {record.alias_of(letter.about.person)}"
        entry = record.entry(session, interview, who, TimelineKind.MAIL_SENT, text)
        if letter.kind in BY_HAND:
            outgoing.thread(session, interview, entry, now)


def note_unwritten(delivery: Delivery, why: str, tools: Tools) -> None:
    """Note, once, that what a person wrote makes no mail any more, and tell it in the card's thread."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        letter = unnoted(session, delivery, now)
        if letter is None:
            return
        text = f"could not write {WHAT[letter.kind]} to {record.alias_of(letter.about.person)}: {why}"
        by = record.by_callsheet(now)
        entry = record.entry(session, letter.about.interview, by, TimelineKind.BOUNCED, text)
        outgoing.thread(session, letter.about.interview, entry, now)


def note_refusal(delivery: Delivery, why: str, tools: Tools) -> None:
    """Note, once, that the address does not take mail, and tell the channel."""
    now = tools.clock.now()
    with tools.database.unit_of_work() as session:
        letter = unnoted(session, delivery, now)
        if letter is None:
            return
        interview, person = letter.about.interview, letter.about.person
        person.bounced_at = now
        text = f"could not send {WHAT[letter.kind]} to {record.alias_of(person)}: {why}"
        record.entry(session, interview, record.by_callsheet(now), TimelineKind.BOUNCED, text)
        outgoing.alert(
            session,
            interview,
            AlertKind.MAIL_REFUSED,
            now,
            once=delivery.dedupe_key,
            attendee_id=letter.about.seat.id,
            why=why,
        )
