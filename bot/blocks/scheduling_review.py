"""The last step of setting up a study's scheduling: what was chosen, the next times, and what is said afterwards."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, View
from bot.blocks.scheduling import concerns, go_button, progress, spelled, title
from bot.blocks.study import short
from domain import tokens
from domain.editing import TOKENS
from domain.other_hours import in_words
from domain.scheduling import Assignment, Conflicts
from domain.setup_checks import LONGEST_TEMPLATE_NAME
from domain.setup_form import Review, Saved, SetupForm, Step
from domain.spelling import length_words
from domain.study import LocationKind, StudyStatus
from domain.times import local
from domain.times import spelled as spelled_day

CONFLICT_WORDS = {
    Conflicts.DEFAULT: "busy events block",
    Conflicts.STRICT: "every event blocks",
    Conflicts.OFF: "no event blocks",
}


def review_modal(shown: Review, metadata: str) -> View:
    """Everything that was chosen, and what participants would see of it."""
    writing = shown.writing
    name = kit.text_input("template", longest=LONGEST_TEMPLATE_NAME, placeholder="Usability, 60 min")
    blocks = [
        progress(Step.REVIEW),
        *(kit.section(text, go_button("Change", step)) for step, text in summary(shown).items()),
        *concerns(writing.concerns),
        kit.divider(),
        *next_slots(shown),
        kit.divider(),
        kit.field(
            "template",
            "Save as a template too",
            name,
            hint="With a name the team finds it in the first step. One of that name is replaced.",
            optional=True,
        ),
        kit.actions(go_button("← Back", Step.LIMITS), block_id="back"),
    ]
    return kit.modal(title(writing), blocks, callback_id=StudyId.SETUP_MODAL, submit="Save", metadata=metadata)


def summary(shown: Review) -> dict[Step, str]:
    """What each step says, in mrkdwn."""
    return {
        Step.EVENT: event(shown),
        Step.LOCATION: place(shown.writing.form),
        Step.HOSTS: people(shown),
        Step.AVAILABILITY: times(shown),
        Step.LIMITS: limits(shown),
    }


def event(shown: Review) -> str:
    setup, writing = shown.setup, shown.writing
    seats = f", {setup.capacity} seats" if writing.is_group else ""
    length = length_words(setup.length)
    values = dict(zip(TOKENS, (writing.external_name, length, "(the host)"), strict=True))
    text = f"*Event*\n{short(tokens.render(setup.title, values) or writing.external_name, 200)}, {length}{seats}"
    if shown.changes_length and shown.booked:
        stay = (
            "The session that is booked keeps its"
            if shown.booked == 1
            else f"{shown.booked} booked sessions keep their"
        )
        return f"{text}\n_{stay} length._"
    return text


def place(form: SetupForm) -> str:
    kind = LocationKind(form.location)
    link = f": {short(form.link, 200)}" if form.link and kind is not LocationKind.NONE else ""
    passcode = ", with a passcode" if form.passcode and kind is not LocationKind.NONE else ""
    return f"*Location*\n{'No location' if kind is LocationKind.NONE else kind.label}{link}{passcode}"


def people(shown: Review) -> str:
    form, setup = shown.writing.form, shown.setup
    hosts, guests = (" ".join(map(kit.user, some)) for some in (form.hosts, form.guests))
    how = "" if setup.assignment is Assignment.ONE_TO_ONE else f"\n{setup.assignment.label}"
    return kit.fit(f"*Hosts*\n{hosts}{how}" + (f"\nGuests: {guests}" if guests else ""), 2900)


def times(shown: Review) -> str:
    setup = shown.setup
    hours = "Each host’s own hours" if setup.availability is None else in_words(setup.availability)
    buffers = " and ".join(
        f"{spelled(minutes)} {where}"
        for length, where in ((setup.buffer_before, "before"), (setup.buffer_after, "after"))
        if (minutes := int(length.total_seconds()) // 60)
    )
    notice = int(setup.notice.total_seconds()) // 60
    facts = [
        f"a start every {spelled(int(setup.increment.total_seconds()) // 60)}",
        CONFLICT_WORDS[setup.conflicts],
        f"{spelled(notice)} notice" if notice else "no notice",
        f"{buffers} kept free" if buffers else "",
    ]
    return f"*Availability*\n{hours}\n{days(shown)}\n{', '.join(filter(None, facts)).capitalize()}"


def days(shown: Review) -> str:
    setup = shown.setup
    if setup.rolling_days is not None:
        return f"The next {setup.rolling_days} {'day' if setup.rolling_days == 1 else 'days'}"
    first = f"From {spelled_date(setup.first_day)}" if setup.first_day else "From now on"
    return f"{first} until {spelled_date(setup.last_day)}" if setup.last_day else f"{first}, without end"


def spelled_date(day: date) -> str:
    return f"{spelled_day(day)} {day.year}"


def limits(shown: Review) -> str:
    setup, form = shown.setup, shown.writing.form
    caps = [f"{most} a {unit}" for most, unit in ((setup.most_a_day, "day"), (setup.most_a_week, "week")) if most]
    until = int(setup.change_until.total_seconds()) // 60
    moves = {None: "as often as they like", 1: "once"}.get(setup.most_moves, f"up to {setup.most_moves} times")
    change = "can’t reschedule, but cancel" if setup.most_moves == 0 else f"can reschedule {moves}, or cancel,"
    leads = [spelled(int(each.total_seconds()) // 60) for each in setup.reminders]
    reminders = " and ".join(filter(None, (", ".join(leads[:-1]), *leads[-1:])))
    lines = [
        f"At most {' and '.join(caps)} a host" if caps else "As many sessions as fit",
        f"Participants {change} until {f'{spelled(until)} before' if until else 'the start'}",
        f"Reminders {reminders} before" if reminders else "No reminders",
    ]
    if form.sender_name or form.reply_to:
        sender = " ".join(filter(None, (form.sender_name, f"({form.reply_to})" if form.reply_to else "")))
        lines.append(f"Mails from {short(sender, 200)}")
    return "*Limits*\n" + "\n".join(lines)


def next_slots(shown: Review) -> list[Block]:
    """The next times, a line a day in the reader's zone, or why there are none."""
    if not shown.starts:
        return [kit.section(f"*Participants would see no time*\n{kit.escape(shown.why_none)}"), *standing(shown)]
    lines = [
        f"*{spelled_day(day)}*  {' · '.join(clock(each, shown.time_zone) for each in each_day)}"
        for day, each_day in groupby(shown.starts, key=lambda start: local(start, shown.time_zone).date())
    ]
    zone = shown.time_zone.replace("_", " ")
    return [
        kit.section("*These are the next slots a participant would see*\n" + "\n".join(lines)),
        kit.context(f"Times in your zone, {kit.escape(zone)}. Participants see them in their own."),
        *standing(shown),
    ]


def standing(shown: Review) -> list[Block]:
    """Why participants see nothing meanwhile."""
    line = shown.writing.line
    if line.status is StudyStatus.ACTIVE:
        return []
    return [kit.context(f"{line.key} is {line.status.label}: participants can book nothing until it is Active.")]


def clock(instant: datetime, time_zone: str) -> str:
    return f"{local(instant, time_zone):%H:%M}"


def saved(done: Saved) -> tuple[str, list[Block]]:
    """What saving has done, and the way to the study's week."""
    text = f"The scheduling of *{done.key}* is saved."
    if done.next_start is not None:
        text = f"{text} The next free time is {kit.at(done.next_start)}."
    elif done.why_none:
        text = f"{text}\n⚠ {kit.escape(done.why_none)}"
    if done.kept:
        stay = "1 booked session keeps its" if done.kept == 1 else f"{done.kept} booked sessions keep their"
        text = f"{text}\n{stay} length."
    if done.template:
        text = f"{text}\nIt is kept as the template “{short(done.template, 80)}” too."
    return text, [kit.section(text), kit.actions(kit.button("See its week", StudyId.SLOTS, done.key))]
