"""What people should not type, click or drop: each gets a sentence, and nothing else happens."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from domain.times import local
from storage.models import Interview, Participant
from tests.scenario.conftest import Open
from tests.scenario.driver import Json, eventually, text_of
from tests.scenario.stage import (
    AISHA,
    BERLIN,
    CHECKOUT,
    CORE,
    DANIEL,
    GROWTH,
    INGRID,
    LENA,
    MARCUS,
    ONBOARDING,
    YUSUF,
    Stage,
)

CONTOSO, EVELYN, CONTOSO_CHANNEL = "T0CONTOSO1", "U0EVELYNRO", "C0CONTOUXR"
NEW_YORK = "America/New_York"
HOSTILE = "<!channel> *x* & <b>"
LONG = ("Maximilian-" * 19)[:200]


def interviews(stage: Stage) -> int:
    with stage.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Interview)) or 0


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/interview ZZZ-9", "There is no interview ZZZ-9"),
        ("/interview CHK-9999", "There is no interview CHK-9999"),
        ("/interview cancel CHK-9999", "There is no interview CHK-9999"),
        ("/interview list NOPE", "“NOPE” is neither a study that you can see nor a word that the list knows"),
        ("/interview book NOPE p17@example.com next tue 2pm", "There is no study NOPE"),
        ("/interview book CHK p17 next-ish", "I don't know what “next-ish” means. Write for example"),
        ("/study show NOPE", "There is no study NOPE"),
        ("/participant show P99999", "P99999"),
        ("/interview bok", "Did you mean `/interview book`?"),
        ("/interview book CHK p17@example.com 2020-01-01 2pm", "is more than two years ago"),
        ("/interview book CHK p17@example.com tomorrow 2:10pm", "Pick 14:00 or 14:15"),
        ("/interview book CHK p17@example.com 30 February 2pm", "“30 february” is not a day"),
    ],
)
def test_what_is_unknown_or_impossible_is_told_in_a_sentence(stage: Stage, typed: str, told: str) -> None:
    before = interviews(stage)
    answer = text_of(stage.person(LENA).type(CORE, typed))
    assert told in answer
    assert "went wrong" not in answer
    assert interviews(stage) == before


def test_a_session_is_not_moved_to_a_time_that_has_passed(stage: Stage) -> None:
    reference = stage.book("stays@example.com", hour=7)
    answer = text_of(stage.person(LENA).type(CORE, f"/interview reschedule {reference} yesterday 2pm"))
    assert "has passed" in answer


def test_a_session_that_is_not_over_is_refused_under_its_field_in_the_modal(stage: Stage) -> None:
    lena = stage.person(LENA)
    lena.command(CORE, "/interview book")
    modal = lena.modal()
    begun = stage.now.replace(minute=0, second=0, microsecond=0)
    study = lena.choose(modal, "study", "CHK")
    answer = lena.submit(modal, study=study, email="past@example.com", when=str(int(begun.timestamp())), duration="120")
    assert answer["response_action"] == "errors"
    assert "That session is not over" in answer["errors"]["when"]
    lena.close_modals()


def test_a_session_of_the_past_is_logged_after_it_was_asked_how_it_went_and_nobody_hears(stage: Stage) -> None:
    lena, address = stage.person(LENA), "held@example.com"
    lena.command(CORE, "/interview book")
    modal = lena.modal()
    held = str(int((stage.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=3)).timestamp()))
    study = lena.choose(modal, "study", "CHK")
    assert lena.submit(modal, study=study, email=address, when=held)["response_action"] == "update"
    question = lena.modal()
    assert "How did it go?" in text_of(question)
    assert lena.submit(question)["response_action"] == "clear"
    card = stage.card(stage.newest_reference(), "Completed")
    assert "unverified" not in text_of(card)
    stage.settled()
    assert stage.outside.mails(address) == []


def test_words_of_the_past_are_shown_back_and_logged_with_one_tap(stage: Stage) -> None:
    lena, address = stage.person(LENA), "held-in-words@example.com"
    shown = lena.type(CORE, f"/interview book CHK {address} last monday 2pm")
    assert "Log a session that took place" in text_of(shown)
    lena.click(CORE, shown, "No-show")
    stage.card(stage.newest_reference(), "No Showed")
    stage.settled()
    assert stage.outside.mails(address) == []


def test_overlapping_times_of_a_host_or_a_participant_are_refused_with_the_other_session(stage: Stage) -> None:
    lena, address = stage.person(LENA), "overlapping@example.com"
    lena.click(CORE, lena.type(CORE, f"/interview book CHK {address} in 50 days at 7pm"), "Book it")
    reference = stage.newest_reference()
    host_taken = lena.type(CORE, "/interview book CHK other@example.com in 50 days at 7:30pm")
    assert f"Lena Vogt is already booked at 19:30 for {reference}" in text_of(host_taken)
    person_taken = lena.type(CORE, f"/interview book CHK {address} in 50 days at 7:15pm with <@{MARCUS}>")
    assert f"{reference} at that time already" in text_of(person_taken)
    assert stage.newest_reference() == reference


def test_a_host_whom_the_calendar_does_not_know_is_booked_with_a_warning_and_the_participant_still_hears(
    stage: Stage,
) -> None:
    lena, address = stage.person(LENA), "no-calendar@example.com"
    shown = lena.type(CORE, f"/interview book CHK {address} in 51 days at 2pm with <@{YUSUF}>")
    assert "Yusuf Demir's calendar can't be read" in text_of(shown)
    lena.click(CORE, shown, "Book it")
    reference = stage.newest_reference()
    stage.outlast()
    assert len(stage.cards(reference)) == 1
    assert len(stage.outside.mails(address)) == 1
    assert stage.dead_letters() == []


def test_who_may_not_is_told_so_and_nothing_happens(stage: Stage) -> None:
    reference = stage.book("not-allowed@example.com")
    aisha, card = stage.person(AISHA), stage.card(reference)
    refused = aisha.type(CORE, "/interview book CHK someone@example.com in 52 days at 2pm")
    assert "Observer" in text_of(refused)
    assert "Observer" in text_of(aisha.told_on_click(CHECKOUT, card, "Cancel…"))
    assert aisha.get("")["modals"] == []
    stage.settled()
    assert "Upcoming" in text_of(stage.card(reference))


def test_a_stranger_in_a_shared_channel_is_refused_and_learns_nothing(stage: Stage) -> None:
    reference = stage.book("strange@example.com")
    card, ingrid = stage.card(reference), stage.person(INGRID)
    for label in ("Details", "Cancel…"):
        told = ingrid.told_on_click(CHECKOUT, card, label)
        assert "Callsheet is for members of this workspace only" in text_of(told)
        assert ingrid.get("")["modals"] == []
    assert "strange@example.com" not in text_of(ingrid.messages(CHECKOUT))


def test_another_workspace_sees_and_changes_nothing(stage: Stage) -> None:
    reference = stage.book("foreign@example.com")
    evelyn = stage.person(EVELYN, CONTOSO)
    for typed in (f"/interview {reference}", "/interview today", "/participant find foreign@example.com"):
        evelyn.command(CONTOSO_CHANNEL, typed)
        told = text_of(evelyn.messages(CONTOSO_CHANNEL)[-1])
        assert "foreign" not in told.removeprefix(typed)
        assert "CHK" not in told
        assert told.strip()


def test_a_dropped_csv_with_broken_rows_brings_in_the_good_ones_and_names_the_others(stage: Stage) -> None:
    lena = stage.person(LENA)
    sheet = (
        "email,name,study,Plan\n"
        "good-one@example.com,Good One,CHK,Pro\n"
        "not an address,Broken,CHK,Pro\n"
        f"good-two@example.com,{HOSTILE},CHK,Free\n"
        "good-three@example.com,Three,NOPE,Free\n"
    )
    ts = lena.send(lena.direct, "here you are", people_csv=sheet)["ts"]
    (preview,) = eventually(lambda: lena.thread(lena.direct, ts)[1:], "the file was not looked at")
    assert "4 participants: 2 added, 2 refused" in text_of(preview)
    lena.click(lena.direct, preview, "Bring in 2 rows")
    report = eventually(lambda: lena.thread(lena.direct, ts)[2:], "the file was not reported on")
    said = text_of(report)
    assert "2 added, 2 refused" in said
    assert "Row 3" in said
    assert "not an address" in said
    assert "Row 5" in said
    assert "NOPE" in said
    lena.redeliver()
    stage.outlast()
    assert len(lena.thread(lena.direct, ts)) == 3
    with stage.database.reading() as session:
        added = session.scalars(sa.select(Participant.email).where(Participant.email.startswith("good-"))).all()
    assert sorted(added) == ["good-one@example.com", "good-two@example.com"]


def test_a_dropped_file_that_is_no_sheet_is_told_in_the_thread(stage: Stage) -> None:
    lena = stage.person(LENA)
    ts = lena.send(lena.direct, "and this?", junk_csv="\x00\x01\x02")["ts"]
    report = eventually(lambda: lena.thread(lena.direct, ts)[1:], "the file was not reported on")
    assert "can't be brought in as it is" in text_of(report)


@pytest.mark.parametrize("name", [HOSTILE, LONG], ids=["hostile", "long"])
def test_names_stay_text_wherever_they_are_shown(stage: Stage, name: str) -> None:
    """The Growth team wants names in its channels: card, digest and alert show this one, and so do modals and mails."""
    daniel, outside = stage.person(DANIEL), stage.outside
    address = f"{'long' if name == LONG else 'hostile'}-name@example.com"
    daniel.command(GROWTH, "/interview book")
    modal = daniel.modal()
    day = local(stage.now + timedelta(days=9), NEW_YORK).replace(hour=18, minute=0, second=0)
    while day.weekday() > 4:
        day += timedelta(days=1)
    study = daniel.choose(modal, "study", "ONB")
    taken = daniel.submit(modal, study=study, email=address, name=name, title=name, when=str(int(day.timestamp())))
    assert taken["response_action"] == "update", taken
    harmless(daniel.modal(), name)
    assert "outside working hours" in text_of(daniel.modal())
    assert daniel.submit(daniel.modal())["response_action"] == "clear"
    reference = stage.newest_reference()
    card = daniel.posted(ONBOARDING, f"{reference} ")
    harmless(card, name)
    mail = outside.mail(address)
    assert name[:60] in mail["text"]
    assert "<b>" not in mail["html"]
    event = outside.event("daniel@northwind.example", address)
    outside.rsvp("daniel@northwind.example", event["id"], address, "declined")
    harmless(daniel.posted(GROWTH, reference, "Declined"), name)
    stage.outlast()
    for reply in daniel.thread(ONBOARDING, card["ts"]):
        harmless(reply)
    daniel.click(ONBOARDING, daniel.posted(ONBOARDING, f"{reference} "), "Details")
    harmless(daniel.modal(), name)
    daniel.close_modals()
    daniel.command(GROWTH, f"/participant show {address}")
    harmless(daniel.modal(), name)
    daniel.close_modals()
    harmless(daniel.type(GROWTH, f"/interview list {address}"))
    outside.to(day.replace(hour=8, minute=1))
    harmless(daniel.type(GROWTH, "/interview today"), name)
    harmless(daniel.posted(GROWTH, " session", f"*{reference}*"), name)
    harmless(daniel.home(), name)
    stage.outlast()
    assert stage.dead_letters() == []


def harmless(shown: Json, *names: str) -> None:
    """The message or view has the name in it (its beginning), and no markup of a stranger's."""
    for piece in mrkdwn(shown):
        assert "<!channel>" not in piece
        assert "*x*" not in piece
        assert "<b>" not in piece
    told = text_of(shown)
    for name in names:
        start = name[:9]
        assert start in told or start.replace("<", "&lt;").replace(">", "&gt;") in told


