"""What mails that a person sends begin with: a subject and a text with tokens, to be changed at will."""

from __future__ import annotations

import re
from collections.abc import Mapping

from domain.mail import OF_ONE_PERSON, MailKind
from domain.tokens import names, render, token

CLOSING = "{{ host.first_name }}\n{{ team.name }}"

SUBJECTS: dict[MailKind, str] = {
    MailKind.REMINDER: "Your session for {{ study.external_name }} is coming up",
    MailKind.INCENTIVE: "Thank you for taking part in {{ study.external_name }}",
    MailKind.CUSTOM: "{{ study.external_name }}",
    MailKind.RESCHEDULE_REQUEST: "Another time for {{ study.external_name }}?",
}

TEXTS: dict[MailKind, str] = {
    MailKind.REMINDER: """Hi {{ participant.first_name }},

this is a reminder of your session for {{ study.external_name }}. \
{{ host.first_name }} is looking forward to talking with you.

When: {{ interview.when }}
Where: {{ interview.location }}
Join: {{ interview.link }}
Passcode: {{ interview.passcode }}

Are you coming? Say so here, or that you can't make it: {{ links.confirm }}
""",
    MailKind.INCENTIVE: """Hi {{ participant.first_name }},

thank you for taking part in {{ study.external_name }}.

For your time you get {{ study.incentive }}. It comes by a separate mail: there is nothing you need to do.
""",
    MailKind.CUSTOM: """Hi {{ participant.first_name }},

it is about your session for {{ study.external_name }}.
""",
    MailKind.RESCHEDULE_REQUEST: """Hi {{ participant.first_name }},

we would like to find another time for your session for {{ study.external_name }}. \
It was planned for {{ interview.when }}.

Please pick another time: answer this mail with a few that suit you.
""",
}

CANCELLED = """Hi {{ participant.first_name }},

your session with {{ host.first_name }} for {{ study.external_name }}, {{ interview.when }}, is cancelled.

There is nothing you need to do. Thank you for being ready to take part.
"""
CANCELLED_BY_THEM = """Hi {{ participant.first_name }},

thank you for letting us know that you can't make it. \
Your session with {{ host.first_name }} for {{ study.external_name }}, {{ interview.when }}, is cancelled.

Would another time suit you? Just reply to this mail.
"""


def text_for(kind: MailKind, values: Mapping[str, str]) -> str:
    """The text that a mail of the kind begins with. Lines with a token that there is not are left out."""
    return f"{with_known_lines(TEXTS[kind], values)}\n\n{CLOSING}"


def cancellation_for(values: Mapping[str, str], *, is_own: bool, is_for_one: bool) -> str:
    """The text of a cancellation, with its tokens filled; for several people those stay that differ between them.

    `is_own`: it is the participant who can't come. What stands for a token is no token itself.
    """
    kept = {} if is_for_one else {name: token(name) for name in OF_ONE_PERSON}
    filled = {name: value.replace("{{", "{ {").replace("}}", "} }") for name, value in values.items()}
    template = CANCELLED_BY_THEM if is_own else CANCELLED
    return render(f"{template}\n{CLOSING}", filled | kept)


def with_known_lines(template: str, values: Mapping[str, str]) -> str:
    lines = [line for line in template.splitlines() if names(line) <= values.keys()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
