"""Bad days of Slack, the calendar and the mail server. Nothing is lost or doubled, and somebody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.scenario.driver import eventually, text_of
from tests.scenario.stage import BERLIN, CHECKOUT, CORE, LENA, LENA_CALENDAR, PRIVATE, Stage

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "rate_limit", "count": 3, "retry_after": 30},
        {"kind": "error", "status": 500, "count": 3},
        {"kind": "error", "status": 503, "count": 2, "method": "chat.postMessage"},
        {"kind": "accept_then_drop", "count": 2, "method": "chat.postMessage"},
        {"kind": "timeout", "seconds": 18, "count": 1, "method": "chat.postMessage"},
        {"kind": "gone"},
    ],
    ids=lambda fault: f"{fault['kind']}{fault.get('status', '')}",
)
def test_card_and_thread_are_posted_once_however_slack_fails(stage: Stage, fault: dict[str, Any]) -> None:
    outside = stage.outside
    outside.fault("slack", **fault)
    reference = stage.book(f"slack-{fault['kind']}{fault.get('status', '')}@example.com")
    eventually(lambda: stage.has_failed(reference), "nothing failed")
    if "count" not in fault:
        outside.heal()
    stage.outlast()
    (card,) = stage.cards(reference)
    (booked,) = [m for m in stage.person(LENA).thread(CHECKOUT, card["ts"])[1:] if "booked" in text_of(m)]
    assert "P" in text_of(booked)


def test_what_is_typed_while_an_answer_can_not_be_shown_is_told_so(stage: Stage) -> None:
    lena = stage.person(LENA)
    stage.outside.fault("slack", "timeout", method="views.open", seconds=4, count=1)
    told = lena.type(CORE, "/interview book")
    assert "Slack did not show the answer. Try again in a moment." in text_of(told)


def test_what_a_locked_database_answers_after_slack_has_given_up_is_seen_all_the_same(stage: Stage) -> None:
    lena = stage.person(LENA)
    with stage.database.unit_of_work() as session:
        session.connection()
        lena.command(CORE, "/participant add locked-out@example.com Mara")
    eventually(lambda: any("is added" in text_of(m) for m in lena.ephemerals(CORE)), "nobody said that it was done")


def test_ten_changes_while_slack_is_gone_make_one_update(stage: Stage) -> None:
    outside, address = stage.outside, "tenfold@example.com"
    reference = stage.book(address)
    event = outside.event(LENA_CALENDAR, address)
    stage.settled()
    outside.fault("slack", "gone", method="chat.update")
    outside.forget_calls()
    for answer in ("accepted", "tentative") * 5:
        outside.rsvp(LENA_CALENDAR, event["id"], address, answer)
    eventually(lambda: stage.has_failed(reference), "the card was not to be updated")
    outside.advance(minutes=10)
    outside.heal()
    stage.outlast()
    assert "Attendance Unknown" in text_of(stage.card(reference))
    updates = [call for call in outside.calls("chat.update") if reference in str(call["args"]) and call["ok"]]
    assert len(updates) == 1


def test_ten_minutes_without_slack_lose_neither_digest_nor_sessions_nor_the_connection(stage: Stage) -> None:
    outside, lena = stage.outside, stage.person(LENA)
    outside.next("08:57", BERLIN)
    stage.outlast()
    before = {m["ts"] for m in lena.messages(CORE)}
    outside.fault("slack", "gone")
    reference = stage.book("without@example.com", days=0, hour=20)
    outside.advance(minutes=4)
    eventually(lambda: stage.has_failed("slack_digest"), "no digest was tried")
    outside.advance(minutes=6)
    outside.heal()
    stage.outlast()
    digests = [m for m in lena.messages(CORE) if m["ts"] not in before and " session" in text_of(m["blocks"][:1])]
    assert sum(f"*{reference}*" in text_of(digest) for digest in digests) == 1
    assert len(stage.cards(reference)) == 1
    eventually(lambda: outside.connections() == 1, "the bot did not come back to Slack")
    assert reference in text_of(lena.type(CORE, "/interview today"))


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "error", "status": 500, "count": 3},
        {"kind": "rate_limit", "count": 3},
        {"kind": "accept_then_drop", "method": "events.insert", "count": 2},
        {"kind": "gone"},
    ],
    ids=lambda fault: fault["kind"],
)
def test_the_event_is_made_once_however_the_calendar_fails(stage: Stage, fault: dict[str, Any]) -> None:
    address = f"calendar-{fault['kind']}@example.com"
    stage.outside.fault("calendar", **fault)
    reference = stage.book(address)
    eventually(lambda: stage.has_failed(reference), "nothing failed")
    if "count" not in fault:
        stage.outside.heal()
    stage.outlast()
    assert len(stage.events(LENA_CALENDAR, reference)) == 1
    assert "not in the calendar" not in text_of(stage.card(reference))


def test_a_change_that_the_calendar_answers_with_412_is_made_over_and_over_until_it_holds(stage: Stage) -> None:
    reference = stage.book("changed@example.com", hour=11)
    stage.outlast()
    stage.outside.fault("calendar", "error", method="events.patch", status=412, count=2)
    lena = stage.person(LENA)
    shown = lena.type(CORE, f"/interview reschedule {reference} in 21 days at 5pm")
    lena.click(CORE, shown, "Move it")
    stage.outlast()
    (event,) = stage.events(LENA_CALENDAR, reference)
    assert "T17:00" in event["start"]["dateTime"]
    assert stage.outside.faults() == []


def test_a_calendar_that_forgot_where_we_were_is_read_again_and_nothing_is_told_twice(stage: Stage) -> None:
    outside, address = stage.outside, "expired@example.com"
    reference = stage.book(address)
    event = outside.event(LENA_CALENDAR, address)
    outside.rsvp(LENA_CALENDAR, event["id"], address, "tentative")
    stage.person(LENA).posted(CORE, "Answered “Maybe”", reference)
    outside.post(f"calendar/{LENA_CALENDAR}/expire-sync")
    outside.rsvp(LENA_CALENDAR, event["id"], address, "declined")
    stage.card(reference, "Declined")
    stage.outlast()
    alerts = [text_of(m) for m in stage.person(LENA).messages(CORE) if reference in text_of(m)]
    assert sum("Answered “Maybe”" in text for text in alerts) == 1
    assert sum("Declined" in text for text in alerts) == 1


@pytest.mark.parametrize("way", ["forbidden", "revoked"])
def test_a_calendar_that_refuses_is_told_on_the_card_and_in_the_channel_and_made_up_for(stage: Stage, way: str) -> None:
    outside, lena, started = stage.outside, stage.person(LENA), stage.now
    if way == "forbidden":
        outside.fault("calendar", "error", method="events.insert", status=403)
    else:
        outside.post(f"calendar/{LENA_CALENDAR}/revoke")
    reference = stage.book(f"{way}@example.com", hour=16)
    stage.card(reference, "not in the calendar")
    lena.posted(CORE, reference, "The session can't be written into the calendar")
    direct = lena.told("A delivery was given up", since=started)
    assert "@" not in text_of(direct).replace("<@", "")
    if way == "forbidden":
        outside.heal()
        status = lena.type(CORE, "/callsheet status")
        assert "Calendar event" in text_of(status)
        lena.click(CORE, status, "Retry them")
    else:
        lena.told("Callsheet can't read your calendar any more", since=started)
        outside.post(f"calendar/{LENA_CALENDAR}/restore")
        outside.advance(minutes=11)
    eventually(lambda: stage.events(LENA_CALENDAR, reference), "the event was not made up for")
    stage.outlast()
    assert "not in the calendar" not in text_of(stage.card(reference))
    assert stage.dead_letters() == []


def test_a_refused_mail_is_told_in_the_channel_without_the_address(stage: Stage) -> None:
    address = "nobody@example.com"
    stage.outside.bounce(address)
    reference = stage.book(address)
    alert = stage.person(LENA).posted(CORE, reference, "Mail refused")
    assert address not in text_of(alert)
    stage.outlast()
    assert stage.outside.mails(address) == []
    assert len(stage.cards(reference)) == 1


@pytest.mark.parametrize("kind", ["error", "rate_limit", "gone", "deferred"])
def test_a_mail_that_can_not_go_out_goes_out_later_and_once(stage: Stage, kind: str) -> None:
    outside, address = stage.outside, f"later-{kind}@example.com"
    if kind == "deferred":
        outside.bounce(address, "defer")
    else:
        outside.fault("mail", kind)
    reference = stage.book(address)
    eventually(lambda: stage.has_failed(reference), "no mail failed")
    outside.heal()
    outside.bounce(address, "none")
    stage.outlast()
    assert len(outside.mails(address)) == 1
    assert stage.dead_letters() == []


def test_a_mail_whose_outcome_is_unknown_comes_again_as_the_same_mail(stage: Stage) -> None:
    """Mail is the one channel where a message may come twice: its Message-ID lets the mailbox see that."""
    address = "unknown@example.com"
    stage.outside.fault("mail", "accept_then_drop", count=1)
    stage.book(address)
    stage.outlast()
    mails = stage.outside.mails(address)
    assert len({mail["headers"]["Message-ID"] for mail in mails}) == 1
    stage.outside.forget_mails()


def test_a_channel_without_the_bot_costs_no_digest_and_the_admins_are_told(stage: Stage) -> None:
    lena, outside = stage.person(LENA), stage.outside
    outside.next("10:00", BERLIN)
    lena.command(PRIVATE, "/callsheet settings")
    lena.submit(lena.modal(), name="Recruiting", members=[LENA], working_days=list(DAYS))
    lena.command(PRIVATE, "/study new")
    lena.submit(lena.modal(), name="Diary of a week", key="DIARY", team="Recruiting")
    reference = stage.book("private@example.com", study="DIARY", days=1, hour=22)
    stage.settled()
    lena.let_bot_in(PRIVATE, member=False)
    outside.next("09:01", BERLIN)
    told = lena.told("/invite @Callsheet", since=stage.now - timedelta(minutes=1))
    assert "digest" in text_of(told)
    status = lena.type(CORE, "/callsheet status")
    assert "Digest" in text_of(status)
    assert "/invite @Callsheet" in text_of(status)
    lena.let_bot_in(PRIVATE)
    lena.click(CORE, status, "Retry them")
    digest = lena.posted(PRIVATE, "1 session", reference)
    stage.outlast()
    assert [m["ts"] for m in lena.messages(PRIVATE) if "1 session" in text_of(m)] == [digest["ts"]]
    assert stage.dead_letters() == []


def test_a_public_channel_that_the_bot_left_is_joined_again(stage: Stage) -> None:
    lena = stage.person(LENA)
    lena.let_bot_in(CHECKOUT, member=False)
    reference = stage.book("rejoined@example.com")
    stage.card(reference)


def test_a_restart_in_the_middle_loses_nothing_and_pushes_still_come(stage: Stage) -> None:
    outside, address = stage.outside, "restarted@example.com"
    outside.fault("slack", "error", method="chat.postMessage", status=503)
    reference = stage.book(address)
    eventually(lambda: stage.has_failed(reference), "the card was not to be posted")
    stage.stop_bot()
    outside.heal()
    stage.start_bot()
    stage.outlast()
    assert len(stage.cards(reference)) == 1
    assert len(outside.mails(address)) == 1
    started = outside.now()
    event = outside.event(LENA_CALENDAR, address)
    outside.rsvp(LENA_CALENDAR, event["id"], address, "accepted")
    stage.card(reference, "Accepted")
    assert outside.now() - started < timedelta(seconds=50), "it was polled, not pushed"


def test_the_bot_starts_while_slack_is_gone_and_joins_when_it_is_back(stage: Stage) -> None:
    stage.stop_bot()
    stage.outside.fault("slack", "gone")
    stage.start_bot(wait=False)
    eventually(lambda: stage.http.get(f"{stage.callsheet.web.url}/healthz").status_code == 503, "it is not up")
    stage.outside.heal()
    assert stage.callsheet.joined(30)
    assert stage.http.get(f"{stage.callsheet.web.url}/healthz").status_code == 200
    assert "CHK" in text_of(stage.person(LENA).type(CORE, "/study list"))
