"""The mail page: what was sent is read as its reader sees it, and addresses are made to bounce."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from sandbox.server import Sandbox

PAT, KIM = "pat@mail.example", "kim@mail.example"
HOSTILE = "<img src=x onerror=\"document.title='taken over'\">"
HTML = """<!doctype html><html><head><style>.button { color: rgb(1, 2, 3) }</style></head>
<body style="background: rgb(4, 5, 6)">
<p>See you on <b>Tuesday</b></p><a class="button" href="LINK">Confirm</a>
<script>document.body.textContent = 'taken over'</script>
<img src="x" onerror="document.body.textContent = 'taken over'">
</body></html>"""
INVITATION = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:How you pay\\, online
DTSTART:20261124T130000Z
DTEND:20261124T134500Z
UID:abc123@google.com
SEQUENCE:0
ORGANIZER;CN="Vogt: Lena":mailto:lena@northwind.example
LOCATION:Goo
 gle Meet
END:VEVENT
END:VCALENDAR
"""


def send(sandbox: Sandbox, to: str = PAT, subject: str = "You're booked") -> None:
    """Send a mail with text, HTML and an invitation, as Callsheet would."""
    message = EmailMessage()
    message["From"] = "Northwind Research <research@northwind.example>"
    message["To"] = f"Pat Doe <{to}>"
    message["Subject"] = subject
    message.set_content("Hi Pat,\n\nsee you on Tuesday: https://northwind.example/s/1\n")
    message.add_alternative(HTML.replace("LINK", f"{sandbox.base_url}/control/health"), subtype="html")
    message.add_attachment(INVITATION, subtype="calendar", filename="invite.ics")
    address = urlsplit(sandbox.smtp_url)
    with smtplib.SMTP(str(address.hostname), address.port or 0) as server:
        server.send_message(message)


@pytest.fixture
def inbox(page: Page, sandbox: Sandbox) -> Page:
    """The inbox with one mail to Pat."""
    send(sandbox)
    page.goto(f"{sandbox.base_url}/mail")
    expect(page.get_by_test_id("mail-row")).to_have_count(1)
    return page


def test_mail_is_drawn_with_its_styles_and_without_its_scripts(inbox: Page) -> None:
    inbox.get_by_test_id("mail-row").click()
    letter = inbox.frame_locator("[data-testid=mail-html]")

    expect(letter.get_by_text("See you on Tuesday")).to_be_visible()
    expect(letter.locator("body")).to_have_css("background-color", "rgb(4, 5, 6)")
    expect(letter.get_by_role("link", name="Confirm")).to_have_css("color", "rgb(1, 2, 3)")
    expect(letter.get_by_text("taken over", exact=True)).to_have_count(0)


def test_link_in_a_mail_opens_a_tab_of_its_own(inbox: Page) -> None:
    inbox.get_by_test_id("mail-row").click()
    with inbox.context.expect_page() as opened:
        inbox.frame_locator("[data-testid=mail-html]").get_by_role("link", name="Confirm").click()

    expect(opened.value.locator("body")).to_contain_text("ready")
    assert opened.value.evaluate("window.opener") is None


def test_mail_is_shown_as_text_headers_and_source(inbox: Page) -> None:
    inbox.get_by_test_id("mail-row").click()
    inbox.get_by_test_id("tab-text").click()
    expect(inbox.get_by_test_id("mail-text").get_by_role("link")).to_have_attribute(
        "href", "https://northwind.example/s/1"
    )
    inbox.get_by_test_id("tab-headers").click()
    expect(inbox.get_by_test_id("mail-headers")).to_contain_text("multipart/mixed")
    inbox.get_by_test_id("tab-source").click()

    expect(inbox.get_by_test_id("mail-source")).to_contain_text("METHOD:REQUEST")


def test_invitation_is_summed_up_in_the_readers_zone(inbox: Page) -> None:
    inbox.get_by_test_id("mail-row").click()
    invitation = inbox.get_by_test_id("invitation")

    expect(invitation).to_contain_text("How you pay, online")
    expect(invitation).to_contain_text("Tuesday 24 November, 14:00–14:45 (Berlin time)")
    expect(invitation).to_contain_text("Google Meet · from Vogt: Lena")
    expect(invitation.get_by_role("link", name="Open in Calendar")).to_have_attribute(
        "href", "/calendar?calendar=lena%40northwind.example&event=abc123"
    )


