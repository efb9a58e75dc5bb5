"""Sessions that are over and of which nobody has said how they went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from bot.jobs.apart import going_on
from bot.services import outcomes
from storage import sweeps
from storage.engine import Database
from storage.models import Interview

SESSIONS = 500


def sweep(database: Database, now: datetime) -> int:
    """Complete the sessions that have ended, a study at a time. How many there were."""
    with database.reading() as session:
        ended = sweeps.ended(session, now, SESSIONS)
    of_study: dict[int, list[int]] = defaultdict(list)
    for one in ended:
        of_study[one.study_id].append(one.interview_id)

    def complete(interview_ids: Sequence[int]) -> int:
        with database.unit_of_work() as session:
            for interview_id in interview_ids:
                outcomes.complete_ended(session, session.get_one(Interview, interview_id), now)
        return len(interview_ids)

    with going_on() as apart:
        return sum(apart.each("session", interview_ids, complete) for interview_ids in of_study.values())
