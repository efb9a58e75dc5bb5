"""What screen readers say: every message in a sentence, every button with what it is about; no sign without a word."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import alert, digest, interview, interview_details, schedule
from bot.blocks.kit import Block
from domain.alert import Alert, AlertKind
from domain.digest import Digest, DigestSection
from domain.interview import InterviewAction, InterviewDetails, InterviewStatus
from domain.schedule import Agenda, Seen
from domain.study import StudyType
from sandbox.slack.blockkit import message_offences
from tests.blocks.lines import HOSTILE, NOW, line, seat

ST = InterviewStatus
WHEN = r"<!date\^\d+\^[^|>]+\|2026-11-23 10:00 UTC>"
SIGNS = "⚠✓✗★☆✅❌"


def buttons(drawn: Iterable[Block]) -> list[dict[str, Any]]:
    elements = [e for block in drawn for e in (*block.get("elements", ()), block.get("accessory"))]
    return [e for e in elements if isinstance(e, dict) and e["type"] == "button"]


def details() -> InterviewDetails:
    shown: dict[str, Any] = dict.fromkeys(
        (
            "passcode",
            "rescheduled_from",
            "rescheduled_to",
            "participant_time_zone",
            "older_than",
        )
    )
    return InterviewDetails(line=line(), description="", may_manage=True, may_see_contacts=False, timeline=(), **shown)


def test_the_card_is_a_sentence_of_what_when_who_and_how_it_stands() -> None:
    assert re.fullmatch(rf"CHK-7 Checkout study, {WHEN}, P17: Upcoming", interview.card_text(line()))


def test_details_lists_and_days_say_the_same() -> None:
    said = rf"CHK-7 Checkout study, {WHEN}, P17: Upcoming"
    seen = (Seen(line(), with_names=False, may_manage=True),)
    days = schedule.Days("today", NOW.date(), 1, "Europe/Berlin")
    assert re.fullmatch(said, interview_details.details_text(details()))
    assert re.fullmatch(rf"Interviews:\n{said}", schedule.page(schedule.ListPage("", seen, None, None), NOW, "UTC")[0])
    assert re.fullmatch(rf"[^\n]+: 1 session\n{said}", schedule.agenda(Agenda(seen, 0), days, NOW)[0])


def test_a_digest_tells_each_of_its_sessions() -> None:
    shown = Digest(NOW.date(), 1, 1, 1, 0, 0, {DigestSection.TODAY: (line(names_in_channel=True),)})
    title, told = digest.message(shown, NOW, with_names=False)[0].splitlines()
    assert title == "Monday 23 November · 1 session"
    assert re.fullmatch(rf"CHK-7 Checkout study, {WHEN}, P17: Upcoming", told)
    assert "Mara Lindqvist: Upcoming" in digest.message(shown, NOW, with_names=True)[0]


@pytest.mark.parametrize("kind", [k for k in AlertKind if k is not AlertKind.START_CHECK])
def test_an_alert_says_what_which_and_when(kind: AlertKind) -> None:
    text, _ = alert.message(Alert(kind, line(), seat(), by="U1", moved=None, why=None), has_mail=True)
    assert re.search(rf"CHK-7 Checkout study, {WHEN}\. .*\w", text)


def test_a_text_of_many_ends_with_a_whole_interview() -> None:
    many = [(line(id=at, reference=f"CHK-{at}", study_name=HOSTILE * 3), False) for at in range(60)]
    text = interview.read_out_all("Interviews:", many)
    assert len(text) <= 3900
    assert text.endswith(": Upcoming")
    assert "<!channel>" not in text


@pytest.mark.parametrize("status", list(ST))
def test_every_button_of_a_card_a_line_and_the_details_names_the_interview(status: InterviewStatus) -> None:
    shown = line(status=status, study_type=StudyType.GROUP_INTERVIEW, settled_at=NOW)
    drawn = [*interview.card(shown, NOW)[1], *interview.line_block(shown, NOW, with_names=False)]
    elements = [*buttons(drawn), *interview.all_elements(shown, NOW, may_manage=True)]
    labels = [element["accessibility_label"] for element in elements if element["type"] == "button"]
    assert labels
    assert all("CHK-7" in label for label in labels)
    assert message_offences(drawn) == []


def test_every_action_has_words_of_its_own() -> None:
    assert set(interview.SPOKEN) == set(InterviewAction)
    assert len(set(interview.SPOKEN.values())) == len(InterviewAction)
    mark = interview.button_for(InterviewAction.MARK_NO_SHOW, line())
    assert mark["accessibility_label"] == "Mark CHK-7 as a no-show"


def test_the_longest_reference_fits_into_what_is_said() -> None:
    long = line(reference="ABCDEFGH-123456789")
    drawn = [interview.button_for(action, long)["accessibility_label"] for action in InterviewAction]
    assert all(label.endswith(long.reference) or long.reference in label for label in drawn)


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=2), timedelta(days=1)])
def test_no_sign_stands_without_a_word(later: timedelta) -> None:
    shown = [line(link=None), line(status=ST.COMPLETED), *(line(seats=(seat(attendance=a),)) for a in interview.MARKS)]
    for one in shown:
        said = json.dumps(interview.card(one, NOW + later)[1], ensure_ascii=False)
        for found in re.finditer(rf"[{re.escape(SIGNS)}]+", said):
            assert re.match(r"[^\w\"]{0,3}[\w*{<]", said[found.end() :]), said[found.start() :][:40]
