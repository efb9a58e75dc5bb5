"""App Home: a member's sessions, what waits for them, and their studies."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.availability import home_line
from bot.blocks.ids import CommonId, InterviewId
from bot.blocks.interview import button_for, line_block, problems, short
from bot.blocks.kit import Block, Element, View
from bot.blocks.schedule import LIST_BUTTON, WITH_DAY
from domain.home import HomeModel
from domain.interview import InterviewAction, Problem
from domain.schedule import Seen
from domain.study import StudyLine, StudyStatus
from domain.times import local, spelled

NEW_STUDY_BUTTON = f"{CommonId.MENU}:/study:new"
"""The menu's button: it opens the modal for a new study."""
COMING_SHOWN = 5
WAITING_SHOWN = 6
BAR = 10
"""Signs in the bar that shows how many of a study's seats are used."""


def view(model: HomeModel) -> View:
    """The whole App Home: at most 83 of the 100 blocks that Slack takes."""
    day = local(model.now, model.time_zone)
    return kit.home(
        [
            kit.header(spelled(day)),
            kit.actions(*top_buttons(model)),
            *([home_line(model.availability)] if model.availability else []),
            *waiting(model),
            *sessions("Today", model.today, model, "Nothing today.", "{time}"),
            *sessions("Next", model.coming[:COMING_SHOWN], model, "Nothing booked for the days ahead.", WITH_DAY),
            *studies(model),
            kit.context("Times in your own zone."),
        ]
    )


def top_buttons(model: HomeModel) -> list[Element]:
    buttons = []
    if model.may_book:
        buttons.append(kit.button("Book an interview", InterviewId.BOOK, style="primary"))
    if model.may_create_study:
        buttons.append(kit.button("New study", NEW_STUDY_BUTTON, "/study new"))
    return [*buttons, kit.button("All interviews", LIST_BUTTON, "/interview list")]


def waiting(model: HomeModel) -> list[Block]:
    """What waits for the member: nothing is shown when nothing does."""
    if not model.waiting:
        return []
    rows = [block for each in model.waiting[:WAITING_SHOWN] for block in waiting_line(each, model)]
    more = len(model.waiting) - WAITING_SHOWN
    rest = [kit.context(f"and {more} more")] if more > 0 else []
    return [kit.divider(), kit.section("*Waiting for you*"), *rows, *rest]


def waiting_line(each: Seen, model: HomeModel) -> list[Block]:
    """One session with what is wrong with it, and the one button that leads on."""
    line, found = each.line, each.line.problems(model.now)
    people = ", ".join(short(seat.shown_as(with_name=each.with_names), 40) for seat in line.seats[:3]) or "nobody"
    text = f"{problems(found)}\n*{line.reference}* {short(line.study_name, 80)} with {people}, {kit.at(line.starts_at)}"
    if Problem.OUTCOME_MISSING in found:
        held = kit.button("It took place", InterviewId.STARTED, str(line.id))
        return [kit.section(text, kit.spoken(held, f"{line.reference} took place"))]
    return [kit.section(text, button_for(InterviewAction.DETAILS, line))]


def sessions(title: str, found: tuple[Seen, ...], model: HomeModel, none: str, form: str) -> list[Block]:
    """Sessions by time, each with its buttons."""
    rows = [
        block
        for each in found
        for block in line_block(each.line, model.now, each.with_names, may_manage=each.may_manage, form=form)
    ]
    return [kit.divider(), kit.section(f"*{title}*"), *(rows or [kit.context(none)])]


def studies(model: HomeModel) -> list[Block]:
    """The member's own studies, with how many seats are used."""
    if not model.studies:
        none = "No study of your own." + (" Begin with “New study”." if model.may_create_study else "")
        return [kit.divider(), kit.section("*My studies*"), kit.context(none)]
    return [kit.divider(), kit.section("*My studies*"), *(study_block(study) for study in model.studies)]


def study_block(study: StudyLine) -> Block:
    status = "" if study.status is StudyStatus.ACTIVE else f" · {study.status.label}"
    return kit.section(f"*{study.key}* {short(study.name, 120)}{status}\n{bar(study)}{study.seats}")


def bar(study: StudyLine) -> str:
    """How many of the seats are used, as a bar before the words; nothing where there is no limit."""
    if not study.participation_limit:
        return ""
    full = min(BAR, study.seats_taken * BAR // study.participation_limit)
    return f"{'▰' * full}{'▱' * (BAR - full)}  "
