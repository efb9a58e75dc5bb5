"""Which handler brings out which kind of outbox row."""

from __future__ import annotations

from collections.abc import Mapping

from bot.deliveries import (
    alert,
    blocklist_card,
    calendar,
    card,
    digest,
    enrolment_mail,
    file,
    home,
    import_preview,
    imported,
    mail,
    member,
    notice,
    review_card,
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
    Kind.BLOCKLIST: blocklist_card.deliver,
    Kind.REVIEW: review_card.deliver,
    Kind.REVIEW_NOTE: review_card.discuss,
    Kind.CALENDAR: calendar.deliver,
    Kind.IMPORT_PREVIEW: import_preview.deliver,
    Kind.IMPORT: imported.deliver,
    Kind.IMPORT_REPORT: imported.post_report,
    Kind.FILE: file.deliver,
}
