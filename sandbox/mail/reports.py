"""Reports of mail that can't be delivered, made as a mail server makes them (RFC 3464), and posted to a program."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
import urllib.request
from email import message_from_bytes, policy
from email.message import Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, make_msgid

from sandbox.clock import SandboxClock

TRIES, TIMEOUT_SECONDS = 5, 10
_FROM = "Mail Delivery System <MAILER-DAEMON@sandbox.example>"

log = logging.getLogger(__name__)


class Reports:
    """Posts reports to one address, each in a thread of its own."""

    def __init__(self, address: str, secret: str, clock: SandboxClock) -> None:
        self._address = address
        self._secret = secret
        self._clock = clock

    def post(self, mail: bytes, recipient: str) -> None:
        """Report that the mail could not be delivered, because there is no such address."""
        raw = self._report(mail, recipient)
        threading.Thread(target=self._post, args=[raw], name="mail-report", daemon=True).start()

    def _post(self, raw: bytes) -> None:
        signature = hmac.new(self._secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"content-type": "message/rfc822", "x-callsheet-signature": f"sha256={signature}"}
        request = urllib.request.Request(self._address, raw, headers, method="POST")  # noqa: S310 - the bot's own
        for turn in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
                    return
            except OSError as error:
                failure = error
            time.sleep(2**turn / 5)
        log.warning("a report of undelivered mail was not taken: %s", failure)

    def _report(self, mail: bytes, recipient: str) -> bytes:
        original = message_from_bytes(mail, policy=policy.compat32)
        report = MIMEMultipart("report", report_type="delivery-status")
        report["From"] = _FROM
        report["To"] = str(original.get("From", ""))
        report["Date"] = format_datetime(self._clock.now())
        report["Subject"] = "Undelivered Mail Returned to Sender"
        report["Message-ID"] = make_msgid(domain="sandbox.example")
        report["Auto-Submitted"] = "auto-replied"
        said = f"550 5.1.1 <{recipient}>: there is no such address here"
        report.attach(MIMEText(f"Your mail could not be delivered.\n\n<{recipient}>: {said}\n"))
        report.attach(_status(recipient, said))
        report.attach(MIMEMessage(original))
        return report.as_bytes()


def _status(recipient: str, said: str) -> Message:
    """The machine's side of the report: about the server, and about the recipient."""
    server, about = Message(), Message()
    server["Reporting-MTA"] = "dns; sandbox.example"
    about["Final-Recipient"] = f"rfc822; {recipient}"
    about["Action"] = "failed"
    about["Status"] = "5.1.1"
    about["Diagnostic-Code"] = f"smtp; {said}"
    part = Message()
    part["Content-Type"] = "message/delivery-status"
    part["MIME-Version"] = "1.0"
    part.set_payload([server, about])
    return part
