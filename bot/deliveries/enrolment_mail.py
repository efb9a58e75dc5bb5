"""Mails to participants about a study, and not about a session of theirs: invitations, and offers of a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.blocks.kit import escape, literal
from bot.deliveries.posting_mail import Addressed, is_settled, message_id, post
from bot.deliveries.tools import Tools
from bot.integrations.mail_templates import render_mail
from bot.integrations.ports import Mail
from bot.services import governance, invitation_review, invitations, letters, links, outgoing, record, waiting
from bot.services.letters import Invitation
from domain import drafts, mail
from domain.drafts import Wording
from domain.invitation import INVITES_BY, why_nothing_goes_out
from domain.letters import MailLinks
from domain.mail import WHAT, MailKind, Written
from domain.person import LinkPurpose
from storage import mail_templates
from storage.outbox import Delivery

STARTS = INVITES_BY.keys() - {MailKind.SCHEDULER}
"""Kinds whose link leads to a screener, a survey or a test, and not to the person's own page."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail about an enrolment, with everything that it is written from, as it is now.

    `written` is what a person wrote, `own` the team's own version of the mails of this kind.
    """

    kind: MailKind
    about: Invitation
    written: Written | None
    own: Wording | None


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Send the mail, unless something has changed so that it would be wrong, or no mail is set up.

    Who gets no invitation is not invited by it, unless an earlier try may have brought it.
    """
    if tools.mailer is None or is_settled(delivery, tools):
        return
    with tools.database.reading() as session:
        letter = read(session, delivery)
        wanted = letter is not None and is_wanted(session, letter, tools.clock.now())
    if letter is not None and wanted:
        post(delivery, lambda: addressed(letter, delivery, tools), EnrolmentNotes(), tools)
    elif letter is not None and letter.kind in INVITES_BY:
        now = tools.clock.now()
        with tools.database.unit_of_work() as session:
            tell_held_back(session, letter, now, in_doubt=delivery.attempted_at is not None)
            if delivery.attempted_at is None:
                invitations.take_back(session, letter.about.enrolment.id, letter.kind, delivery.dedupe_key, now)


def tell_held_back(session: Session, letter: Letter, now: datetime, *, in_doubt: bool) -> None:
    """Tell the study's channel that an invitation is held back which was on its way, by the rules or as nothing
    goes out of the study, once an hour: of thousands on whom a changed rule bears it hears once. `in_doubt`: an earlier
    try may have brought it.
    """
    study, person = letter.about.study, letter.about.person
    who = record.alias_of(person)
    why = why_nothing_goes_out(study.key, study.status)
    if why is None and (held := invitations.held_by_rules(session, letter.about.enrolment, now)) is not None:
        why = f"{who} {held}."
    if why is None or person.opted_out_at is not None:
        return
    became = "did not go out" if not in_doubt else "may have gone out or not, and is not tried again"
    so = " They are not invited by it." if not in_doubt else ""
    text = (
        f"*{escape(study.key)}*: {WHAT[letter.kind]} to {who} {became}. {literal(why)}{so} Others may be held back as "
        "well: `/study invite` shows who and why."
    )
    channel_id = outgoing.channels_of(session, {study.id})[study.id]
    outgoing.announce(session, study.workspace_id, channel_id, text, now, once=f"held:{study.id}:{now:%Y-%m-%dT%H}")


def read(session: Session, delivery: Delivery) -> Letter | None:
    """What the mail is about; None when it is gone."""
    payload = delivery.payload
    about = letters.invitation(session, payload["enrolment_id"], payload.get("offer_id"))
    if about is None:
        return None
    kind, text = MailKind(payload["mail"]), payload.get("text")
    return Letter(
        kind=kind,
        about=about,
        written=Written(text, payload.get("subject", ""), payload.get("by")) if text else None,
        own=mail_templates.own_wording(session, about.team.id, kind),
    )


