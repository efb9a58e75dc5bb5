"""A participant who does not exist, and what would be written to them: so a team sees its own versions of mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.letters import Appointment, MailContext, MailLinks, OfferedTime
from domain.mail import ABOUT_ENROLMENTS, MailKind

NAME = "Maximiliana-Josephine van den Boogaard-Oyelaran"
"""Long on purpose: what looks good with this name looks good with any."""

STUDY = "How you compare prices before you buy something"
PLACE = "https://callsheet.example"
LENGTH = timedelta(minutes=45)


def sample(kind: MailKind, host_first_name: str, team_name: str, time_zone: str, now: datetime) -> MailContext:
    """What a mail of the kind may say to the sample participant: everything that there is. `now` is aware."""
    starts_at = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    page, is_offer = f"{PLACE}/s/…", kind is MailKind.SLOT_OFFER
    session = appointment(starts_at, is_ahead=kind is not MailKind.CANCELLATION)
    return MailContext(
        participant_name=NAME,
        participant_first_name=NAME.split()[0],
        time_zone=time_zone,
        study_name=STUDY,
        team_name=team_name,
        host_first_name=host_first_name,
        session=None if kind in ABOUT_ENROLMENTS else session,
        offer=OfferedTime(starts_at, starts_at + LENGTH, now + timedelta(hours=4)) if is_offer else None,
        length=LENGTH if kind in (MailKind.SCHEDULER, MailKind.SLOT_OFFER) else None,
        links=links(kind, page),
        incentive="50.00 EUR",
    )


def appointment(starts_at: datetime, *, is_ahead: bool) -> Appointment:
    """The sample participant's session. How to join one is said while it is ahead."""
    session = Appointment("Interview about comparing prices", starts_at, starts_at + LENGTH, is_ahead=is_ahead)
    if not is_ahead:
        return session
    return replace(session, location="Google Meet", link="https://meet.google.com/abc-defg-hij", passcode="482 913")


def links(kind: MailKind, page: str) -> MailLinks:
    """The links that a mail of the kind may have. Their secrets are made when a mail goes out."""
    unsubscribe = f"{PLACE}/u/…"
    if kind is MailKind.SLOT_OFFER:
        return MailLinks(claim=f"{PLACE}/c/…", unsubscribe=unsubscribe)
    if kind is MailKind.SCHEDULER:
        return MailLinks(schedule=page, unsubscribe=unsubscribe)
    if kind in ABOUT_ENROLMENTS:
        return MailLinks(start=page, unsubscribe=unsubscribe)
    if kind is MailKind.CANCELLATION:
        return MailLinks(reschedule=f"{page}/times", unsubscribe=unsubscribe)
    return MailLinks(confirm=page, manage=page, reschedule=f"{page}/times", unsubscribe=unsubscribe)
