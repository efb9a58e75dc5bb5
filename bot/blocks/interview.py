"""How an interview looks: its card in the study's channel, its line in lists and digests, its buttons.

In channels participants go by their aliases unless the team's setting says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.kit import Block, Element
from domain import interview as rules
from domain.attendance import Attendance
from domain.interview import InterviewAction, InterviewLine, InterviewStatus, Problem, Seat
from domain.schedule import Seen
from domain.times import spelled_time

MARKS = {
    Attendance.NO_REPLY: "–",
    Attendance.UNKNOWN: "?",
    Attendance.ACCEPTED: "✓",
    Attendance.CONFIRMED: "✓✓",
    Attendance.DECLINED: "✗",
}
"""The sign of each attendance; the word always stands beside it."""

SAID_BY_MARK = frozenset({Problem.DECLINED, Problem.UNKNOWN, Problem.NO_REPLY})
"""Problems that the attendance beside the participant tells already."""

A = InterviewAction
BUTTONS = {
    A.JOIN: (InterviewId.JOIN, "Join"),
    A.DETAILS: (InterviewId.DETAILS, "Details"),
    A.MARK_COMPLETED: (InterviewId.MARK_COMPLETED, "Mark completed"),
    A.MARK_NO_SHOW: (InterviewId.MARK_NO_SHOW, "Mark no-show"),
    A.RESCHEDULE: (InterviewId.RESCHEDULE, "Reschedule…"),
    A.BOOK_AGAIN: (InterviewId.BOOK_AGAIN, "Book again…"),
    A.EDIT: (InterviewId.EDIT, "Edit details…"),
    A.COMPOSE: (InterviewId.COMPOSE, "Write a mail…"),
    A.RATE: (InterviewId.RATE, "Rate it…"),
    A.COPY_LINK: (InterviewId.COPY_LINK, "Copy link…"),
    A.CHANGE_HOST: (InterviewId.CHANGE_HOST, "Change host…"),
    A.CHANGE_LIMIT: (InterviewId.CHANGE_LIMIT, "Change limit…"),
    A.ATTENDANCE: (InterviewId.ATTENDANCE, "Who came?…"),
    A.CANCEL: (InterviewId.CANCEL, "Cancel…"),
}
"""Each action's id and label. An ellipsis says that something is asked first."""

SPOKEN = {
    A.JOIN: "Join {}",
    A.DETAILS: "Details of {}",
    A.MARK_COMPLETED: "Mark {} as completed",
    A.MARK_NO_SHOW: "Mark {} as a no-show",
    A.RESCHEDULE: "Reschedule {}",
    A.BOOK_AGAIN: "Book {} again",
    A.EDIT: "Edit the details of {}",
    A.COMPOSE: "Write a mail about {}",
    A.RATE: "Rate {}",
    A.COPY_LINK: "Copy a link of {}",
    A.CHANGE_HOST: "Change the host of {}",
    A.CHANGE_LIMIT: "Change the limit of {}",
    A.ATTENDANCE: "Say who came to {}",
    A.CANCEL: "Cancel {}",
}
"""What a screen reader says of each action's button, with the reference: of labels alone a list has many alike."""

ON_CARD = (A.JOIN, A.DETAILS, A.MARK_NO_SHOW, A.RESCHEDULE, A.BOOK_AGAIN, A.CANCEL)
"""Actions with a button of their own on the card; the others are in its "…" menu."""
IN_LINE = (A.JOIN, A.DETAILS, A.BOOK_AGAIN)
MENU = (
    A.DETAILS,
    A.MARK_NO_SHOW,
    A.RESCHEDULE,
    A.CANCEL,
    A.MARK_COMPLETED,
    A.BOOK_AGAIN,
    A.EDIT,
    A.COMPOSE,
    A.COPY_LINK,
    A.RATE,
    A.ATTENDANCE,
    A.CHANGE_HOST,
    A.CHANGE_LIMIT,
)
"""The order of a "…" menu. Slack takes five entries: of more, the last leads to the details, which offer everything."""
MOST_IN_MENU = 5
SEATS_SHOWN = 6
HOST_MISSED = "The host did not come"
LONGEST_READ_OUT = 3900
"""Characters: Slack takes 4000 as a message's text."""


