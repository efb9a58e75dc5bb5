"""What mails begin with: a subject and an opening text with tokens, to be changed at will.

Around the opening, every mail has what Callsheet adds (`ADDED`): nobody who changes the words can lose the time, the
link or the opt-out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.errors import RuleError
from domain.letters import OF_ONE_PERSON, TOKENS, MailContext, token_values
from domain.mail import MailKind, Written
from domain.tokens import names, render, token, wrong

K = MailKind


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject and an opening text, with tokens or with these filled."""

    subject: str
    text: str


CLOSING = "{{ host.first_name }}\n{{ team.name }}"

STANDARD: dict[MailKind, Wording] = {
    K.SCHEDULER: Wording(
        "Choose a time for {{ study.external_name }}",
        """Hi {{ participant.first_name }},

we would like to talk with you for “{{ study.external_name }}”. It takes {{ interview.length }}.

For your time you get {{ study.incentive }}.

Choose the time that suits you best: you see all times in your own time zone.""",
    ),
    K.SCREENER_INVITATION: Wording(
        "Would you like to take part in {{ study.external_name }}?",
        """Hi {{ participant.first_name }},

we are looking for people to take part in “{{ study.external_name }}”. A few questions show whether it is for you.

Those who take part get {{ study.incentive }}.""",
    ),
    K.SURVEY_INVITATION: Wording(
        "Some questions for you: {{ study.external_name }}",
        """Hi {{ participant.first_name }},

we would like to hear from you for “{{ study.external_name }}”: answer our survey whenever it suits you.

For your time you get {{ study.incentive }}.""",
    ),
    K.TEST_INVITATION: Wording(
        "Try something out for us: {{ study.external_name }}",
        """Hi {{ participant.first_name }},

we would like you to try something out for “{{ study.external_name }}”. You do it alone, whenever it suits you.

For your time you get {{ study.incentive }}.""",
    ),
    K.SLOT_OFFER: Wording(
        "A time is free: {{ study.external_name }}, {{ offer.date }}, {{ offer.time }}",
        """Hi {{ participant.first_name }},

a time has become free for “{{ study.external_name }}”, and you asked us to tell you. \
It goes to whoever takes it first.""",
    ),
    K.CONFIRMATION: Wording(
        "You're booked: {{ study.external_name }}, {{ interview.date }}, {{ interview.time }}",
        """Hi {{ participant.first_name }},

you're booked. Thank you for taking part in “{{ study.external_name }}”. \
{{ host.first_name }} is looking forward to talking with you.""",
    ),
    K.RESCHEDULED: Wording(
        "New time: {{ study.external_name }}, {{ interview.date }}, {{ interview.time }}",
        """Hi {{ participant.first_name }},

your session for “{{ study.external_name }}” has a new time. \
{{ host.first_name }} is looking forward to talking with you then.""",
    ),
    K.HOST_CHANGE: Wording(
        "Your session is now with {{ host.first_name }}: "
        "{{ study.external_name }}, {{ interview.date }}, {{ interview.time }}",
        """Hi {{ participant.first_name }},

your session for “{{ study.external_name }}” is now with {{ host.first_name }}, \
who is looking forward to talking with you. The time stays the same.""",
    ),
    K.REMINDER: Wording(
        "Your session for {{ study.external_name }} is coming up: {{ interview.date }}, {{ interview.time }}",
        """Hi {{ participant.first_name }},

this is a reminder of your session for “{{ study.external_name }}”. \
{{ host.first_name }} is looking forward to talking with you.""",
    ),
    K.CANCELLATION: Wording(
        "Cancelled: {{ study.external_name }}, {{ interview.date }}, {{ interview.time }}",
        f"""Hi {{{{ participant.first_name }}}},

your session with {{{{ host.first_name }}}} for “{{{{ study.external_name }}}}”, {{{{ interview.when }}}}, is cancelled.

There is nothing you need to do. Thank you for being ready to take part.

{CLOSING}""",
    ),
    K.RESCHEDULE_REQUEST: Wording(
        "Another time for {{ study.external_name }}?",
        """Hi {{ participant.first_name }},

we would like to find another time for your session for “{{ study.external_name }}”. \
It was planned for {{ interview.when }}.

Please choose another time that suits you.""",
    ),
    K.INCENTIVE: Wording(
        "Thank you for taking part in {{ study.external_name }}",
        f"""Hi {{{{ participant.first_name }}}},

thank you for taking part in “{{{{ study.external_name }}}}”.

For your time you get {{{{ study.incentive }}}}. It comes by a separate mail: there is nothing you need to do.

{CLOSING}""",
    ),
    K.CUSTOM: Wording(
        "{{ study.external_name }}",
        f"""Hi {{{{ participant.first_name }}}},

it is about your session for “{{{{ study.external_name }}}}”.

{CLOSING}""",
    ),
}
"""The standard wording of every kind. A line with a token that there is not is left out."""

