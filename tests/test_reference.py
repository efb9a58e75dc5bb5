"""The reference pages say what the code says."""

from __future__ import annotations

from docs import status_reference
from domain.participant import ParticipantStatus
from domain.study import StudyType


def test_the_page_about_statuses_is_what_the_table_makes_of_it() -> None:
    assert status_reference.PAGE.read_text(encoding="utf-8") == status_reference.page(), "run make reference"


def test_the_page_names_every_status_and_draws_a_chart_for_every_study_type() -> None:
    page = status_reference.page()
    assert all(f"| {status.value} |" in page for status in ParticipantStatus)
    assert all(f"### {kind.label}\n\n```mermaid\nflowchart TD\n" in page for kind in StudyType)
