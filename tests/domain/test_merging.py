"""Two places in one study: which is kept, and whether a session ahead that comes over moves it."""

from __future__ import annotations

import pytest

from domain.merging import Meeting, Place
from domain.participant import ParticipantStatus

S = ParticipantStatus


@pytest.mark.parametrize(
    ("kept", "given_up", "is_moved"),
    [
        (S.INCENTIVE_NOT_SENT, S.INTERVIEW_SCHEDULED, True),
        (S.INTERVIEW_COMPLETED, S.NO_SHOWED, True),
        (S.INTERVIEW_SCHEDULED, S.INTERVIEW_SCHEDULED, False),
        (S.INCENTIVE_SENT, S.INTERVIEW_SCHEDULED, False),
        (S.HARD_BOUNCED, S.CANCELED, False),
        (S.CANCELED, S.CANCELED, False),
    ],
)
def test_a_session_ahead_moves_the_place_that_is_kept_unless_that_is_settled(
    kept: ParticipantStatus, given_up: ParticipantStatus, is_moved: bool
) -> None:
    own = Place(1, 7, "CHK", kept, None)
    other = Place(2, 7, "CHK", given_up, None, ahead=("CHK-2",))
    found = Meeting(own, other)
    assert found.kept is own
    assert found.moved_by == (("CHK-2",) if is_moved else ())
