"""The sandbox's mail: an SMTP server that keeps what it takes, and the inbox that shows it."""

from sandbox.mail.service import MailSandbox

__all__ = ["MailSandbox"]