def actions_for(line: InterviewLine, *, may_manage: bool = True) -> tuple[InterviewAction, ...]:
    """What may be done to the interview now, in the order in which it is offered: the status and the link decide."""
    return tuple(
        action
        for action in rules.actions(line.status, line.study_type)
        if (action is not A.JOIN or joinable(line)) and (may_manage or action in rules.READ_ONLY)
    )


def joinable(line: InterviewLine) -> bool:
    """Whether the meeting's link is one that a button can open."""
    return (line.link or "").startswith(("https://", "http://")) and len(line.link or "") <= 3000


def card_elements(line: InterviewLine, now: datetime) -> list[Element]:
    """The card's buttons and its "…" menu."""
    return [*first_elements(line, now), *elements(line, ON_CARD, actions_for(line))]


def all_elements(line: InterviewLine, now: datetime, *, may_manage: bool) -> list[Element]:
    """A button for everything that may be done to the interview now, as the details offer it."""
    senseless = {A.DETAILS} if line.starts_at <= now else {A.DETAILS, A.ATTENDANCE}
    allowed = [action for action in actions_for(line, may_manage=may_manage) if action not in senseless]
    last = [undo_button(line.id, line.reference)] if may_manage and line.may_be_undone(now) else []
    return [*first_elements(line, now), *(button_for(action, line) for action in allowed), *last]


def undo_button(interview_id: int, reference: str) -> Element:
    """The button that takes back an outcome or a cancellation."""
    return kit.spoken(kit.button("Undo", InterviewId.UNDO, str(interview_id)), f"Undo the outcome of {reference}")


def with_undo(sentence: str, interview_id: int, reference: str) -> list[Block]:
    """An answer in mrkdwn that can be taken back."""
    return [kit.section(sentence, undo_button(interview_id, reference))]


def action_elements(line: InterviewLine, now: datetime, *, may_manage: bool = True) -> list[Element]:
    """The buttons of a line in a list or digest, and its "…" menu. Once it has begun, a no-show is one click away."""
    with_button = (*IN_LINE, A.MARK_NO_SHOW) if line.starts_at <= now and not line.is_verified else IN_LINE
    drawn = elements(line, with_button, actions_for(line, may_manage=may_manage))
    return [*first_elements(line, now), *drawn]


def first_elements(line: InterviewLine, now: datetime) -> list[Element]:
    """What is asked for when nobody has said how the session went: whoever sees the schedule may."""
    is_asked = line.status is InterviewStatus.COMPLETED and Problem.OUTCOME_MISSING in line.problems(now)
    return [started_button("It took place", f"{line.reference} took place", line)] if is_asked else []


def started_button(label: str, words: str, line: InterviewLine) -> Element:
    """The button that says a session has begun or was held. `words` are what a screen reader says."""
    return kit.spoken(kit.button(label, InterviewId.STARTED, str(line.id), style="primary"), words)


def elements(
    line: InterviewLine, with_button: Sequence[InterviewAction], allowed: Sequence[InterviewAction]
) -> list[Element]:
    """Buttons for some of the allowed actions, the rest in the "…" menu."""
    drawn = [button_for(action, line) for action in with_button if action in allowed]
    rest = [action for action in MENU if action in allowed and action not in with_button]
    return [*drawn, menu(rest, line)] if rest else drawn


def menu(offered: Sequence[InterviewAction], line: InterviewLine) -> Element:
    """The "…" menu with those actions; where they are too many, the last entry leads to all of them."""
    options = [kit.option(BUTTONS[action][1], f"{action.value}:{line.id}") for action in offered]
    if len(options) > MOST_IN_MENU:
        everything = kit.option("All actions…", f"{A.DETAILS.value}:{line.id}")
        options = [*options[: MOST_IN_MENU - 1], everything]
    return kit.overflow(InterviewId.MORE, options)


