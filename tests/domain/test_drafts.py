"""What mails begin with, and what becomes of a team's own version of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain import drafts
from domain.drafts import STANDARD, Wording
from domain.errors import RuleError
from domain.letters import TOKENS, Appointment, MailContext, MailLinks, token_values
from domain.mail import MailKind
from domain.mail_samples import sample
from domain.tokens import names, render

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
K = MailKind
SESSION = Appointment("Paying", NOW, NOW + timedelta(hours=1), "Google Meet", "https://meet.example/x")
PAGE = "https://call.example/s/1"
CONTEXT = MailContext(
    participant_name="Anna Köhler",
    participant_first_name="Anna",
    time_zone="Europe/Berlin",
    study_name="Shopping online",
    team_name="Northwind",
    host_first_name="Sofia",
    session=SESSION,
    links=MailLinks(confirm=PAGE, manage=PAGE, reschedule=PAGE),
    incentive="50.00 EUR",
)
BARE = MailContext("", "", "UTC", "Shopping online", "Northwind", "Sofia", replace(SESSION, location=None, link=None))


def test_tokens_are_what_there_is_on_one_line_each() -> None:
    full = token_values(CONTEXT)
    assert full["interview.when"] == "Monday, 23 November 2026, 09:30–10:30 (Berlin time, UTC+1)"
    assert (full["interview.date"], full["interview.time"]) == ("Monday, 23 November 2026", "09:30")
    assert (full["interview.length"], full["study.incentive"]) == ("1 hour", "50.00 EUR")
    bare = token_values(BARE)
    assert bare["participant.first_name"] == "there"
    assert not {"links.confirm", "interview.link", "study.incentive"} & bare.keys()
    assert token_values(replace(BARE, participant_name="A\nBcc: x"))["participant.name"] == "A Bcc: x"


@pytest.mark.parametrize("kind", MailKind)
def test_sample_has_every_token_of_its_kind(kind: MailKind) -> None:
    assert token_values(sample(kind, "Sofia", "Northwind", "Europe/Berlin", NOW)).keys() >= set(TOKENS[kind])


def test_mail_about_an_enrolment_has_no_tokens_of_a_session_but_its_length() -> None:
    of_sessions = {name for name in TOKENS[K.SCHEDULER] if name.startswith("interview.")}
    assert of_sessions == {"interview.length"}
    assert "links.schedule" in TOKENS[K.SCHEDULER]
    assert not {"links.schedule", "links.claim", "offer.when"} & set(TOKENS[K.CONFIRMATION])


@pytest.mark.parametrize("kind", MailKind)
def test_standard_words_hold_for_a_team_to_begin_from(kind: MailKind) -> None:
    drafts.check(kind, STANDARD[kind].subject, STANDARD[kind].text)


@pytest.mark.parametrize("kind", [kind for kind in MailKind if "interview.when" in TOKENS[kind]])
@pytest.mark.parametrize("context", [CONTEXT, BARE])
def test_every_draft_can_be_sent_as_it_is(kind: MailKind, context: MailContext) -> None:
    values = token_values(context)
    begun = drafts.begin(kind, None, values)

    said = render(begun.subject, values) + render(begun.text, values)
    assert "{{" not in said
    assert "\n\n\n" not in begun.text
    assert "Shopping online" in said


def test_own_version_is_what_a_mail_begins_with() -> None:
    own = Wording("Hallo {{ participant.first_name }}", "Bis dann!\n\n{{ host.first_name }}")
    assert drafts.begin(K.REMINDER, own, token_values(CONTEXT)) == own
    said = drafts.worded(K.REMINDER, CONTEXT, own)
    assert (said.subject, said.message, said.has_own_subject) == ("Hallo Anna", "Bis dann!\n\nSofia", True)
    assert not drafts.worded(K.REMINDER, CONTEXT, Wording(STANDARD[K.REMINDER].subject, "Bis dann!")).has_own_subject


def test_line_whose_token_stands_for_nothing_is_left_out_and_such_a_subject_is_the_standard_one() -> None:
    own = Wording("You get {{ study.incentive }}", "Hi.\n\nYou get {{ study.incentive }}.\n\nSee you!")
    words = drafts.filled(K.REMINDER, own, token_values(BARE))
    assert words.text == "Hi.\n\nSee you!"
    assert words.subject.startswith("Your session for Shopping online is coming up")


@pytest.mark.parametrize("text", ["You get {{ study.incentive }}", "Open {{ brace", "{{ gone.for_good }}"])
def test_own_version_never_holds_a_mail_up(text: str) -> None:
    words = drafts.filled(K.CONFIRMATION, Wording("{{ study.incentive }} }}", text), token_values(BARE))
    assert words.text.startswith("Hi there,\n\nyou're booked.")
    assert words.subject.startswith("You're booked: Shopping online")


@pytest.mark.parametrize(
    ("subject", "text", "field", "sentence"),
    [
        ("", "Hello", "subject", "The mail has no subject."),
        ("Hello", " \n", "text", "The mail has no text."),
        ("{{ interview.when }}", "Hello", "subject", "There is no {{ interview.when }}."),
        ("Hello", "Hi {{ participant.firstname }}", "text", "There is no {{ participant.firstname }}."),
        ("Hello", "Hi {{ participant.name", "text", "one of the two is missing"),
    ],
)
def test_wrong_own_version_is_told_at_its_field(subject: str, text: str, field: str, sentence: str) -> None:
    with pytest.raises(RuleError) as refused:
        drafts.check(K.SCHEDULER, subject, text)
    assert refused.value.field == field
    assert sentence in refused.value.message


def test_cancellation_for_one_is_filled_and_for_several_says_what_differs_by_tokens() -> None:
    values = token_values(CONTEXT)
    one = drafts.cancellation_for(None, values, is_own=False, is_for_one=True)
    several = drafts.cancellation_for(None, values, is_own=False, is_for_one=False)

    assert one.startswith("Hi Anna,\n\nyour session with Sofia for “Shopping online”, Monday, 23 November")
    assert names(several) == {"participant.first_name", "interview.when"}
    assert "thank you for letting us know" in drafts.cancellation_for(None, values, is_own=True, is_for_one=True)


def test_cancellation_begins_with_the_teams_version_unless_the_participant_cancelled() -> None:
    own = Wording(
        "Off", "Dear {{ participant.name }}, join {{ interview.link }} no more.\nSorry, {{ participant.name }}!"
    )
    values = {name: value for name, value in token_values(CONTEXT).items() if name in TOKENS[K.CANCELLATION]}
    assert drafts.cancellation_for(own, values, is_own=False, is_for_one=True) == "Sorry, Anna Köhler!"
    assert "letting us know" in drafts.cancellation_for(own, values, is_own=True, is_for_one=True)


def test_name_that_looks_like_a_token_is_none_in_a_filled_text() -> None:
    values = token_values(CONTEXT) | {"participant.first_name": "{{ 7 * 7 }}"}
    text = drafts.cancellation_for(None, values, is_own=False, is_for_one=True)

    assert names(text) == set()
    assert render(text, values) == text
