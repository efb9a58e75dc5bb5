"""`/study invite CHK`: who is invited, and to what; the review with the mail, and sending it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.blocks import inviting as blocks
from bot.blocks.ids import ParticipantId, StudyId
from bot.blocks.kit import View
from bot.commands.interview.compose import check_mail
from bot.services import dropped_files, invitation_lists, invitation_review, invitations
from bot.services.invitation_lists import Choice
from bot.services.invitation_review import Draft
from bot.slack.capability import Capability
from bot.slack.metadata import Metadata
from bot.slack.outcomes import Close, Open, Options, Outcome, Update, say
from bot.slack.payloads import fields_of
from domain.drafts import Wording
from domain.errors import RuleError
from domain.importing import DroppedFile
from domain.invitation import Choosing, InvitationReview
from domain.mail import MailKind
from domain.participant import ParticipantStatus
from domain.roles import Actor

capability = Capability()


@dataclass(frozen=True, slots=True)
class Inviting(Metadata):
    """The study to which people are invited; in the review the list of them, and the mail ("": the standard one)."""

    study_id: int = 0
    study_key: str = ""
    list_id: int = 0
    mail: str = ""

    @property
    def kind(self) -> MailKind | None:
        return MailKind(self.mail) if self.mail else None


@capability.subcommand("/study", "invite", summary="Invite people to a study", usage="KEY", reads=True)
def typed(session: Session, actor: Actor, arguments: str, channel_id: str, has_mail: bool) -> Outcome:
    if not arguments:
        raise RuleError("To which study? Write for example /study invite CHK.")
    check_mail(has_mail=has_mail)
    return choose(invitation_lists.begin(session, actor, arguments), channel_id)


@capability.action(StudyId.INVITE, reads=True)
def clicked(session: Session, actor: Actor, value: str, channel_id: str, has_mail: bool) -> Outcome:
    check_mail(has_mail=has_mail)
    return choose(invitation_lists.begin(session, actor, value), channel_id)


@capability.action(ParticipantId.INVITE, reads=True)
def clicked_for_one(session: Session, actor: Actor, value: str, channel_id: str, has_mail: bool) -> Outcome:
    """From a participant's page: they are chosen already."""
    check_mail(has_mail=has_mail)
    return choose(invitation_lists.begin_by_id(session, actor, int(value)), channel_id)


def choose(found: Choosing, channel_id: str) -> Outcome:
    return Open(blocks.choose_modal(found, Inviting(channel_id, found.study_id, found.study_key).dump()))


@capability.options(StudyId.INVITE_PEOPLE_MENU)
def find_people(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.people_options(invitation_lists.find(session, actor, typed).people))


@capability.options(StudyId.INVITE_PROPERTY_MENU)
def find_properties(session: Session, actor: Actor, typed: str) -> Outcome:
    return Options(blocks.property_options(invitation_lists.property_names(session, actor, typed)))


@capability.submission(StudyId.INVITE_MODAL)
def chosen(
    session: Session, actor: Actor, fields: dict[str, Any], metadata: str, now: datetime, public_url: str | None
) -> Outcome:
    """The review; with a file it comes once that is read."""
    inviting = Inviting.load(metadata)
    choice = choice_of(inviting.study_id, fields)
    files = fields.get("file") or []
    if files:
        list_id = invitation_lists.choose(session, actor, choice, now) if choice.names_anybody else 0
        line = invitation_lists.study_for(session, actor, inviting.study_id)
        dropped_files.take_for_invitation(session, actor, file_of(files[0], line.id, list_id), now)
        return Close(say(blocks.file_taken(str(files[0].get("name") or "file"), line.key)))
    list_id = invitation_lists.choose(session, actor, choice, now)
    return review(session, actor, Inviting(inviting.channel_id, list_id=list_id), public_url, now)


def choice_of(study_id: int, fields: dict[str, Any]) -> Choice:
    """Who is named by the modal's inputs."""
    return Choice(
        study_id=study_id,
        participant_ids=tuple(int(value) for value in fields.get("people") or ()),
        statuses=tuple(ParticipantStatus(value) for value in fields.get("statuses") or ()),
        property_name=fields.get("property_name") or "",
        property_value=fields.get("property_value") or "",
        addresses=fields.get("addresses") or "",
    )