def button_for(action: InterviewAction, line: InterviewLine) -> Element:
    """The action's button."""
    action_id, label = BUTTONS[action]
    style = {A.JOIN: "primary", A.CANCEL: "danger"}.get(action)
    ask = None
    if action is A.MARK_NO_SHOW:
        question = f"{line.reference} becomes a no-show and the channel is told. You can correct it later."
        ask = kit.confirm("Mark as a no-show?", question, "Mark no-show", "Not now", is_danger=True)
    url = line.link if action is A.JOIN else None
    drawn = kit.button(label, action_id, str(line.id), style=style, url=url, ask=ask)
    return kit.spoken(drawn, SPOKEN[action].format(line.reference))


def card(line: InterviewLine, now: datetime) -> tuple[str, list[Block]]:
    """The interview's card, as it stands in the study's channel, and its text for notifications."""
    return card_text(line), [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.section(people(line, with_names=line.names_in_channel)),
        kit.context(*status_texts(line, now)),
        kit.actions(*card_elements(line, now)),
    ]


def card_text(line: InterviewLine) -> str:
    """The card for notifications and screen readers."""
    return read_out(line, with_names=line.names_in_channel)


def read_out(line: InterviewLine, *, with_names: bool) -> str:
    """The interview in one sentence for notifications and screen readers: what, when, who, and how it stands."""
    who = ", ".join(short(seat.shown_as(with_name=with_names), 60) for seat in line.seats[:SEATS_SHOWN])
    what = f"{line.reference} {short(line.study_name, 120)}"
    return f"{what}, {kit.at(line.starts_at)}, {who or 'nobody yet'}: {line.status.label}"


def read_out_all(title: str, lines: Iterable[tuple[InterviewLine, bool]]) -> str:
    """A title and as many interviews under it as a message's text takes, each with whether names are shown."""
    text = title
    for line, with_names in lines:
        longer = f"{text}\n{read_out(line, with_names=with_names)}"
        if len(longer) > LONGEST_READ_OUT:
            return text
        text = longer
    return text


def choice(each: Seen, time_zone: str) -> Element:
    """The interview as an option: reference, start in the reader's zone and who comes; below, study and status."""
    line = each.line
    who = ", ".join(seat.shown_as(with_name=each.with_names) for seat in line.seats[:2]) or "nobody yet"
    text = f"{line.reference} · {spelled_time(line.starts_at, time_zone)} · {who}"
    return kit.option(text, str(line.id), f"{line.status.label} · {line.study_name}")


def headline(line: InterviewLine) -> str:
    """Reference and study; the session's own title where it has one."""
    study = short(line.study_name, 120)
    title = f" · {short(line.title, 120)}" if line.title and line.title != line.study_name else ""
    return f"*{line.reference} · {study}*{title}"


def when(line: InterviewLine) -> str:
    """Day, start, end and length, in each reader's own zone."""
    start, end = kit.at(line.starts_at, "{date_long_pretty} at {time}"), kit.at(line.ends_at, "{time}")
    return f"{start} – {end} ({line.length.seconds // 60} min)"


def people(line: InterviewLine, *, with_names: bool) -> str:
    """Hosts, guests and participants, and where they meet."""
    rows = [f"*Host:* {mentions(line)}"]
    if line.guests:
        rows.append(f"*Guests:* {' '.join(kit.user(guest.slack_user_id) for guest in line.guests)}")
    rows.append(f"*With:* {seats(line, with_names=with_names)}")
    if line.is_group:
        taken = sum(seat.outcome is not InterviewStatus.CANCELED for seat in line.seats)
        rows.append(f"*Seats:* {taken} of {line.capacity}")
    rows.append(f"*Where:* {where(line)}")
    return "\n".join(rows)


def mentions(line: InterviewLine) -> str:
    return " ".join(kit.user(host.slack_user_id) for host in line.hosts) or "nobody"