def test_attachment_is_downloaded_as_it_was_sent(inbox: Page) -> None:
    inbox.get_by_test_id("mail-row").click()
    with inbox.expect_download() as download:
        inbox.get_by_test_id("attachment").click()

    assert download.value.suggested_filename == "invite.ics"
    assert download.value.path().read_text("utf-8").splitlines() == INVITATION.splitlines()


def test_hostile_subject_stays_text(page: Page, sandbox: Sandbox) -> None:
    send(sandbox, subject=HOSTILE)
    page.goto(f"{sandbox.base_url}/mail")
    page.get_by_test_id("mail-row").click()

    expect(page.get_by_test_id("mail-subject")).to_have_text(HOSTILE)
    expect(page.get_by_test_id("mail-row")).to_contain_text(HOSTILE)
    expect(page.locator("#page img:not(.rail-logo)")).to_have_count(0)
    assert page.title() == "Mail sandbox"


def test_mail_that_arrives_is_marked_until_it_is_read(inbox: Page, sandbox: Sandbox) -> None:
    inbox.get_by_test_id("mail-row").click()
    expect(inbox.get_by_label("Unread")).to_have_count(0)
    send(sandbox, KIM)

    expect(inbox.get_by_test_id("mail-row")).to_have_count(2)
    expect(inbox.get_by_label("Unread")).to_have_count(1)
    expect(inbox).to_have_title("(1) Mail sandbox")
    inbox.get_by_test_id("mail-row").first.click()
    inbox.reload()
    expect(inbox.get_by_test_id("mail-row")).to_have_count(2)
    expect(inbox.get_by_label("Unread")).to_have_count(0)


def test_one_addresss_mail_is_kept_in_the_address_bar(inbox: Page, sandbox: Sandbox) -> None:
    send(sandbox, KIM)
    inbox.goto(f"{sandbox.base_url}/mail?to={KIM}")
    expect(inbox.get_by_test_id("mail-row")).to_have_count(1)
    inbox.get_by_role("button", name="Show all mail").click()
    expect(inbox.get_by_test_id("mail-row")).to_have_count(2)
    inbox.get_by_test_id("mail-filter").fill(PAT)

    expect(inbox.get_by_test_id("mail-row")).to_have_count(1)
    assert inbox.url.endswith(f"/mail?to={PAT}")


def test_address_refuses_mail_until_told_otherwise(inbox: Page, sandbox: Sandbox, control: httpx.Client) -> None:
    inbox.get_by_test_id("bounce-address").fill(KIM)
    inbox.get_by_test_id("bounce-kind").select_option("refuse")
    inbox.get_by_test_id("bounce-set").click()
    expect(inbox.get_by_test_id("bounces")).to_contain_text(KIM)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(sandbox, KIM)
    inbox.get_by_role("button", name=f"Let {KIM} take mail again").click()

    expect(inbox.get_by_test_id("bounces").locator("li")).to_have_count(0)
    assert control.get("mail/bounces").json() == {"bounces": {}}


@pytest.mark.parametrize(("name", "kind"), [("Defers mail", "defer"), ("Returns mail", "return")])
def test_reader_of_a_mail_can_be_made_to_bounce(inbox: Page, control: httpx.Client, name: str, kind: str) -> None:
    inbox.get_by_test_id("mail-row").click()
    inbox.get_by_test_id("bounce-button").click()
    inbox.get_by_role("menuitemradio", name=name).click()

    expect(inbox.get_by_test_id("bounce-button")).to_have_text(name)
    assert control.get("mail/bounces").json() == {"bounces": {PAT: kind}}


def test_emptying_the_inbox_asks_first(inbox: Page, control: httpx.Client) -> None:
    inbox.get_by_test_id("empty-inbox").click()
    inbox.get_by_test_id("confirm").get_by_role("button", name="Cancel").click()
    assert len(control.get("mail").json()["mails"]) == 1
    inbox.get_by_test_id("empty-inbox").click()
    inbox.get_by_test_id("confirm").get_by_role("button", name="Empty inbox").click()

    expect(inbox.get_by_test_id("mail-row")).to_have_count(0)
    assert control.get("mail").json()["mails"] == []