def file_of(file: dict[str, Any], study_id: int, list_id: int) -> DroppedFile:
    """A file that came with the modal."""
    return DroppedFile(
        id=str(file.get("id") or ""),
        name=str(file.get("name") or "file"),
        url=str(file.get("url_private_download") or file.get("url_private") or ""),
        size=int(file.get("size") or 0),
        channel_id="",
        message_ts="",
        study_id=study_id,
        list_id=list_id,
    )


def review(
    session: Session, actor: Actor, at: Inviting, public_url: str | None, now: datetime, close: str = "Back"
) -> Outcome:
    return Open(drawn(invitation_review.review(session, actor, at.list_id, public_url, now, at.kind), at, close))


def drawn(found: InvitationReview, at: Inviting, close: str) -> View:
    """The review, which remembers what it shows."""
    return blocks.review_modal(found, replace(at, mail=found.mail.value).dump(), close)


@capability.action(StudyId.INVITE_WAY)
def choose_way(
    session: Session,
    actor: Actor,
    value: str,
    metadata: str,
    view: dict[str, Any],
    now: datetime,
    public_url: str | None,
) -> Outcome:
    """They are invited to something else: the review is drawn anew, with that mail."""
    at = replace(Inviting.load(metadata), mail=value)
    found = invitation_review.review(session, actor, at.list_id, public_url, now, at.kind)
    return Update(drawn(found, at, view["close"]["text"]))


@capability.action(StudyId.INVITE_OVERRIDE, reads=True)
def ask_to_override(
    session: Session, actor: Actor, value: str, metadata: str, view: dict[str, Any], now: datetime
) -> Outcome:
    """In place of the review, which comes back: Slack takes three modals on top of each other, one is the preview."""
    at = Inviting.load(metadata)
    held = invitation_review.to_override(session, actor, int(value), now, at.kind)
    line = invitation_review.study_of(session, actor, int(value))
    return Update(blocks.override_modal(line.key, held, metadata, view["close"]["text"]))


@capability.action(StudyId.INVITE_OVERRIDE_BACK)
def back_to_review(
    session: Session, actor: Actor, metadata: str, view: dict[str, Any], now: datetime, public_url: str | None
) -> Outcome:
    at = Inviting.load(metadata)
    found = invitation_review.review(session, actor, at.list_id, public_url, now, at.kind)
    return Update(drawn(found, at, view["close"]["text"]))


@capability.submission(StudyId.INVITE_OVERRIDE_MODAL)
def override(
    session: Session,
    actor: Actor,
    fields: dict[str, Any],
    metadata: str,
    view: dict[str, Any],
    now: datetime,
    public_url: str | None,
) -> Outcome:
    """The review again, in which they are invited."""
    at = Inviting.load(metadata)
    invitation_review.override(session, actor, at.list_id, fields.get("reason") or "", now, at.kind)
    return back_to_review(session, actor, metadata, view, now, public_url)


@capability.action(StudyId.INVITE_LIST)
def clicked_list(
    session: Session, actor: Actor, value: str, channel_id: str, now: datetime, public_url: str | None, has_mail: bool
) -> Outcome:
    """From the report on a file: the review of those in it."""
    check_mail(has_mail=has_mail)
    return review(session, actor, Inviting(channel_id, list_id=int(value)), public_url, now, "Cancel")


@capability.action(StudyId.INVITE_PREVIEW, reads=True)
def preview(
    session: Session,
    actor: Actor,
    value: str,
    view: dict[str, Any],
    metadata: str,
    now: datetime,
    public_url: str | None,
) -> Outcome:
    draft = Draft(int(value), words_of(fields_of(view)), Inviting.load(metadata).kind)
    found = invitation_review.preview(session, actor, draft, public_url, now)
    return Open(blocks.preview_modal(found))


@capability.submission(StudyId.INVITE_REVIEW_MODAL)
def send(
    session: Session,
    actor: Actor,
    fields: dict[str, Any],
    metadata: str,
    now: datetime,
    public_url: str | None,
    has_mail: bool,
) -> Outcome:
    check_mail(has_mail=has_mail)
    at = Inviting.load(metadata)
    draft = Draft(at.list_id, words_of(fields), at.kind)
    done = invitations.send(session, actor, draft, public_url, now)
    return Close(say(blocks.done_text(done)))


def words_of(fields: dict[str, Any]) -> Wording:
    """The mail as the person left it."""
    return Wording((fields.get("subject") or "").strip(), (fields.get("text") or "").strip())