def where(line: InterviewLine) -> str:
    """The place or service, with its link where there is one."""
    if joinable(line):
        return f"<{kit.escape(line.link or '').replace('|', '%7C')}|{line.location.label}>"
    return f"{line.location.label}: {short(line.link, 200)}" if line.link else line.location.label


def seats(line: InterviewLine, *, with_names: bool) -> str:
    """The participants, each with whether they come; of many the first few."""
    shown = [seat_text(seat, line, with_names=with_names) for seat in line.seats[:SEATS_SHOWN]]
    if len(line.seats) > SEATS_SHOWN:
        shown.append(f"and {len(line.seats) - SEATS_SHOWN} more")
    return ", ".join(shown) or "nobody yet"


def seat_text(seat: Seat, line: InterviewLine, *, with_names: bool) -> str:
    """A participant with their attendance while the session is ahead, after it with an outcome of their own."""
    name = short(seat.shown_as(with_name=with_names), 60)
    if seat.outcome is not line.status:
        return f"{name} ({seat.outcome.label.lower()})"
    return f"{name} {mark(seat.attendance)}" if line.status is InterviewStatus.UPCOMING else name


def mark(attendance: Attendance) -> str:
    """An attendance as its sign and its word; a refusal stands out."""
    text = f"{MARKS[attendance]} {attendance.label}"
    return f"*{text}*" if attendance is Attendance.DECLINED else text


def status_texts(line: InterviewLine, now: datetime) -> list[str]:
    """The status, why, and what is wrong: one piece each."""
    texts = [f"*{status_words(line, now)}*"]
    if line.status is InterviewStatus.CANCELED and line.cancel_reason:
        texts.append(short(line.cancel_reason, 300))
    if line.host_no_show:
        texts.append(HOST_MISSED)
    if wrong := problems(line.problems(now)):
        texts.append(wrong)
    return texts


def status_words(line: InterviewLine, now: datetime) -> str:
    """The status in a word or two, with what the clock adds to it."""
    if line.status is InterviewStatus.COMPLETED and not line.is_verified:
        return "Completed, unverified"
    if line.status is InterviewStatus.UPCOMING and line.starts_at <= now:
        return "Now" if now < line.ends_at else "Over"
    return line.status.label


def mail_text(sentence: str, *, has_mail: bool) -> str:
    """The sentence about the mail to the participant, or, where no mail is set up, that somebody has to tell them."""
    return sentence if has_mail else "No mail is set up: tell the participant yourself."


def problems(found: Iterable[Problem]) -> str:
    """What is wrong, in words; "" for nothing."""
    words = ", ".join(problem.value for problem in found)
    return f"⚠ {words[0].upper()}{words[1:]}" if words else ""


def line_text(line: InterviewLine, now: datetime, *, with_names: bool, form: str = "{time}") -> str:
    """The interview on two lines. `form` is made of Slack's date tokens: what is said of its time."""
    first = f"*{kit.at(line.starts_at, form)}* · *{line.reference}* · {short(line.study_name, 80)} · {mentions(line)}"
    second = [seats(line, with_names=with_names)]
    if line.status is not InterviewStatus.UPCOMING or line.starts_at <= now:
        second.append(status_words(line, now))
    if line.host_no_show:
        second.append(HOST_MISSED)
    if wrong := problems(p for p in line.problems(now) if p not in SAID_BY_MARK):
        second.append(wrong)
    return f"{first}\n{' · '.join(second)}"


def line_block(
    line: InterviewLine, now: datetime, with_names: bool, *, may_manage: bool = True, form: str = "{time}"
) -> list[Block]:
    """The interview in a list or digest: two lines of text, and its buttons below. A settled one has a menu beside."""
    text = line_text(line, now, with_names=with_names, form=form)
    if line.status is not InterviewStatus.UPCOMING and not line.problems(now):
        allowed = actions_for(line, may_manage=may_manage)
        return [kit.section(text, menu([action for action in MENU if action in allowed], line))]
    return [kit.section(text), kit.actions(*action_elements(line, now, may_manage=may_manage))]


def short(text: str | None, limit: int) -> str:
    """A stranger's text for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text or "", limit))
