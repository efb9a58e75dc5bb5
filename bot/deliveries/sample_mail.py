"""A version of a team's mails, sent to the member who is writing it. No participant gets it: nothing is noted."""

from __future__ import annotations

from bot.blocks.kit import literal
from bot.deliveries.posting_mail import message_id
from bot.deliveries.tools import Tools
from bot.integrations.mail_templates import render_mail
from bot.integrations.ports import Mail, Refused
from bot.services import letters, outgoing
from domain import drafts
from domain.drafts import Wording
from domain.mail import MailKind
from domain.mail_samples import sample
from storage.models import Member, Team
from storage.outbox import Delivery


def deliver(delivery: Delivery, tools: Tools) -> None:
    """Send the version as a sample participant would get it. Its links lead nowhere."""
    payload, now = delivery.payload, tools.clock.now()
    kind, words = MailKind(payload["mail"]), Wording(payload["subject"], payload["text"])
    with tools.database.reading() as session:
        team, member = session.get(Team, payload["team_id"]), session.get(Member, payload["member_id"])
    if tools.mailer is None or team is None or member is None or member.email is None:
        return
    said = sample(kind, letters.first_name(member.name) or team.name, team.name, member.time_zone, now)
    content = render_mail(kind, drafts.worded(kind, said, words))
    mail = Mail(
        message_id=message_id(f"sample {member.id}", delivery, tools),
        to=member.email,
        to_name=member.name,
        reply_to=member.email,
        subject=f"[Test] {content.subject}",
        text=content.text,
        html=content.html,
    )
    try:
        tools.mailer.send(mail)
    except Refused as error:
        tell(delivery, member, f"The test of the {kind.noun} could not be sent to you: {error.why}", tools)


def tell(delivery: Delivery, member: Member, sentence: str, tools: Tools) -> None:
    """Tell the member that their mail did not go out."""
    with tools.database.unit_of_work() as session:
        outgoing.notice(
            session,
            member.workspace_id,
            member.slack_user_id,
            literal(sentence),
            tools.clock.now(),
            once=delivery.dedupe_key,
        )
