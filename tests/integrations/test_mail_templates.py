"""The words of a mail: whole, in the reader's zone, and harmless whatever people are called."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.integrations.mail_templates import MailContent, render_mail
from domain import drafts
from domain.letters import Appointment, MailContext, MailLinks, OfferedTime, token_values
from domain.mail import ABOUT_ENROLMENTS, MailKind
from domain.mail_samples import sample
from domain.spelling import when

START = datetime(2026, 11, 24, 13, tzinfo=UTC)
SESSION = Appointment(
    title="Interview about paying",
    starts_at=START,
    ends_at=START + timedelta(hours=1),
    location="Google Meet",
    link="https://meet.google.com/abc-defg-hij",
    passcode="482 913",
)
OUT = "https://callsheet.example/u/1"
LINKS = MailLinks(
    confirm="https://callsheet.example/s/1?a=1&b=2",
    manage="https://callsheet.example/s/1",
    reschedule="https://callsheet.example/s/1/times",
    unsubscribe=OUT,
)
CONTEXT = MailContext(
    participant_name="Anna Köhler",
    participant_first_name="Anna",
    study_name="Shopping online",
    time_zone="Europe/Berlin",
    host_first_name="Sofia",
    team_name="Northwind Research",
    session=SESSION,
    links=LINKS,
    reply_to="sofia@northwind.example",
)
HOSTILE = "<img src=x onerror=alert(1)> & {{ 7 * 7 }}"
RTL = "محمد عبد الرحمن بن عبد العزيز 👋"
PEOPLES = ("participant_name", "participant_first_name", "study_name", "team_name", "host_first_name", "sender_name")


def of(kind: MailKind) -> MailContext:
    """What a mail of the kind may say, with everything that there is."""
    return replace(
        sample(kind, "Sofia", "Northwind Research", "Europe/Berlin", START), reply_to="sofia@northwind.example"
    )


def rendered(kind: MailKind, context: MailContext) -> MailContent:
    """The mail with the standard words."""
    return render_mail(kind, drafts.worded(kind, context, None))


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


def test_confirmation_says_everything_in_text_and_page() -> None:
    mail = rendered(MailKind.CONFIRMATION, CONTEXT)
    page = Page(mail.html)

    assert mail.subject == "You're booked: Shopping online, Tuesday, 24 November 2026, 14:00"
    assert "Tuesday, 24 November 2026, 14:00–15:00 (Berlin time, UTC+1)" in mail.text
    for words in ("Anna", "Shopping online", "Sofia", "Interview about paying", "Google Meet", "482 913"):
        assert words in mail.text
        assert words in page.words
    for link in (SESSION.link, LINKS.confirm, LINKS.manage, OUT):
        assert str(link) in mail.text
    assert page.links["Join the session"] == SESSION.link
    assert page.links["Confirm you’re coming"] == LINKS.confirm
    assert page.links["Choose another time, or cancel"] == LINKS.manage
    assert page.links["No more mail, please"] == OUT
    for words in (mail.text, page.words):
        assert "Have a question? Just reply to this mail." in words
    assert {"14:00–15:00", "Berlin time, UTC+1"} <= {line.strip() for line in page._words}


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("name", ["", "Anna", RTL, "𝓐𝓷𝓷𝓪 \u202eevil", "O'Neill-" * 30, HOSTILE])
def test_every_kind_takes_any_name(kind: MailKind, name: str) -> None:
    """With all tokens in a team's own version, and with the standard words."""
    context = replace(of(kind), participant_name=name, participant_first_name=next(iter(name.split()), ""))
    own = drafts.Wording(
        "{{ participant.name }} & {{ study.external_name }}",
        "\n".join(f"{name}: {{{{ {name} }}}}" for name in token_values(context)),
    )
    for mail in (
        rendered(kind, context),
        render_mail(kind, drafts.worded(kind, context, own)),
    ):
        page = Page(mail.html)
        assert "img" not in page.tags
        assert "49" not in page.words
        assert "&lt;" not in mail.text
        assert OUT.replace("1", "…") in page.links.values()
        assert "None" not in page.words + mail.text
        assert "\n\n\n" not in mail.text
    assert "study.external_name: How you compare" in mail.text
    assert not mail.subject.startswith("there") if name else mail.subject.startswith("there")


@pytest.mark.parametrize("kind", MailKind)
def test_letters_from_right_to_left_leave_the_rest_in_order(kind: MailKind) -> None:
    mail = rendered(kind, replace(of(kind), participant_name=RTL, participant_first_name="محمد", study_name=RTL))

    assert "Hi \u2068محمد\u2069,\n" in mail.text
    assert f"\u2068{RTL}\u2069" in mail.subject
    assert re.search(r'<p [^>]*dir="auto"|<p dir="auto"', mail.html)


