"""A study's week of slots as a picture in a typewriter's font, and why a time is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, View
from bot.blocks.study import short
from domain.availability import DAYS
from domain.other_hours import MONTHS
from domain.scheduling import Assignment, Obstacle
from domain.slots import Explanation
from domain.times import spelled, spelled_time
from domain.week import Day, Mark, Picture, SlotsWeek

SIGNS = {Mark.FREE: "o", Mark.BOOKED: "#", Mark.TAKEN: "x", Mark.SHUT: "·"}
"""Signs that every typewriter's font has, each as wide as the others."""
LEGEND = "`o` free   `#` booked   `x` taken   `·` not open"
MOST_OBSTACLES = 20
NOT_OFFERED = "What is free below is offered to nobody meanwhile."
NOTHING = "Nothing is open in this week, and nothing is booked."


@dataclass(frozen=True, slots=True)
class Leads:
    """The values of the buttons below the picture."""

    previous: str
    next: str
    why: str


def week(shown: SlotsWeek, leads: Leads) -> tuple[str, list[Block]]:
    """The picture with its legend, and what is to be said about it."""
    line, drawn = shown.study, shown.picture
    heading = f"{line.key}, week of {spelled(drawn.first)}"
    text = f"{heading}. {spoken_days(drawn)}. {line.seats}."
    zone = kit.escape(drawn.time_zone.replace("_", " "))
    blocks = [
        kit.section(f"*{line.key}* {short(line.name)} · week of *{spelled(drawn.first)}*\n{line.seats}"),
        *(kit.section(f"⚠ {kit.escape(sentence)}") for sentence in shown.standing),
        *([kit.context(NOT_OFFERED)] if shown.standing and drawn.free else []),
        *(picture(drawn, zone) if drawn.rows else [kit.section(NOTHING)]),
        *follow_up(shown),
        kit.actions(*buttons(shown, leads)),
    ]
    return text, blocks


def picture(drawn: Picture, zone: str) -> list[Block]:
    return [
        kit.typed_picture("\n".join(lines(drawn))),
        kit.context(f"{LEGEND}\nTimes in your zone, {zone}."),
        kit.context(counts(drawn)),
    ]


def lines(drawn: Picture) -> list[str]:
    """The picture: days across, hours down. 33 signs wide, which a phone shows without breaking."""
    names = "".join(f"{DAYS[day.day.weekday()][:3]:>4}" for day in drawn.days)
    numbers = "".join(f"{day.day.day:>3} " for day in drawn.days)
    head = f"{MONTHS[drawn.first.month - 1]:<5}"
    rows = (
        f"{row.minutes // 60:02}:{row.minutes % 60:02}" + "".join(f"{SIGNS[mark]:>3} " for mark in row.marks)
        for row in drawn.rows
    )
    return [f"     {names}", f"{head}{numbers}".rstrip(), *(row.rstrip() for row in rows)]


def counts(drawn: Picture) -> str:
    """How many are free each day, in words: what the picture says to whoever does not see it."""
    return " · ".join(f"{DAYS[day.day.weekday()][:3]} {day_words(day)}" for day in drawn.days)


def spoken_days(drawn: Picture) -> str:
    """The days one after the other, for screen readers."""
    return "; ".join(f"{DAYS[day.day.weekday()]} {day.day.day}: {day_words(day)}" for day in drawn.days)


def day_words(day: Day) -> str:
    """`3 free, 1 booked`; `none`."""
    told = [f"{number} {word}" for number, word in ((day.free, "free"), (day.booked, "booked")) if number]
    return ", ".join(told) or "none"


def follow_up(shown: SlotsWeek) -> list[Block]:
    """The next free time and whose turn it is; or why there is none."""
    if shown.next_free is None:
        return [kit.section(f"⚠ No time is free at all. {kit.escape(shown.why_empty)}")]
    when = kit.at(shown.next_free)
    if shown.next_host is not None:
        return [kit.section(f"Next in turn: {kit.user(shown.next_host)}. Next free time: {when}.")]
    return [kit.context(f"Next free time: {when}.")] if not shown.picture.free else []


def buttons(shown: SlotsWeek, leads: Leads) -> list[kit.Element]:
    found = [
        kit.spoken(kit.button("← Previous", StudyId.SLOTS_PREVIOUS, leads.previous), "Previous week"),
        kit.spoken(kit.button("Next →", StudyId.SLOTS_NEXT, leads.next), "Next week"),
        kit.spoken(kit.button("Why not…?", StudyId.SLOTS_WHY, leads.why), "Why is a time not free?"),
    ]
    if shown.may_edit:
        found.append(kit.button("Scheduling…", StudyId.SCHEDULE, str(shown.study.id)))
    return found


def why_modal(key: str, metadata: str, at: datetime, found: Explanation | None, time_zone: str) -> View:
    """The question about a time; with an explanation the answer stands above it."""
    answer = explained(found, time_zone)[1] if found else []
    picker = kit.moment_picker("when", initial=at)
    blocks = [
        *answer,
        *([kit.divider()] if answer else []),
        kit.field("when", "When would the session start?", picker, hint="A day and a time in your own zone."),
    ]
    submit = "Ask again" if found else "Ask"
    return kit.modal(
        f"Why not? {key}",
        blocks,
        callback_id=StudyId.SLOTS_WHY_MODAL,
        submit=submit,
        metadata=metadata,
        close="Close",
    )


def explained(found: Explanation, time_zone: str) -> tuple[str, list[Block]]:
    """Whether the time is free, and if it is not everything that speaks against it, host by host."""
    when = f"{spelled_time(found.starts_at, time_zone)} ({kit.escape(time_zone.replace('_', ' '))})"
    notes = [kit.section(f"⚠ {kit.escape(sentence)}") for sentence in found.standing]
    if found.slot is not None:
        seats = "" if found.slot.seats_left is None else f" {seats_words(found.slot.seats_left)}"
        text = f"*{found.study.key}*: {when} is free. {hosting(found)}{seats}"
        return text, [kit.section(text), *notes]
    text = f"*{found.study.key}*: {when} is not free."
    names = {host.member_id: host.name for host in found.hosts}
    reasons = [f"• {reason(each, names.get(each.host_id or 0))}" for each in found.obstacles[:MOST_OBSTACLES]]
    if len(found.obstacles) > MOST_OBSTACLES:
        reasons.append(f"and {len(found.obstacles) - MOST_OBSTACLES} more")
    whole = "\n".join([text, *reasons])
    return kit.fit(whole, 2900), [kit.section(kit.fit(whole, 2900)), *notes]


def reason(obstacle: Obstacle, host_name: str | None) -> str:
    """The obstacle's sentence, after the host's name if it does not hold it."""
    who = f"{host_name}: " if host_name and host_name not in obstacle.why else ""
    return kit.literal(kit.fit(f"{who}{obstacle.why}", 300))


def seats_words(left: int) -> str:
    return "1 seat is left." if left == 1 else f"{left} seats are left."


def hosting(found: Explanation) -> str:
    """Who would host it."""
    assert found.slot is not None
    slack_ids = {host.member_id: kit.user(host.slack_user_id) for host in found.hosts}
    people = [slack_ids[id_] for id_ in found.slot.host_ids if id_ in slack_ids]
    if found.setup.assignment is Assignment.ROUND_ROBIN and len(people) > 1:
        return f"{people[0]} would host it: it is their turn. Also free: {', '.join(people[1:])}."
    return f"{' and '.join(people)} would host it." if people else ""
