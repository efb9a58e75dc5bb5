"""By what mail goes out, as the settings say."""

from __future__ import annotations

from bot.clock import Clock
from bot.integrations.gmail import GmailMailer
from bot.integrations.mime import Sender
from bot.integrations.smtp_mail import SmtpMailer
from bot.settings import Settings


def mailer_of(settings: Settings, clock: Clock) -> SmtpMailer | GmailMailer | None:
    """Mail by SMTP or by Gmail, if it is set up."""
    sender = Sender(*settings.mail_sender, bounce_address=settings.mail_bounces_to)
    if settings.mail_by == "gmail":
        key = settings.google_key
        return GmailMailer(key, sender, clock, settings.gmail_api_endpoint) if key is not None else None
    if settings.smtp_url is None:
        return None
    return SmtpMailer(settings.smtp_url.get_secret_value(), sender, clock)
