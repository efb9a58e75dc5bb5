"""A team's own versions of what mails say: seen, changed, tried out, and given up for the standard wording."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.services import letters, outgoing_mails, teams
from domain import drafts
from domain.drafts import STANDARD, Wording
from domain.errors import NotFound, RuleError
from domain.letters import token_values
from domain.mail import MailKind
from domain.mail_samples import sample
from domain.roles import Actor, Permission
from domain.team_mails import EDITABLE, LONGEST_SUBJECT, LONGEST_TEXT, Changed, Editing, Shown, TeamMails
from domain.tokens import render
from storage import mail_templates, members
from storage.models import MailTemplate, Member, Team


def listed(session: Session, actor: Actor, channel_id: str) -> TeamMails:
    """Every kind of mail of the channel's team, or of the only team that the actor has. Raises RuleError."""
    actor.require(Permission.CHANGE_MAILS)
    team = teams.in_channel(session, actor, channel_id) if channel_id else None
    if team is None:
        seen = members.teams_of(session, actor)
        if len(seen) != 1:
            raise RuleError("Type /callsheet mails in the channel of the team whose mails you want to see.")
        team = seen[0]
    return of_team(session, team)


def of_team(session: Session, team: Team) -> TeamMails:
    """Every kind of mail of a team that the actor may see."""
    stored = mail_templates.of_team(session, team.id)
    return TeamMails(team.id, team.name, tuple((kind, changed(stored.get(kind))) for kind in EDITABLE))


def to_edit(
    session: Session, actor: Actor, team_id: int, kind: MailKind, now: datetime, typed: Wording | None = None
) -> Editing:
    """The version that is being written: what was `typed` so far, else the team's own, else the standard."""
    team = own_team(session, actor, team_id)
    stored = mail_templates.of_team(session, team.id).get(kind)
    words = typed or (Wording(stored.subject, stored.text) if stored else STANDARD[kind])
    return Editing(
        team_id=team.id,
        team_name=team.name,
        kind=kind,
        words=words,
        changed=changed(stored),
        shown=as_read(actor, team, kind, words, now),
    )


def as_read(actor: Actor, team: Team, kind: MailKind, words: Wording, now: datetime) -> Shown:
    """The version as the sample participant would read it, or what is wrong with it."""
    try:
        drafts.check(kind, words.subject, words.text)
    except RuleError as error:
        return Shown(wrong=error.message)
    values = token_values(sample(kind, letters.first_name(actor.name), team.name, actor.time_zone, now))
    return Shown(" ".join(render(words.subject, values).split()), render(words.text, values).strip())


def save(session: Session, actor: Actor, team_id: int, kind: MailKind, words: Wording, now: datetime) -> Team:
    """Make these the team's own words for that kind of mail. The standard wording is no version of one's own.

    Raises RuleError at the field that is empty, too long, or holds a token that there is not.
    """
    team = own_team(session, actor, team_id)
    check(kind, words)
    if words == STANDARD[kind]:
        mail_templates.remove(session, team.id, kind)
    else:
        mail_templates.store(session, team.id, kind, words, actor.name, now)
    return team


def reset(session: Session, actor: Actor, team_id: int, kind: MailKind) -> Team:
    """Give the team's own version up for the standard wording. Doing so twice changes nothing."""
    team = own_team(session, actor, team_id)
    mail_templates.remove(session, team.id, kind)
    return team


def send_sample(session: Session, actor: Actor, team_id: int, kind: MailKind, words: Wording, now: datetime) -> str:
    """Send the version, as the sample participant would get it, to the actor. Their address. Raises RuleError."""
    team = own_team(session, actor, team_id)
    check(kind, words)
    address = session.get_one(Member, actor.member_id).email
    if address is None:
        raise RuleError("Slack does not tell Callsheet your e-mail address, so no test can go there.")
    outgoing_mails.sample(session, actor, team.id, kind, words, now)
    return address


def check(kind: MailKind, words: Wording) -> None:
    """Raise RuleError at the field that is wrong."""
    if kind not in EDITABLE:
        raise NotFound("There is no such mail.")
    drafts.check(kind, words.subject, words.text)
    for field, text, longest in (("subject", words.subject, LONGEST_SUBJECT), ("text", words.text, LONGEST_TEXT)):
        if len(text) > longest:
            raise RuleError(f"At most {longest} characters, please.", field)


def own_team(session: Session, actor: Actor, team_id: int) -> Team:
    """The team, if the actor may change its mails: Admins and Ops Managers any, Researchers those they belong to."""
    actor.require(Permission.CHANGE_MAILS)
    team = members.team(session, actor.workspace_id, team_id)
    if not actor.sees_every_team and not members.is_in_team(session, team.id, actor.member_id):
        raise NotFound("There is no team here that you belong to.")
    return team


def changed(stored: MailTemplate | None) -> Changed | None:
    return Changed(stored.updated_by, stored.updated_at) if stored else None
