"""Writing a mail to the participants of an interview: chosen and written, seen as it will be, then sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import mails as blocks
from bot.blocks.ids import InterviewId
from bot.services import mails, schedule
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Outcome, Update, say
from domain.errors import RuleError
from domain.interview import InterviewAction
from domain.mail import BY_HAND, Composing, Draft, MailKind
from domain.roles import Actor

capability = Capability()

NO_MAIL = (
    "No mail is set up, so Callsheet can't write to participants: write to them yourself. "
    "Whoever runs Callsheet sets it up with CALLSHEET_SMTP_URL."
)


@dataclass(frozen=True, slots=True)
class Writing(Metadata):
    """Which interview the mail is about."""

    interview_id: int = 0


@dataclass(frozen=True, slots=True)
class Sending(Metadata):
    """The mail that the preview shows, tokens and all, and the seats of those who get it."""

    interview_id: int = 0
    kind: str = ""
    seats: tuple[int, ...] = ()
    subject: str = ""
    text: str = ""

    @property
    def draft(self) -> Draft:
        return Draft(MailKind(self.kind), tuple(self.seats), self.subject, self.text)


@capability.subcommand("/interview", "mail", summary="Write a mail to a participant", usage="KEY-7", reads=True)
def ask_typed(
    session: Session,
    actor: Actor,
    arguments: str,
    channel_id: str,
    now: datetime,
    public_url: str | None,
    has_mail: bool,
) -> Outcome:
    check_mail(has_mail=has_mail)
    return ask(session, actor, schedule.called(session, actor, arguments), channel_id, public_url, now)


@capability.action(InterviewId.COMPOSE, reads=True)
def ask_clicked(
    session: Session, actor: Actor, value: str, channel_id: str, now: datetime, public_url: str | None, has_mail: bool
) -> Outcome:
    check_mail(has_mail=has_mail)
    return ask(session, actor, int(value), channel_id, public_url, now)


def ask(
    session: Session, actor: Actor, interview_id: int, channel_id: str, public_url: str | None, now: datetime
) -> Outcome:
    """The modal, with the first kind of mail that is possible now."""
    seen = schedule.to_manage(session, actor, interview_id, InterviewAction.COMPOSE)
    shown = mails.begin(session, seen, None, public_url, now)
    return Open(blocks.compose_modal(shown, Writing(channel_id, interview_id).dump(), first_chosen(shown)))


def check_mail(*, has_mail: bool) -> None:
    """Raise RuleError where no mail goes out."""
    if not has_mail:
        raise RuleError(NO_MAIL)


def first_chosen(shown: Composing) -> tuple[int, ...]:
    """The seats that are ticked at first: of those whom it can go to, the ones who went the way of the session."""
    status = shown.seen.line.status
    return tuple(seat.attendee_id for seat in shown.free if seat.outcome is status)


@capability.action(InterviewId.MAIL_KIND, reads=True)
def choose_kind(
    session: Session,
    actor: Actor,
    value: str,
    fields: dict[str, Any],
    metadata: str,
    now: datetime,
    public_url: str | None,
) -> Outcome:
    """Another kind brings its own subject and text; those who were chosen stay chosen, if it is for them."""
    seen = schedule.to_manage(session, actor, Writing.load(metadata).interview_id, InterviewAction.COMPOSE)
    shown = mails.begin(session, seen, MailKind(value), public_url, now)
    chosen = {seat.attendee_id for seat in shown.free} & set(seats_in(fields))
    return Update(blocks.compose_modal(shown, metadata, tuple(sorted(chosen)) or first_chosen(shown)))


def seats_in(fields: dict[str, Any]) -> tuple[int, ...]:
    """The seats that were ticked; none where there is nothing to choose."""
    return tuple(int(seat) for seat in fields.get("recipients") or ())


@capability.submission(InterviewId.COMPOSE_MODAL)
def preview(
    session: Session,
    actor: Actor,
    fields: dict[str, Any],
    metadata: str,
    now: datetime,
    public_url: str | None,
    has_mail: bool,
) -> Outcome:
    """The mail as the first recipient will get it, in the place of the inputs: of modals Slack stacks three."""
    check_mail(has_mail=has_mail)
    writing = Writing.load(metadata)
    if fields.get("kind") not in [kind.value for kind in BY_HAND]:
        raise RuleError("What kind of mail is it?", "kind")
    seen = schedule.to_manage(session, actor, writing.interview_id, InterviewAction.COMPOSE)
    kind = MailKind(fields["kind"])
    seats = seats_in(fields)
    if "recipients" not in fields:
        seats = tuple(seat.attendee_id for seat in mails.begin(session, seen, kind, public_url, now).free)
    sending = Sending(
        channel_id=writing.channel_id,
        interview_id=writing.interview_id,
        kind=kind.value,
        seats=seats,
        subject=(fields.get("subject") or "").strip(),
        text=(fields.get("text") or "").strip(),
    )
    shown = mails.preview(session, seen, sending.draft, public_url, now)
    return Update(blocks.preview_modal(shown, dumped(sending)))


def dumped(sending: Sending) -> str:
    """The mail as the preview carries it. Raises RuleError when it is too long for that."""
    try:
        return sending.dump()
    except ValueError as error:
        raise RuleError("The mail is a little too long. Shorten it.", "text") from error


@capability.action(InterviewId.COMPOSE_BACK, reads=True)
def back(session: Session, actor: Actor, metadata: str, now: datetime, public_url: str | None) -> Outcome:
    """From the preview back to what was written, and to whom."""
    sending = Sending.load(metadata)
    draft = sending.draft
    seen = schedule.to_manage(session, actor, sending.interview_id, InterviewAction.COMPOSE)
    shown = replace(mails.begin(session, seen, draft.kind, public_url, now), subject=draft.subject, text=draft.text)
    metadata = Writing(sending.channel_id, sending.interview_id).dump()
    return Update(blocks.compose_modal(shown, metadata, draft.seat_ids))


@capability.submission(InterviewId.SEND_MODAL)
def send(
    session: Session, actor: Actor, metadata: str, now: datetime, public_url: str | None, has_mail: bool
) -> Outcome:
    check_mail(has_mail=has_mail)
    sending = Sending.load(metadata)
    draft = sending.draft
    interview = mails.send(session, actor, sending.interview_id, draft, public_url, now)
    return Close(say(blocks.sent_text(interview.reference, draft.kind, len(draft.seat_ids))))
