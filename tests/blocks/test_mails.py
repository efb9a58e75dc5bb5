"""Modals in which a mail is written: what Slack takes, whatever people are called."""

from __future__ import annotations

from typing import Any

import pytest

from bot.blocks import kit
from bot.blocks.mails import compose_modal, label, pieces, preview_modal
from domain.mail import Composing, MailKind, Preview, Recipient
from domain.schedule import Seen
from sandbox.slack.blockkit import view_offences
from tests.blocks.lines import HOSTILE, LONG, line, seat


def composing(number: int, **values: Any) -> Composing:
    seats = tuple(seat(n, name=HOSTILE + LONG) for n in range(1, number + 1))
    return Composing(
        seen=Seen(line(study_name=HOSTILE, title=LONG, seats=seats), with_names=True, may_manage=True),
        kind=MailKind.CUSTOM,
        offered=(MailKind.CUSTOM, MailKind.RESCHEDULE_REQUEST),
        refused={MailKind.REMINDER: "the session is over"},
        recipients=tuple(Recipient(one, "has opted out" if one.number % 3 == 0 else None) for one in seats),
        subject="S" * 200,
        text="T" * 5000,
        tokens=tuple(f"token.{n}" for n in range(15)),
        **values,
    )


@pytest.mark.parametrize("number", [1, 2, 10, 60, 100])
def test_slack_takes_the_modal_for_any_number_of_participants(number: int) -> None:
    shown = composing(number)
    assert view_offences(compose_modal(shown, "", tuple(one.attendee_id for one in shown.free))) == []


def test_names_are_hidden_from_who_may_not_see_them() -> None:
    shown = composing(3)
    without = Composing(
        **{
            **{name: getattr(shown, name) for name in shown.__slots__},
            "seen": Seen(shown.seen.line, with_names=False, may_manage=True),
        }
    )
    options = [kit.option(label(one, with_names=with_names), "1") for one in shown.free for with_names in (True, False)]
    assert [option["text"]["text"][-4:] for option in options] == ["(P1)", "P1", "(P2)", "P2"]
    assert "evil" in str(compose_modal(shown, "", ())["blocks"][3:])
    assert "evil" not in str(compose_modal(without, "", ())["blocks"][3:])


def test_slack_takes_the_preview_of_the_longest_mail() -> None:
    shown = Preview("CHK-7", MailKind.CUSTOM, (HOSTILE,) * 40, "S" * 3000, "W" * 12_000 + "/s/…", HOSTILE)
    view = preview_modal(shown, "m" * 3000)

    assert view_offences(view) == []
    assert "and 35 more" in str(view)
    assert "own link, made when the mail goes out" in str(view)


def test_no_letter_is_lost_between_the_pieces_of_a_long_mail() -> None:
    text = "\n\n".join("word " * 30 for _ in range(60))
    parts = list(pieces(text, 500))

    assert "".join(parts) == text
    assert all(len(part) <= 500 for part in parts)
    assert all(part.endswith("\n") for part in parts[:-1])
