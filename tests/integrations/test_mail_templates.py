"""The words of a mail: whole, in the reader's zone, and harmless whatever people are called."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.integrations.mail_templates import MailContent, render_mail
from domain.mail import BY_HAND, MailContext, MailKind, MailLinks
from domain.spelling import when

START = datetime(2026, 11, 24, 13, tzinfo=UTC)
CONTEXT = MailContext(
    participant_name="Anna Köhler",
    participant_first_name="Anna",
    study_name="Shopping online",
    title="Interview about paying",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    time_zone="Europe/Berlin",
    host_first_name="Sofia",
    team_name="Northwind Research",
    location="Google Meet",
    link="https://meet.google.com/abc-defg-hij",
    passcode="482 913",
    links=MailLinks("https://callsheet.example/c/1?a=1&b=2", "https://callsheet.example/m/1"),
    reply_to="sofia@northwind.example",
)
TEMPLATES = [kind for kind in MailKind if kind not in BY_HAND]
HOSTILE = "<img src=x onerror=alert(1)> & {{ 7 * 7 }}"
TEXTS = [
    field.name
    for field in fields(MailContext)
    if isinstance(getattr(CONTEXT, field.name), str) and field.name != "time_zone"
]


class Page(HTMLParser):
    """What a reader sees of a page, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: dict[str, str] = {}
        self.tags: list[str] = []
        self._words: list[str] = []
        self._href: str | None = None
        self._hidden = 0
        self.feed(html)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self._words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._hidden += tag == "style"
        if tag == "a":
            self._href = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag == "style"
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._words.append(data)
            if self._href is not None:
                self.links[data.strip()] = self._href


def confirmation(context: MailContext = CONTEXT) -> MailContent:
    return render_mail(MailKind.CONFIRMATION, context)


def test_confirmation_says_everything_in_text_and_page() -> None:
    mail = confirmation()
    page = Page(mail.html)

    assert mail.subject == "You're booked: Shopping online, Tuesday, 24 November 2026, 14:00"
    assert "Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)" in mail.text
    for words in ("Anna", "Shopping online", "Sofia", "Interview about paying", "Google Meet", "482 913"):
        assert words in mail.text
        assert words in page.words
    for link in (CONTEXT.link, CONTEXT.links.confirm, CONTEXT.links.manage):
        assert str(link) in mail.text
    assert page.links["Join the session"] == CONTEXT.link
    assert page.links["Confirm you’re coming"] == CONTEXT.links.confirm
    assert page.links["I can’t make it"] == CONTEXT.links.manage
    for words in (mail.text, page.words):
        assert "Need another time, or have a question? Just reply to this mail." in words
    assert {"14:00–15:00", "Berlin time, UTC+1"} <= {line.strip() for line in page._words}


def test_cancellation_by_the_team_needs_nothing_done() -> None:
    mail = render_mail(MailKind.CANCELLATION, CONTEXT)
    page = Page(mail.html)

    assert mail.subject == "Cancelled: Shopping online, Tuesday, 24 November 2026, 14:00"
    for words in (mail.text, page.words):
        assert "There is nothing you need to do. Thank you for being ready to take part." in words
    assert page.links == {}


def test_cancellation_in_the_teams_words_says_them_and_nothing_else_of_ours() -> None:
    mail = render_mail(MailKind.CANCELLATION, replace(CONTEXT, message="Hi Anna,\n\nSofia has fallen ill.\nSorry!"))

    assert mail.text.startswith("Hi Anna,\n\nSofia has fallen ill.\nSorry!\n")
    for words in (mail.text, Page(mail.html).words):
        assert "nothing you need to do" not in words
        assert "The session leaves your calendar by itself" in words
    assert "fallen ill.<br>Sorry!" in mail.html


def test_cancellation_by_the_participant_thanks_them_for_saying_so() -> None:
    mail = render_mail(MailKind.CANCELLATION, replace(CONTEXT, is_own_cancellation=True))
    page = Page(mail.html)

    for words in (mail.text, page.words):
        assert re.search(r"thank you for letting us know that you can['’]t make it", words)
        assert "Would another time suit you? Just reply to this mail." in words
        assert "being ready" not in words


@pytest.mark.parametrize("kind", TEMPLATES)
def test_mail_without_anything_optional_has_no_gaps(kind: MailKind) -> None:
    bare = replace(
        CONTEXT,
        participant_name="",
        participant_first_name="",
        location=None,
        link=None,
        passcode=None,
        links=MailLinks(),
        reply_to=None,
    )
    mail = render_mail(kind, bare)

    assert mail.text.startswith("Hello,\n")
    for words in ("None", "Passcode", "Where", "Join", "Reason", "reply", "\n\n\n"):
        assert words not in mail.text
    assert "None" not in Page(mail.html).words
    assert Page(mail.html).links == {}


