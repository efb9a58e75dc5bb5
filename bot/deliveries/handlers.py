"""Which handler brings out which kind of outbox row."""

from __future__ import annotations

from collections.abc import Mapping

from bot.deliveries import (
    alert,
    calendar,
    card,
    digest,
    enrolment_mail,
    home,
    imported,
    mail,
    member,
    notice,
    sample_mail,
    study_card,
    thread,
)
from bot.deliveries.tools import Handler
from bot.services.outgoing import Kind

HANDLERS: Mapping[str, Handler] = {
    Kind.CARD: card.deliver,
    Kind.THREAD: thread.deliver,
    Kind.ALERT: alert.deliver,
    Kind.QUESTION: alert.redraw_question,
    Kind.DIGEST: digest.post,
    Kind.DIGEST_UPDATE: digest.update,
    Kind.HOME: home.deliver,
    Kind.NOTICE: notice.deliver,
    Kind.WHISPER: notice.whisper,
    Kind.MEMBER: member.deliver,
    Kind.MEMBERS: member.deliver_all,
    Kind.MAIL: mail.deliver,
    Kind.ENROLMENT_MAIL: enrolment_mail.deliver,
    Kind.SAMPLE_MAIL: sample_mail.deliver,
    Kind.STUDY: study_card.deliver,
    Kind.CALENDAR: calendar.deliver,
    Kind.IMPORT: imported.deliver,
    Kind.IMPORT_REPORT: imported.post_report,
}
