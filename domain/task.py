"""Surveys and unmoderated tests, which are done elsewhere: where somebody stands, and what their page shows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.participant import Cause, ParticipantStatus, why_not
from domain.study import StudyStatus, StudyType

S = ParticipantStatus

STARTED = {StudyType.SURVEY: S.SURVEY_STARTED, StudyType.UNMODERATED_TEST: S.TEST_STARTED}
FINISHED = {StudyType.SURVEY: S.SURVEY_COMPLETED, StudyType.UNMODERATED_TEST: S.TEST_COMPLETED}
"""Where beginning and finishing puts somebody, by the type of the study."""
NOUNS = {StudyType.SURVEY: "survey", StudyType.UNMODERATED_TEST: "test"}


class TaskState(StrEnum):
    """What the page of a task is about."""

    OPEN = "open"
    STARTED = "started"
    DONE = "done"
    NOT_ACTIVE = "not_active"
    FULL = "full"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class TaskPage:
    """What somebody sees who is to do a survey or a test. `reward` is what they get for it, "" for nothing.

    `tells_back`: the tool sends them back to us, so nobody need say that they have finished.
    """

    state: TaskState
    study_type: StudyType
    study_name: str
    study_status: StudyStatus
    team_name: str
    participant_name: str
    reward: str
    tells_back: bool
    needs_consent: bool

    @property
    def noun(self) -> str:
        return NOUNS[self.study_type]


def may_start(status: ParticipantStatus, study_type: StudyType) -> bool:
    """Whether somebody who stands there may begin."""
    return why_not(Cause.TASK_OPENED, status, STARTED[study_type], study_type) is None