def is_wanted(session: Session, letter: Letter, now: datetime) -> bool:
    """Whether the mail may still go: the study is not held, the person may be written to, the time is still offered.

    Nobody is invited who has gone on, or was removed, since the mail was asked for.
    """
    about = letter.about
    if letter.kind in INVITES_BY:
        return invitations.may_still_invite(session, about.enrolment, now, letter.kind) is None
    if about.offer is not None:
        return waiting.may_still_offer(session, about.offer, now) is None
    if about.study.status in mail.HELD:
        return False
    contact = governance.contact_facts(session, about.person, about.study.id)
    return mail.why_barred(contact, about.person.bounced_at, now) is None


def addressed(letter: Letter, delivery: Delivery, tools: Tools) -> Addressed:
    """The mail as it goes out, with links of its own. Raises RuleError as `worded`."""
    about = letter.about
    return Addressed(
        mail=compose(letter, links_of(letter, tools), delivery, tools),
        kind=letter.kind,
        workspace_id=about.study.workspace_id,
        participant_id=about.person.id,
        enrolment_id=about.enrolment.id,
    )


def links_of(letter: Letter, tools: Tools) -> MailLinks:
    """The participant's pages, made for this mail; none where there are no pages."""
    enrolment_id, offer, now = letter.about.enrolment.id, letter.about.offer, tools.clock.now()
    url = tools.public_url
    if url is None:
        return MailLinks()
    with tools.database.unit_of_work() as session:
        unsubscribe = letters.opt_out_page(url, links.issue_for(session, enrolment_id, LinkPurpose.UNSUBSCRIBE, now))
        if offer is not None:
            secret = links.issue_for(
                session, enrolment_id, LinkPurpose.CLAIM, now, until=offer.starts_at, offer_id=offer.id
            )
            return MailLinks(claim=letters.claim_page(url, secret), unsubscribe=unsubscribe)
        if letter.kind in STARTS:
            study, status = letter.about.study, letter.about.enrolment.status
            purpose = invitation_review.starts_at(session, study, letter.kind, status)
            start = letters.start_page(url, purpose, links.issue_for(session, enrolment_id, purpose, now))
            return MailLinks(start=start, unsubscribe=unsubscribe)
        page = letters.own_page(url, links.issue_for(session, enrolment_id, LinkPurpose.PAGE, now))
    return MailLinks(schedule=page, unsubscribe=unsubscribe)


def compose(letter: Letter, pages: MailLinks, delivery: Delivery, tools: Tools) -> Mail:
    """The mail as it goes out. Every try of it carries the same Message-ID. Raises RuleError as `worded`."""
    about = letter.about
    said = drafts.worded(letter.kind, letters.enrolment_context(about, pages), letter.own, letter.written)
    content = render_mail(letter.kind, said)
    return Mail(
        message_id=message_id(f"{about.study.workspace_id} {about.enrolment.id}", delivery, tools),
        to=about.person.email,
        to_name=about.person.name,
        from_name=said.sender_name,
        reply_to=said.reply_to,
        subject=content.subject,
        text=content.text,
        html=content.html,
        unsubscribe=pages.unsubscribe,
    )


class EnrolmentNotes:
    """What became of a mail about an enrolment. That it went out the study's numbers show."""

    def sent(self, session: Session, delivery: Delivery, now: datetime) -> None:
        """Nobody is told of every invitation."""

    def unwritten(self, session: Session, delivery: Delivery, why: str, now: datetime) -> None:
        """The study's channel hears it."""
        self.tell(session, delivery, "could not be written", why, now)

    def tell(self, session: Session, delivery: Delivery, what: str, why: str, now: datetime) -> None:
        """Tell the study's channel what became of the mail to somebody, by their alias."""
        letter = read(session, delivery)
        if letter is None:
            return
        study, who = letter.about.study, record.alias_of(letter.about.person)
        text = f"*{escape(study.key)}*: {WHAT[letter.kind]} to {who} {what}: {literal(why)}"
        channel_id = outgoing.channels_of(session, {study.id})[study.id]
        outgoing.announce(session, study.workspace_id, channel_id, text, now, once=delivery.dedupe_key)
