"""Mails to participants about a seat of theirs in a session: what became of it, and what a person wrote to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.deliveries.posting_mail import Addressed, is_settled, message_id, note, post
from bot.deliveries.tools import Tools
from bot.integrations import ics
from bot.integrations.google_events import ical_uid
from bot.integrations.mail_templates import render_mail
from bot.integrations.ports import Mail, Unavailable
from bot.services import called_off, governance, letters, links, mails, outgoing, record
from bot.services.letters import Occasion
from bot.services.record import By
from domain import drafts, tokens
from domain.calendar import event_id
from domain.drafts import Wording
from domain.governance import ContactFacts
from domain.interview import Door, InterviewStatus, TimelineKind
from domain.mail import BY_HAND, BY_ONE_CLICK, WHAT, MailKind, Written, why_unreachable
from domain.person import LinkPurpose
from domain.reminders import Lead
from domain.study import LocationKind
from storage import mail_templates
from storage.models import Attendee
from storage.outbox import Delivery

WAITS_FOR_LINK = 4
"""How many tries a mail waits for the meeting's link to come from the calendar."""
INVITING = frozenset({MailKind.CONFIRMATION, MailKind.RESCHEDULED, MailKind.HOST_CHANGE})
"""Mails that say how to join, and put the session into the participant's calendar."""
WITH_PAGE = INVITING | {MailKind.REMINDER, MailKind.RESCHEDULE_REQUEST}
"""Mails that always lead to the participant's own page."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about a seat, with everything that it is written from, as it is now.

    `written` is what a person wrote, `own` the team's own version of the mails of this kind.
    """

    kind: MailKind
    about: Occasion
    written: Written | None
    own: Wording | None
    is_own_cancellation: bool

    @property
    def event_id(self) -> str:
        interview = self.about.interview
        return event_id(interview.workspace_id, interview.id, interview.created_at, interview.event_number)


@dataclass(frozen=True, slots=True)
class Pages:
    """Addresses made for one mail: the participant's own page, where it leads there, and where they opt out."""

    page: str | None
    unsubscribe: str | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Send the mail, unless the interview has changed so that it would be wrong, or no mail is set up."""
    if tools.mailer is None or is_settled(delivery, tools):
        return
    with tools.database.reading() as session:
        letter = read(session, delivery, tools.clock.now())
        contact = contact_in(session, letter)
    if letter is None or not is_wanted(letter, delivery, tools):
        return
    person = letter.about.person
    if why := why_unreachable(contact, person.bounced_at, tools.clock.now()):
        note(delivery, tools, lambda session, now: SeatNotes().held_back(session, delivery, why, now))
        return
    if is_waiting_for_link(letter, tools) and delivery.attempts <= WAITS_FOR_LINK:
        raise Unavailable("The meeting's link is not there yet.", went_out=False)
    post(delivery, lambda: addressed(letter, delivery, tools), SeatNotes(), tools)


def contact_in(session: Session, letter: Letter | None) -> ContactFacts:
    """What decides whether the participant may be written to about the study."""
    if letter is None:
        return ContactFacts()
    return governance.contact_facts(session, letter.about.person, letter.about.study.id)


def read(session: Session, delivery: Delivery, now: datetime) -> Letter | None:
    """What the mail is about; None when it is gone."""
    payload = delivery.payload
    seat = session.get(Attendee, payload["attendee_id"])
    if seat is None:
        return None
    about, kind = letters.occasion(session, seat, now), MailKind(payload["mail"])
    text = payload.get("text")
    return Letter(
        kind=kind,
        about=about,
        written=Written(text, payload.get("subject", ""), payload.get("by")) if text else None,
        own=mail_templates.own_wording(session, about.team.id, kind),
        is_own_cancellation=called_off.is_participants(about.called_off),
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
    if (minutes := delivery.payload.get("minutes")) is not None:
        lead = Lead(timedelta(minutes=minutes))
        if not lead.is_timely(about.interview.starts_at, tools.clock.now()):
            return False
    return mails.may_still_go(letter.kind, about, tools.clock.now())


def is_waiting_for_link(letter: Letter, tools: Tools) -> bool:
    """Whether the calendar is about to give the meeting a link that the mail should hold."""
    interview = letter.about.interview
    comes_from_calendar = interview.location is LocationKind.GOOGLE_MEET and interview.organizer_id is not None
    is_missing = comes_from_calendar and interview.link is None and not interview.calendar_failed
    return is_missing and tools.calendar is not None and letter.kind in INVITING


def addressed(letter: Letter, delivery: Delivery, tools: Tools) -> Addressed:
    """The mail as it goes out, with links of its own. Raises RuleError as `worded`."""
    seat, person = letter.about.seat, letter.about.person
    assert seat.enrolment_id is not None
    return Addressed(
        mail=compose(letter, pages_of(letter, tools), delivery, tools),
        kind=letter.kind,
        workspace_id=letter.about.interview.workspace_id,
        participant_id=person.id,
        enrolment_id=seat.enrolment_id,
        attendee_id=seat.id,
    )


def pages_of(letter: Letter, tools: Tools) -> Pages:
    """The addresses for this mail, made for it; None where there are no pages.

    Of somebody whose session is not ahead it is the page where they take another time.
    """
    about, now = letter.about, tools.clock.now()
    enrolment_id = about.seat.enrolment_id
    if tools.public_url is None or enrolment_id is None:
        return Pages(None, None)
    with tools.database.unit_of_work() as session:
        unsubscribe = links.issue_for(session, enrolment_id, LinkPurpose.UNSUBSCRIBE, now)
        if not leads_to_page(letter):
            page = None
        elif about.is_ahead:
            page = links.issue(session, about.seat.id, now)
        else:
            page = links.issue_for(session, enrolment_id, LinkPurpose.PAGE, now)
    return Pages(
        page=letters.own_page(tools.public_url, page) if page else None,
        unsubscribe=letters.opt_out_page(tools.public_url, unsubscribe),
    )


def leads_to_page(letter: Letter) -> bool:
    """Whether the mail leads to the participant's own page: by its kind, or because its words name it."""
    if letter.kind in WITH_PAGE:
        return True
    if letter.kind is MailKind.CANCELLATION:
        return letter.about.is_welcome_again
    words = letter.written or letter.own
    return words is not None and any(
        name.startswith("links.") for name in tokens.names(f"{words.subject} {words.text}")
    )