def mrkdwn(piece: object) -> list[str]:
    """The texts of a message or view that Slack reads markup in."""
    if isinstance(piece, dict):
        own = [piece["text"]] if isinstance(piece.get("text"), str) and piece.get("type") != "plain_text" else []
        return [*own, *(text for name, inner in piece.items() if name != "metadata" for text in mrkdwn(inner))]
    return [text for inner in piece for text in mrkdwn(inner)] if isinstance(piece, list) else []


def test_sixty_interviews_make_a_digest_in_parts_and_none_is_dropped(open_stage: Open) -> None:
    stage = open_stage("sqlite", "socket")
    lena, outside = stage.person(LENA), stage.outside
    morning = local(stage.now + timedelta(days=14), BERLIN).replace(hour=8, minute=59, second=0)
    hosts = [f"{name}@northwind.example" for name in ("lena", "marcus", "sofia", "hannah")]
    starts = [f"{morning + timedelta(minutes=61 + 30 * (n // 4)):%Y-%m-%d %H:%M}" for n in range(60)]
    rows = [f"CHK,sixty{n}@example.com,{start},{BERLIN},15,{hosts[n % 4]}" for n, start in enumerate(starts)]
    sheet = "\n".join(["Study,E-mail,Start,Time zone,Minutes,Host", *rows])
    ts = lena.send(lena.direct, "in two weeks", sixty_csv=sheet)["ts"]
    (preview,) = eventually(lambda: lena.thread(lena.direct, ts)[1:], "the file was not looked at")
    lena.click(lena.direct, preview, "Bring in 60 rows")
    report = eventually(lambda: lena.thread(lena.direct, ts)[2:], "the file was not reported on")
    assert "60 interviews: 60 added" in text_of(report)
    stage.outlast()
    outside.to(morning + timedelta(minutes=2))
    lena.posted(CORE, "60 sessions", "part 5 of")
    stage.outlast()
    parts = [m for m in lena.messages(CORE) if "60 sessions" in text_of(m["blocks"][:1])]
    told = [text_of(part["blocks"]) for part in parts]
    with stage.database.reading() as session:
        of_that_day = sa.select(Interview.reference).where(Interview.starts_at > morning)
        references = session.scalars(of_that_day.where(Interview.starts_at < morning + timedelta(hours=12))).all()
    assert len(references) == 60
    assert [r for r in references if sum(f"*{r}*" in text for text in told) != 1] == []
    assert stage.doubles() == []