CANCELLED_BY_THEM = f"""Hi {{{{ participant.first_name }}}},

thank you for letting us know that you can't make it. \
Your session with {{{{ host.first_name }}}} for “{{{{ study.external_name }}}}”, {{{{ interview.when }}}}, is cancelled.

{CLOSING}"""
"""The opening of a cancellation by the participant. A team's own version is for its own cancellations."""

JOINING = "the date, time and place, how to join, buttons to confirm, move or cancel"
ADDED: dict[MailKind, str] = {
    **dict.fromkeys((K.CONFIRMATION, K.RESCHEDULED, K.HOST_CHANGE), f"{JOINING}, the invitation for their calendar"),
    K.REMINDER: JOINING,
    K.SCHEDULER: "a button to choose a time",
    **dict.fromkeys((K.SCREENER_INVITATION, K.SURVEY_INVITATION, K.TEST_INVITATION), "a button to start"),
    K.SLOT_OFFER: "the date and time, until when they can take it, a button to take it",
    K.CANCELLATION: "the date and time that is off, and a button to book again where that is possible",
    K.RESCHEDULE_REQUEST: "a button to choose another time",
}
"""What Callsheet adds to the opening, besides who sent the mail and the link to opt out."""


def added(kind: MailKind) -> str:
    """What is added to the opening of such a mail, as a sentence."""
    what = ADDED.get(kind)
    foot = "who sent it, and a link to opt out"
    return f"Callsheet adds {f'{what}, {foot}' if what else foot}."


def begin(kind: MailKind, own: Wording | None, values: Mapping[str, str]) -> Wording:
    """The words with which a person begins to write a mail: the team's own if it has some, else the standard.

    Their tokens stay; lines with one that there is not are left out, and such a subject is the standard one.
    """
    standard = STANDARD[kind]
    chosen = own or standard
    subject = chosen.subject if names(chosen.subject) <= values.keys() else standard.subject
    return Wording(subject, with_known_lines(chosen.text, values) or with_known_lines(standard.text, values))


def filled(kind: MailKind, own: Wording | None, values: Mapping[str, str]) -> Wording:
    """The words of a mail that nobody writes by hand, tokens filled.

    A team's own version can't hold such a mail up, whatever has become of its tokens: as `begin`, and the standard
    wording stands for one that can't be read.
    """
    try:
        words = begin(kind, own, values)
        return Wording(one_line(render(words.subject, values)), render(words.text, values))
    except RuleError:
        if own is None:
            raise
        return filled(kind, None, values)


def worded(kind: MailKind, said: MailContext, own: Wording | None, written: Written | None = None) -> MailContext:
    """What a mail may say, with its words: what a person wrote, else the team's own version, else the standard.

    A cancellation by the participant has words of its own. Raises RuleError for a token in what a person wrote that
    stands for nothing (any more).
    """
    values = token_values(said)
    is_theirs = kind is K.CANCELLATION and said.session is not None and said.session.is_own_cancellation
    chosen = Wording(STANDARD[kind].subject, CANCELLED_BY_THEM) if is_theirs else own
    words = filled(kind, chosen, values)
    if written is not None:
        subject = one_line(render(written.subject, values)) or words.subject
        words = Wording(subject, render(written.text, values).strip())
    has_own_subject = words.subject != filled(kind, None, values).subject
    return replace(said, subject=words.subject, message=words.text, has_own_subject=has_own_subject)


def check(kind: MailKind, subject: str, text: str) -> None:
    """Raise RuleError, at its field, for an own version that can't be: empty, or with a token that there is not."""
    for field, template in (("subject", subject), ("text", text)):
        if not template.strip():
            raise RuleError(f"The mail has no {field}.", field)
        if (why := wrong(template, TOKENS[kind])) is not None:
            raise RuleError(why, field)


def cancellation_for(own: Wording | None, values: Mapping[str, str], *, is_own: bool, is_for_one: bool) -> str:
    """The text of a cancellation, with its tokens filled; for several people those stay that differ between them.

    `own` is the team's version, `is_own`: it is the participant who can't come. What stands for a token is no token
    itself.
    """
    kept = {} if is_for_one else {name: token(name) for name in OF_ONE_PERSON}
    stands = {name: value.replace("{{", "{ {").replace("}}", "} }") for name, value in values.items()}
    template = CANCELLED_BY_THEM if is_own else begin(K.CANCELLATION, own, values).text
    return render(with_known_lines(template, values), stands | {k: v for k, v in kept.items() if k in stands})


def with_known_lines(template: str, values: Mapping[str, str]) -> str:
    """The text without the lines that hold a token that there is not."""
    lines = [line for line in template.splitlines() if names(line) <= values.keys()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    return " ".join(text.split())