def compose(letter: Letter, pages: Pages, delivery: Delivery, tools: Tools) -> Mail:
    """The mail as it goes out. Every try of it carries the same Message-ID. Raises RuleError as `worded`."""
    person = letter.about.person
    said = letters.context(letter.about, pages.page, pages.unsubscribe)
    if said.session is not None:
        said = replace(said, session=replace(said.session, is_own_cancellation=letter.is_own_cancellation))
    calendar = invitation(letter, tools)
    said = drafts.worded(letter.kind, replace(said, has_file=calendar is not None), letter.own, letter.written)
    content = render_mail(letter.kind, said)
    return Mail(
        message_id=message_id(letter.event_id, delivery, tools),
        to=person.email,
        to_name=person.name,
        from_name=said.sender_name,
        reply_to=said.reply_to,
        subject=content.subject,
        text=content.text,
        html=content.html,
        calendar=calendar,
        calendar_method="CANCEL" if letter.kind is MailKind.CANCELLATION else "REQUEST",
        unsubscribe=pages.unsubscribe if letter.kind in BY_ONE_CLICK else None,
    )


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


class SeatNotes:
    """What became of a mail about a seat stands in the interview's timeline."""

    def sent(self, session: Session, delivery: Delivery, now: datetime) -> None:
        """What a person wrote is told in the card's thread too."""
        letter = read(session, delivery, now)
        if letter is None:
            return
        interview, by = letter.about.interview, letter.written.by if letter.written else None
        who = By(by, Door.SLACK, now) if by else record.by_callsheet(now)
        text = f"sent {WHAT[letter.kind]} to {record.alias_of(letter.about.person)}"
        entry = record.entry(session, interview, who, TimelineKind.MAIL_SENT, text)
        if letter.kind in BY_HAND and letter.written is not None:
            outgoing.thread(session, interview, entry, now)

    def unwritten(self, session: Session, delivery: Delivery, why: str, now: datetime) -> None:
        """Who reads the card's thread hears it."""
        letter = read(session, delivery, now)
        if letter is not None:
            who = record.alias_of(letter.about.person)
            text = f"could not write {WHAT[letter.kind]} to {who}: {why}"
            self.tell(session, letter, TimelineKind.BOUNCED, text, now)

    def held_back(self, session: Session, delivery: Delivery, why: str, now: datetime) -> None:
        """Its person gets no mails at all: somebody else has to tell them. `why` goes after their name."""
        letter = read(session, delivery, now)
        if letter is not None:
            text = f"did not send {WHAT[letter.kind]}: {record.alias_of(letter.about.person)} {why}"
            self.tell(session, letter, TimelineKind.NOTE, text, now)

    def tell(self, session: Session, letter: Letter, kind: TimelineKind, text: str, now: datetime) -> None:
        """Say it in the timeline, and in the card's thread."""
        entry = record.entry(session, letter.about.interview, record.by_callsheet(now), kind, text)
        outgoing.thread(session, letter.about.interview, entry, now)