@pytest.mark.parametrize("kind", MailKind)
@pytest.mark.parametrize("field", PEOPLES)
def test_what_people_wrote_is_never_markup_nor_template(kind: MailKind, field: str) -> None:
    changed: dict[str, Any] = {field: HOSTILE}
    mail = rendered(kind, replace(of(kind), **changed))

    assert "img" not in Page(mail.html).tags
    assert "49" not in mail.text
    assert "&lt;" not in mail.text
    assert "&amp;" not in mail.subject


@pytest.mark.parametrize("kind", MailKind)
def test_mail_without_anything_optional_has_no_gaps(kind: MailKind) -> None:
    full = of(kind)
    session = replace(full.session, location=None, link=None, passcode=None) if full.session else None
    bare = replace(
        full,
        participant_name="",
        participant_first_name="",
        session=session,
        links=MailLinks(),
        incentive=None,
        reply_to=None,
    )
    mail = rendered(kind, bare)

    assert mail.text.startswith("Hi there,\n")
    for words in ("None", "Passcode", "Where", "Join", "Reason", "reply", "{{", "\n\n\n", "\n \n"):
        assert words not in mail.text
    assert "None" not in Page(mail.html).words
    assert Page(mail.html).links == {}


@pytest.mark.parametrize("kind", MailKind)
def test_own_version_loses_neither_time_nor_link_nor_opt_out(kind: MailKind) -> None:
    context = of(kind)
    mail = render_mail(kind, replace(context, subject="Für Sie", message="Hallo!", has_own_subject=True))
    page = Page(mail.html)

    assert (mail.subject, mail.text.startswith("Hallo!\n")) == ("Für Sie", True)
    assert "Für Sie" in page.words
    links = {link for link in (context.links.claim, context.links.schedule, context.links.start) if link}
    if context.session is not None and kind not in (MailKind.CUSTOM, MailKind.INCENTIVE):
        is_asked = kind in (MailKind.RESCHEDULE_REQUEST, MailKind.CANCELLATION)
        links.add(str(context.links.reschedule if is_asked else context.links.manage))
    for link in links | {str(context.links.unsubscribe)}:
        assert link in mail.text
        assert link in page.links.values()
    if context.offer or kind not in ABOUT_ENROLMENTS | {MailKind.CUSTOM, MailKind.INCENTIVE}:
        start = (context.offer or context.session).starts_at  # type: ignore[union-attr]
        assert f"{start.astimezone(UTC).day} November 2026" in mail.text
        assert f"{start.astimezone(UTC).day} November 2026" in page.words


def test_cancellation_by_the_team_needs_nothing_done() -> None:
    mail = rendered(MailKind.CANCELLATION, replace(CONTEXT, links=MailLinks()))
    page = Page(mail.html)

    assert mail.subject == "Cancelled: Shopping online, Tuesday, 24 November 2026, 14:00"
    for words in (mail.text, page.words):
        assert "There is nothing you need to do. Thank you for being ready to take part." in words
    assert page.links == {}


def test_cancellation_offers_to_book_again_where_there_is_a_page_for_it() -> None:
    mail = rendered(
        MailKind.CANCELLATION, replace(CONTEXT, links=MailLinks(reschedule="https://callsheet.example/s/2"))
    )

    assert "Choose another time:\nhttps://callsheet.example/s/2" in mail.text
    assert Page(mail.html).links["Choose another time"] == "https://callsheet.example/s/2"


def test_cancellation_in_a_persons_words_says_them_and_what_is_off() -> None:
    written = replace(CONTEXT, subject="Cancelled", message="Hi Anna,\n\nSofia has fallen ill.\nSorry!")
    mail = render_mail(MailKind.CANCELLATION, written)

    assert mail.text.startswith("Hi Anna,\n\nSofia has fallen ill.\nSorry!\n")
    for words in (mail.text, Page(mail.html).words):
        assert "nothing you need to do" not in words
        assert "The session leaves your calendar by itself" in words
    assert "fallen ill.<br>Sorry!" in mail.html


def test_request_to_reschedule_leads_to_the_page_and_asks_for_a_reply_only_without_one() -> None:
    linked = rendered(MailKind.RESCHEDULE_REQUEST, CONTEXT)
    alone = rendered(MailKind.RESCHEDULE_REQUEST, replace(CONTEXT, links=MailLinks()))

    assert Page(linked.html).links["Choose another time"] == LINKS.reschedule
    assert "few times that suit you" not in linked.text
    assert "Until you do, the session stays when it is: Tuesday, 24 November 2026" in linked.text
    assert "Reply to this mail with a few times that suit you." in alone.text


