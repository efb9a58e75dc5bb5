"""What somebody has answered in a screener so far."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.screener import Answer
from storage import screeners
from storage.models import ScreenerResponse
from storage.screeners import Published


def response(session: Session, enrolment_id: int) -> ScreenerResponse | None:
    """What somebody has answered in their study, as it is stored now; None before they have begun."""
    return session.scalar(
        sa.select(ScreenerResponse)
        .where(ScreenerResponse.enrolment_id == enrolment_id)
        .execution_options(populate_existing=True)
    )


def asked(session: Session, study_id: int, given: ScreenerResponse | None) -> Published | None:
    """The version that somebody answers: the one that they have begun, else the present one, if there is one."""
    return screeners.version(session, given.version_id) if given is not None else screeners.current(session, study_id)


def begin(session: Session, enrolment_id: int, version_id: int, now: datetime) -> ScreenerResponse:
    """Let somebody have begun that version. Whoever does it has locked the enrolment."""
    row = ScreenerResponse(enrolment_id=enrolment_id, version_id=version_id, answers={}, started_at=now, saved_at=now)
    session.add(row)
    session.flush()
    return row


def as_kept(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Answers as JSON: what `storage.responses.answers_in` reads."""
    return {key: answer if isinstance(answer, str) else list(answer) for key, answer in answers.items()}
