"""The modal in which a study's scheduling is set up, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from bot.blocks import kit
from bot.blocks.callsheet import zone_option
from bot.blocks.ids import CallsheetId, StudyId
from bot.blocks.kit import Block, Element, View
from bot.blocks.study import short
from domain import editing, setup_checks, tokens
from domain.availability import DAYS
from domain.scheduling import Assignment, Conflicts
from domain.setup_form import COMMON, FIXED, OWN, ROLLING, WEEK_INPUTS, SetupForm, Source, Step, Writing
from domain.study import LocationKind

HOUR, DAY = 60, 24 * 60
NOTICES = (0, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY)
BUFFERS = (0, 5, 10, 15, 20, 30, 45, 60)
REMINDERS = (7 * DAY, 3 * DAY, 2 * DAY, DAY, 12 * HOUR, 4 * HOUR, 2 * HOUR, HOUR, 30, 10)
"""Checkboxes are ten at most."""
CONFLICTS = {
    Conflicts.DEFAULT: ("Busy events block a time", "Free and tentative events in a host’s calendar do not."),
    Conflicts.STRICT: ("Every event blocks a time", "Free and tentative events do too."),
    Conflicts.OFF: ("No event blocks a time", "Calendars are not looked at: only booked sessions block."),
}
ASSIGNMENTS = {
    Assignment.ONE_TO_ONE: "The one host holds every session.",
    Assignment.COLLECTIVE: "A time is offered when all hosts are free, and all of them come.",
    Assignment.ROUND_ROBIN: "The free host with the fewest sessions that week, then the longest idle.",
}
HOURS = "Hours such as 9:00-12:30, 13:30-17:00, or “off”."


def step_modal(shown: Writing, step: Step, metadata: str, *, is_change: bool = False) -> View:
    """One of the steps with inputs, filled in with what the draft says. `is_change`: it leads back to the review."""
    blocks = [progress(step), *INPUTS[step](shown)]
    if step > Step.EVENT and not is_change:
        blocks.append(kit.actions(go_button("← Back", step.previous), block_id="back"))
    fresh = [again(block, shown.filled) for block in blocks]
    submit = "Review" if is_change else "Next"
    return kit.modal(title(shown), fresh, callback_id=StudyId.SETUP_MODAL, submit=submit, metadata=metadata)


def title(shown: Writing) -> str:
    return f"Scheduling {shown.line.key}"


def progress(step: Step) -> Block:
    """Where one is among the steps."""
    names = " › ".join(f"*{each.label}*" if each is step else each.label for each in Step)
    return kit.context(f"Step {step} of {len(Step)}: {names}")


def go_button(label: str, step: Step) -> Element:
    return kit.spoken(
        kit.button(label, StudyId.SETUP_GO, str(int(step))),
        f"Back to {step.label}" if label.startswith("←") else f"Change {step.label}",
    )


def again(block: Block, filled: int) -> Block:
    """The input, to Slack another one after every time that the form was filled in anew: it shows the new value."""
    if not filled or block["type"] != "input" or block["element"]["type"] == "external_select":
        return block
    if block["element"]["action_id"] == StudyId.SETUP_CHOICE:
        return block
    return kit.renamed(block, f"{block['block_id']}_{filled}")


def event(shown: Writing) -> list[Block]:
    form = shown.form
    held = tokens.listed(editing.TOKENS)
    title = kit.text_input("title", initial=form.title, placeholder=shown.external_name, longest=editing.LONGEST_TITLE)
    description = kit.text_input(
        "description", initial=form.description, multiline=True, longest=setup_checks.LONGEST_DESCRIPTION
    )
    least, most = setup_checks.SHORTEST_MINUTES, setup_checks.LONGEST_MINUTES
    blocks = [
        *source_blocks(shown),
        kit.field(
            "title",
            "Title of the calendar event",
            title,
            hint=f"Participants read it. Left empty: the study’s external name. It may hold {held}.",
            optional=True,
        ),
        kit.field("description", "Description", description, hint="The same tokens may stand here.", optional=True),
        kit.field(
            "duration",
            "Minutes a session",
            kit.number_input("duration", initial=_number(form.duration), least=least, most=most),
            hint="Sessions that are booked already keep their length.",
        ),
    ]
    if shown.is_group:
        seats = kit.number_input("seats", initial=_number(form.seats), least=2, most=editing.MOST_SEATS)
        blocks.append(kit.field("seats", "Seats a session", seats))
    return blocks


def source_blocks(shown: Writing) -> list[Block]:
    """The menu from which everything is filled in at once."""
    text = "*Start from* a template, or like another study:"
    if shown.source:
        text = f"Filled in from *{short(shown.source, 80)}*. Look through the steps, then save."
    menu = kit.typed_select(StudyId.SETUP_SOURCE, placeholder="Choose a template or study")
    forget = [forget_button(shown.source)] if shown.is_template else []
    return [kit.section(text), kit.actions(menu, *forget, block_id=f"source_{shown.filled}")]


def forget_button(template: str) -> Element:
    """To delete the template that everything was filled in from, after a question."""
    ask = kit.confirm(
        "Delete this template?",
        f"Nobody in the team can start from “{template}” any more. Studies that did stay as they are.",
        "Delete it",
        is_danger=True,
    )
    return kit.button("Delete this template", StudyId.SETUP_FORGET, ask=ask)


def source_options(found: Sequence[Source]) -> list[Element]:
    return [kit.option(source.label, source.value) for source in found]


def location(shown: Writing) -> list[Block]:
    form = shown.form
    kinds = [kit.option(kind.label, kind.value) for kind in LocationKind]
    link = kit.text_input("link", initial=form.link, longest=editing.LONGEST_LINK)
    passcode = kit.text_input("passcode", initial=form.passcode, longest=editing.LONGEST_PASSCODE)
    return [
        kit.field("location", "Where", kit.select("location", kinds, initial=form.location)),
        kit.field(
            "link",
            "Link or place",
            link,
            hint=(
                "Zoom and Microsoft Teams need their meeting link, Custom says the place in words. "
                "With Google Meet and no link the calendar makes one for each session. None needs neither."
            ),
            optional=True,
        ),
        kit.field("passcode", "Passcode", passcode, hint="For a meeting that asks for one.", optional=True),
        kit.context("Sessions that are booked already stay where they are."),
    ]


def hosts(shown: Writing) -> list[Block]:
    form = shown.form
    chosen = kit.users_select("hosts", initial=form.hosts, placeholder="Choose hosts")
    guests = kit.users_select("guests", initial=form.guests, placeholder="Choose guests")
    blocks = [
        kit.heard(
            kit.field("hosts", "Hosts", chosen, hint="A time is offered only when they are free."),
            StudyId.SETUP_CHOICE,
        ),
        *concerns(shown.concerns),
    ]
    if shown.is_group:
        blocks.append(kit.context("A group study: a time is offered when all hosts are free, and all of them come."))
    else:
        options = [kit.option(each.label, each.value, words) for each, words in ASSIGNMENTS.items()]
        radio = kit.radio("assignment", options, initial=form.assignment)
        blocks.append(kit.field("assignment", "Who takes a session that is booked", radio))
    return [
        *blocks,
        kit.field(
            "guests",
            "Guests",
            guests,
            hint="They are always invited. A time is offered whether they are free or not.",
            optional=True,
        ),
    ]


def concerns(found: Sequence[str]) -> list[Block]:
    """What should be known of the hosts."""
    return [kit.context(kit.fit("\n".join(f"⚠ {sentence}" for sentence in found), 2900))] if found else []


def availability(shown: Writing) -> list[Block]:
    form = shown.form
    whose = [
        kit.option("Each host’s own hours", OWN, "As each has set them with /callsheet availability."),
        kit.option("One weekly schedule for all hosts", COMMON, "Their own hours don’t count in this study."),
    ]
    ranges = [
        kit.option("So many days ahead", ROLLING, "The days move on with the calendar."),
        kit.option("From a day to a day", FIXED),
    ]
    conflicts = [kit.option(label, each.value, words) for each, (label, words) in CONFLICTS.items()]
    zone_menu = kit.typed_select(
        CallsheetId.ZONE_MENU,
        initial=zone_option(form.time_zone) if form.time_zone else None,
        placeholder="Type a city, such as Berlin",
    )
    return [
        kit.heard(
            kit.field("hours", "Hours", kit.radio("hours", whose, initial=form.hours)),
            StudyId.SETUP_CHOICE,
        ),
        *(week(form) if form.hours == COMMON else []),
        kit.field(
            "time_zone",
            "Time zone",
            zone_menu,
            hint="Of the days and the weekly schedule. Participants see times in their own zone.",
        ),
        kit.heard(
            kit.field("range", "Days", kit.radio("range", ranges, initial=form.range)),
            StudyId.SETUP_CHOICE,
        ),
        *days(form),
        kit.field(
            "conflicts", "Conflicts", kit.radio("conflicts", conflicts, initial=form.conflicts or Conflicts.DEFAULT)
        ),
        kit.field("notice", "Minimum notice", lengths("notice", NOTICES, form.notice, "None")),
        kit.field("before", "Free time before a session", lengths("before", BUFFERS, form.before, "None")),
        kit.field("after", "Free time after a session", lengths("after", BUFFERS, form.after, "None")),
        kit.field(
            "increment", "A session may start every", lengths("increment", setup_checks.INCREMENTS, form.increment, "")
        ),
    ]


def week(form: SetupForm) -> list[Block]:
    """The inputs of the common schedule: a line a day, and one for single dates."""
    lines = [
        kit.field(name, day, kit.text_input(name, initial=hours, placeholder="off", longest=200), optional=True)
        for name, day, hours in zip(WEEK_INPUTS, DAYS, form.week, strict=True)
    ]
    dates = kit.text_input("dates", initial=form.dates, multiline=True, placeholder="24 Dec 2026: off")
    other = kit.field(
        "dates",
        "Other hours on single dates",
        dates,
        hint="A line a date or stretch of dates, such as “24 Dec to 26 Dec: off” or “30 Dec: 10:00-14:00”.",
        optional=True,
    )
    return [kit.context(HOURS), *lines, other]


def days(form: SetupForm) -> list[Block]:
    """The inputs of the range of days."""
    if form.range != FIXED:
        number = kit.number_input(
            "rolling_days", initial=_number(form.rolling_days), least=1, most=setup_checks.MOST_DAYS
        )
        return [kit.field("rolling_days", "Days ahead", number, hint="Today and so many days more.")]
    first, last = (
        kit.date_picker(name, initial=date.fromisoformat(day) if day else None)
        for name, day in (("first_day", form.first_day), ("last_day", form.last_day))
    )
    return [
        kit.field("first_day", "First day", first, hint="Left empty: from now on.", optional=True),
        kit.field("last_day", "Last day", last, hint="Left empty: without end.", optional=True),
    ]


def limits(shown: Writing) -> list[Block]:
    form, line = shown.form, shown.line
    most = setup_checks.MOST_SESSIONS
    changes = lengths("change_until", NOTICES, form.change_until, "Until it starts", " before it starts")
    reminders = [kit.option(f"{spelled(minutes)} before", str(minutes)) for minutes in reminder_choices(form)]
    number = kit.number_input("most_moves", initial=_number(form.most_moves), most=setup_checks.MOST_MOVES)
    full = "no limit" if line.participation_limit is None else f"{line.participation_limit} participants"
    return [
        kit.field(
            "most_a_day",
            "Sessions a day a host, at most",
            kit.number_input("most_a_day", initial=_number(form.most_a_day), least=1, most=most),
            hint="Of all studies. Left empty: no limit.",
            optional=True,
        ),
        kit.field(
            "most_a_week",
            "Sessions a week a host, at most",
            kit.number_input("most_a_week", initial=_number(form.most_a_week), least=1, most=most),
            hint="Weeks begin on Monday. Left empty: no limit.",
            optional=True,
        ),
        kit.field("change_until", "Participants can reschedule or cancel until", changes),
        kit.field(
            "most_moves",
            "Times a participant can reschedule, at most",
            number,
            hint="0: never. Left empty: as often as they like.",
            optional=True,
        ),
        kit.field(
            "reminders",
            "Remind participants",
            kit.checkboxes("reminders", reminders, initial=form.reminders),
            hint="By mail.",
            optional=True,
        ),
        kit.field(
            "sender_name",
            "Mails come from",
            kit.text_input("sender_name", initial=form.sender_name, longest=editing.LONGEST_PASSCODE),
            hint="A name. Left empty: the one that Callsheet’s mailbox has.",
            optional=True,
        ),
        kit.field(
            "reply_to",
            "Answers go to",
            kit.email_input("reply_to", initial=form.reply_to or None),
            hint="An address. Left empty: the host’s own.",
            optional=True,
        ),
        kit.context(f"Participation limit of the study: {full} ({line.seats})."),
    ]


def reminder_choices(form: SetupForm) -> list[int]:
    """The choices, the longest first; what the study has stays among them."""
    own = [int(minutes) for minutes in form.reminders if int(minutes) not in REMINDERS]
    return sorted([*own, *REMINDERS[len(own) :]], reverse=True)


def lengths(action_id: str, choices: Iterable[int], chosen: str, none: str, after: str = "") -> Element:
    """A menu of lengths of time, in minutes; the one that holds is among them."""
    minutes = sorted({*choices, _number(chosen) or 0} if chosen else choices)
    options = [kit.option(f"{spelled(each)}{after}" if each or not none else none, str(each)) for each in minutes]
    return kit.select(action_id, options, initial=chosen or str(minutes[0]))


def spelled(minutes: int) -> str:
    """`15 minutes`, `1 hour`, `2 days`."""
    for unit, length in (("week", 7 * DAY), ("day", DAY), ("hour", HOUR)):
        if minutes and minutes % length == 0 and (unit != "day" or minutes > DAY):
            number = minutes // length
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{minutes} minutes"


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


INPUTS = {
    Step.EVENT: event,
    Step.LOCATION: location,
    Step.HOSTS: hosts,
    Step.AVAILABILITY: availability,
    Step.LIMITS: limits,
}