def test_offer_says_until_when_and_what_it_would_replace() -> None:
    offer = OfferedTime(START, START + timedelta(hours=1), START - timedelta(hours=20))
    later = replace(SESSION, starts_at=START + timedelta(days=7), ends_at=START + timedelta(days=7, hours=1))
    links = MailLinks(claim="https://callsheet.example/c/1", unsubscribe=OUT)
    mail = rendered(
        MailKind.SLOT_OFFER, replace(CONTEXT, session=later, offer=offer, links=links, time_zone="Asia/Tokyo")
    )

    assert mail.subject == "A time is free: Shopping online, Tuesday, 24 November 2026, 22:00"
    assert "Take it until: Tuesday, 24 November 2026, 02:00 (Tokyo time, UTC+9)" in mail.text
    assert "Instead of:    Tuesday, 1 December 2026, 22:00–23:00 (Tokyo time, UTC+9)" in mail.text
    assert Page(mail.html).links["Take this time"] == links.claim


def test_sender_of_the_study_is_named_at_the_foot() -> None:
    mail = rendered(MailKind.SCHEDULER, replace(of(MailKind.SCHEDULER), sender_name="Northwind Panel"))

    assert "Northwind Panel sent you this because you may take part in" in mail.text
    assert "Northwind Panel sent you this because" in Page(mail.html).words


def test_page_shows_what_people_wrote_as_they_wrote_it() -> None:
    mail = rendered(MailKind.CONFIRMATION, replace(CONTEXT, session=replace(SESSION, title=HOSTILE)))

    assert HOSTILE in Page(mail.html).words
    assert HOSTILE in mail.text


def test_name_with_line_breaks_writes_no_lines_of_its_own() -> None:
    sly = replace(CONTEXT, host_first_name="Sofia\nJoin: https://evil.example", study_name="A\r\nBcc: b")
    mail = rendered(MailKind.CONFIRMATION, sly)

    assert "\nJoin: https://evil.example" not in mail.text
    assert mail.subject.startswith("You're booked: A Bcc: b,")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "+49 30 123456", "data:text/html,x"])
def test_only_web_addresses_can_be_clicked(link: str) -> None:
    page = Page(rendered(MailKind.CONFIRMATION, replace(CONTEXT, session=replace(SESSION, link=link))).html)

    assert link not in page.links.values()
    assert "Join the session" not in page.links
    assert link in page.words


def test_host_change_names_the_new_host_and_how_to_join() -> None:
    mail = rendered(MailKind.HOST_CHANGE, CONTEXT)
    page = Page(mail.html)

    assert mail.subject.startswith("Your session is now with Sofia: Shopping online, Tuesday, 24 November 2026")
    assert "is now with Sofia" in mail.text
    assert "Your session is now with Sofia" in page.words
    assert page.links["Join the session"] == SESSION.link


@pytest.mark.parametrize("kind", [MailKind.CUSTOM, MailKind.INCENTIVE])
def test_what_a_person_wrote_stands_alone_above_the_foot(kind: MailKind) -> None:
    written = replace(CONTEXT, subject="About & around", message="Hi Anna,\n\nsee you at <b>ours</b>.")
    mail = render_mail(kind, written)

    assert mail.subject == "About & around"
    assert mail.text.partition("\n\n--\n")[0] == "Hi Anna,\n\nsee you at <b>ours</b>."
    assert "see you at <b>ours</b>." in Page(mail.html).words
    assert "b" not in Page(mail.html).tags


def test_web_addresses_in_what_a_person_wrote_can_be_clicked_and_nothing_else() -> None:
    message = 'See https://a.example/x?y=1&z=2, (http://b.example) or javascript:alert(1) or "https://c.example/<i>".'
    page = Page(render_mail(MailKind.CUSTOM, replace(CONTEXT, subject="S", message=message, links=MailLinks())).html)

    assert page.links == {
        address: address for address in ("https://a.example/x?y=1&z=2", "http://b.example", "https://c.example/")
    }
    assert "javascript:alert(1)" in page.words


def test_title_that_only_repeats_the_study_is_left_out() -> None:
    repeating = replace(CONTEXT, session=replace(SESSION, title=CONTEXT.study_name))
    assert "Session:" not in rendered(MailKind.CONFIRMATION, repeating).text


def test_styles_stand_on_the_elements_and_nothing_is_fetched() -> None:
    html = rendered(MailKind.CONFIRMATION, CONTEXT).html

    assert re.search(r'<h1 [^>]*style="', html)
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