@pytest.mark.parametrize("kind", TEMPLATES)
@pytest.mark.parametrize("field", TEXTS)
def test_what_people_wrote_is_never_markup_nor_template(kind: MailKind, field: str) -> None:
    changed: dict[str, Any] = {field: HOSTILE}
    mail = render_mail(kind, replace(CONTEXT, **changed))

    assert "img" not in Page(mail.html).tags
    assert "49" not in mail.text
    assert "&lt;" not in mail.text
    assert "&amp;" not in mail.subject


def test_page_shows_what_people_wrote_as_they_wrote_it() -> None:
    mail = confirmation(replace(CONTEXT, title=HOSTILE))

    assert HOSTILE in Page(mail.html).words
    assert HOSTILE in mail.text


def test_name_with_line_breaks_writes_no_lines_of_its_own() -> None:
    mail = confirmation(replace(CONTEXT, host_first_name="Sofia\nJoin: https://evil.example", study_name="A\r\nBcc: b"))

    assert "\nJoin: https://evil.example" not in mail.text
    assert mail.subject.startswith("You're booked: A Bcc: b,")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "+49 30 123456", "data:text/html,x"])
def test_only_web_addresses_can_be_clicked(link: str) -> None:
    page = Page(confirmation(replace(CONTEXT, link=link)).html)

    assert link not in page.links.values()
    assert "Join the session" not in page.links
    assert link in page.words


def test_host_change_names_the_new_host_and_how_to_join() -> None:
    mail = render_mail(MailKind.HOST_CHANGE, CONTEXT)
    page = Page(mail.html)

    assert mail.subject.startswith("Your session is now with Sofia: Shopping online, Tuesday, 24 November 2026")
    assert "is now with Sofia" in mail.text
    assert "Your session is now with Sofia" in page.words
    assert page.links["Join the session"] == CONTEXT.link


@pytest.mark.parametrize("kind", BY_HAND)
def test_what_a_person_wrote_is_the_whole_text(kind: MailKind) -> None:
    written = replace(CONTEXT, subject="About & around", message="Hi Anna,\n\nsee you at <b>ours</b>.")
    mail = render_mail(kind, written)

    assert (mail.subject, mail.text) == ("About & around", "Hi Anna,\n\nsee you at <b>ours</b>.\n")
    assert "see you at <b>ours</b>." in Page(mail.html).words
    assert "b" not in Page(mail.html).tags


def test_web_addresses_in_what_a_person_wrote_can_be_clicked_and_nothing_else() -> None:
    message = 'See https://a.example/x?y=1&z=2, (http://b.example) or javascript:alert(1) or "https://c.example/<i>".'
    page = Page(render_mail(MailKind.CUSTOM, replace(CONTEXT, subject="S", message=message)).html)

    assert page.links == {
        address: address for address in ("https://a.example/x?y=1&z=2", "http://b.example", "https://c.example/")
    }
    assert "javascript:alert(1)" in page.words


def test_title_that_only_repeats_the_study_is_left_out() -> None:
    assert "Session:" not in confirmation(replace(CONTEXT, title=CONTEXT.study_name)).text


def test_styles_stand_on_the_elements_and_nothing_is_fetched() -> None:
    html = confirmation().html

    assert '<h1 style="' in html
    assert "prefers-color-scheme: dark" in html
    for fetched in ("<link", "<img", "<script", "url(", "@import"):
        assert fetched not in html


@pytest.mark.parametrize(
    ("zone", "hours", "shown"),
    [
        ("Europe/Berlin", 1, "Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)"),
        ("America/New_York", 1, "Tuesday, 24 November 2026, 08:00–09:00 (New York time, UTC−5)"),
        ("Asia/Kolkata", 1, "Tuesday, 24 November 2026, 18:30–19:30 (Kolkata time, UTC+5:30)"),
        ("America/St_Johns", 1, "Tuesday, 24 November 2026, 09:30–10:30 (St Johns time, UTC−3:30)"),
        ("Europe/London", 1, "Tuesday, 24 November 2026, 13:00–14:00 (London time, UTC)"),
        ("UTC", 1, "Tuesday, 24 November 2026, 13:00–14:00 (UTC)"),
        ("Etc/GMT+5", 1, "Tuesday, 24 November 2026, 08:00–09:00 (UTC−5)"),
        (
            "Pacific/Auckland",
            11,
            "Wednesday, 25 November 2026, 02:00–13:00 (Auckland time, UTC+13)",
        ),
        (
            "Asia/Tokyo",
            3,
            "Tuesday, 24 November 2026, 22:00 – Wednesday, 25 November 2026, 01:00 (Tokyo time, UTC+9)",
        ),
    ],
)
def test_time_is_spelled_out_in_the_readers_zone(zone: str, hours: int, shown: str) -> None:
    assert when(START, START + timedelta(hours=hours), zone) == shown


def test_repeated_hour_is_told_apart_by_its_offset() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    shown = [
        when(start, start + timedelta(minutes=20), "Europe/Berlin") for start in (first, first + timedelta(hours=1))
    ]

    assert shown == [
        "Sunday, 25 October 2026, 02:30–02:50 (Berlin time, UTC+2)",
        "Sunday, 25 October 2026, 02:30–02:50 (Berlin time, UTC+1)",
    ]
