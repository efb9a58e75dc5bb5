"""Studies: lists, one in detail, and the modal for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.blocks import kit
from bot.blocks.ids import CommonId, ScreenerId, StudyId
from bot.blocks.kit import Block, Element, View
from domain.editing import MOST_SEATS
from domain.incentive import OFFERED, shown
from domain.participant import ParticipantStatus, Stage, stage
from domain.study import LocationKind, StudyAction, StudyDetails, StudyLine, StudyStatus, StudyType, allowed_actions

NEW_BUTTON = f"{CommonId.MENU}:/study:new"
NAME_SHOWN = 120
DESCRIPTION_SHOWN = 1500

BUTTONS = {
    StudyAction.START: StudyId.START,
    StudyAction.PAUSE: StudyId.PAUSE,
    StudyAction.RESUME: StudyId.RESUME,
    StudyAction.CLOSE: StudyId.CLOSE,
}


@dataclass(frozen=True, slots=True)
class StudyPage:
    """A page of a list: its title, the studies, and the value of the button to the next page."""

    title: str
    studies: Sequence[StudyLine]
    next: str | None


def listing(page: StudyPage) -> tuple[str, list[Block]]:
    """A list of studies, each with a button to its details."""
    if not page.studies:
        text = f"{page.title}: none."
        return text, [kit.section(text), kit.actions(kit.button("New study", NEW_BUTTON, "/study new"))]
    blocks = [kit.section(f"*{page.title}*")]
    blocks += [kit.section(line_text(line), kit.button("Show", StudyId.SHOW, line.key)) for line in page.studies]
    if page.next is not None:
        blocks.append(kit.actions(kit.button("Next →", StudyId.LIST_PAGE, page.next)))
    keys = ", ".join(line.key for line in page.studies)
    return f"{page.title}: {keys}", blocks


def line_text(line: StudyLine) -> str:
    """A study in two lines of mrkdwn."""
    return (
        f"*{line.key}* {short(line.name)} · {line.status.label}\n"
        f"{line.type.label} · {line.seats} · {short(line.team_name)} · {kit.user(line.owner_slack_id)}"
    )


def short(text: str, limit: int = NAME_SHOWN) -> str:
    """A person's text for mrkdwn, cut before it is escaped so that no entity is torn."""
    return kit.literal(kit.fit(text, limit))


def details(study: StudyDetails) -> tuple[str, list[Block]]:
    """A study with how far its participants are, and buttons for what may be done to it."""
    line = study.line
    head = f"*{line.key}* {short(line.name, 200)} · {line.status.label}"
    blocks = [
        kit.section(head),
        *([kit.section(study.counts.text)] if study.counts is not None and line.type.has_interviews else []),
        kit.fields(*facts(study)),
        kit.section(f"*Participants*\n{progress(study)}"),
    ]
    if study.description:
        blocks.append(kit.section(short(study.description, DESCRIPTION_SHOWN)))
    if buttons := [
        *(status_buttons(line) if study.may_edit else []),
        people_button(line),
        *scheduling_buttons(study),
    ]:
        blocks.append(kit.actions(*buttons))
    if study.may_edit:
        blocks.append(kit.actions(*setup_buttons(study.line)))
    return f"{line.key} {short(line.name)}: {line.status.label}, {line.seats}", blocks


def people_button(line: StudyLine) -> Element:
    return kit.spoken(kit.button("Participants", StudyId.PEOPLE, line.key), f"Participants of {line.key}")


def scheduling_buttons(study: StudyDetails) -> list[Element]:
    """To its free times, which a study without sessions does not have, and for those who may to people for them."""
    if not study.line.type.has_interviews:
        return inviting_buttons(study)
    slots = kit.spoken(kit.button("Slots", StudyId.SLOTS, study.line.key), f"Free times of {study.line.key}")
    return [slots, *inviting_buttons(study)]


def inviting_buttons(study: StudyDetails) -> list[Element]:
    """To invite people, and to who waits, for those who may."""
    key = study.line.key
    if not study.may_manage:
        return []
    invite = kit.spoken(kit.button("Invite", StudyId.INVITE, key), f"Invite people to {key}")
    waiting = kit.spoken(kit.button("Waiting list", StudyId.WAITING, key), f"Waiting list of {key}")
    return [invite, *([waiting] if study.line.type.has_interviews else []), *responses_buttons(study)]


def responses_buttons(study: StudyDetails) -> list[Element]:
    """To what people answered in its screener, once somebody has."""
    counts = study.counts
    if counts is None or not (counts.qualified or counts.to_review):
        return []
    label = f"{counts.to_review:,} to review" if counts.to_review else "Responses"
    button = kit.button(label, StudyId.RESPONSES, study.line.key)
    return [kit.spoken(button, f"Responses to the screener of {study.line.key}")]


def setup_buttons(line: StudyLine) -> list[Element]:
    """To all that a study is set up with, before anybody is invited."""
    where = schedule_button(line) if line.type.has_interviews else task_button(line)
    consent = kit.spoken(kit.button("Consent…", StudyId.CONSENT, line.key), f"What participants of {line.key} agree to")
    quotas = kit.spoken(kit.button("Quotas…", StudyId.QUOTAS, line.key), f"Quotas of {line.key}")
    share = kit.spoken(
        kit.button("Share link…", StudyId.SHARE, line.key), f"The link by which anybody may join {line.key}"
    )
    return [where, screener_button(line), consent, quotas, share]


def task_button(line: StudyLine) -> Element:
    return kit.spoken(kit.button("Link to the task…", StudyId.TASK, line.key), f"Set where {line.key} is done")


def schedule_button(line: StudyLine) -> Element:
    return kit.spoken(
        kit.button("Scheduling…", StudyId.SCHEDULE, str(line.id)), f"Set up how participants book {line.key}"
    )


def screener_button(line: StudyLine) -> Element:
    return kit.spoken(
        kit.button("Screener…", ScreenerId.BUILD, str(line.id)), f"Build the questions that decide who fits {line.key}"
    )


def created(study: StudyDetails, done: str) -> tuple[str, list[Block]]:
    """What is said of a new study, and the way to what comes next: how its sessions are booked, or where it is done."""
    text = f"*{study.line.key}* {short(study.line.name)} {done}."
    if not study.may_edit:
        return text, [kit.section(text)]
    if study.line.type.has_interviews:
        hint = "Its owner hosts the sessions in their own hours, until you say otherwise."
        button = schedule_button(study.line)
    else:
        hint = "Next, say where it is done: nobody is invited before that."
        button = task_button(study.line)
    return text, [kit.section(text), kit.context(hint), kit.actions(button)]


def facts(study: StudyDetails) -> list[str]:
    """What a study is made of, in at most ten short texts."""
    line = study.line
    others = " ".join(kit.user(member) for member in study.collaborator_slack_ids) or "–"
    where = study.location.label if study.capacity == 1 else f"{study.location.label}, {study.capacity} seats"
    return [
        f"*Type*\n{line.type.label}",
        f"*Seats*\n{line.seats}",
        f"*Team*\n{short(line.team_name)}",
        f"*Channel*\n{kit.channel(study.channel_id) if study.channel_id else 'the team’s'}",
        f"*Owner*\n{kit.user(line.owner_slack_id)}",
        f"*Collaborators*\n{kit.fit(others, 1500)}",
        f"*Session*\n{study.duration_minutes} min, {where}",
        f"*Incentive*\n{incentive(study)}",
        f"*Participants see*\n{short(study.external_name, 200)}",
        f"*Screener*\n{study.screener.text if study.screener is not None else 'none'}",
    ]


def incentive(study: StudyDetails) -> str:
    if study.incentive_amount_minor is None or study.incentive_currency is None:
        return "none"
    return shown(study.incentive_amount_minor, study.incentive_currency)


def progress(study: StudyDetails) -> str:
    """How many participants are in each stage, and in which of its statuses."""
    if not study.status_counts:
        return f"Nobody yet. Add one: `/participant add E-MAIL to {study.line.key}`"
    has_incentive = study.incentive_amount_minor is not None
    by_stage: dict[Stage, list[tuple[str, int]]] = {}
    for status, number in study.status_counts:
        by_stage.setdefault(stage(ParticipantStatus(status), has_incentive), []).append((status, number))
    return "\n".join(
        f"{step.value}: {sum(number for _, number in by_stage[step])}"
        f" ({', '.join(f'{status} {number}' for status, number in by_stage[step])})"
        for step in Stage
        if step in by_stage
    )


def status_buttons(line: StudyLine) -> list[Element]:
    """A button for each change that the status allows; closing is asked for once more."""
    return [
        kit.button(
            action.value.capitalize(),
            BUTTONS[action],
            str(line.id),
            style="danger" if action is StudyAction.CLOSE else None,
            ask=close_question(line) if action is StudyAction.CLOSE else None,
        )
        for action in allowed_actions(line.status)
    ]


def close_question(line: StudyLine) -> Element:
    return kit.confirm(
        f"Close {line.key}?",
        "It takes no more bookings and sends no more invitations. Interviews that are booked stay.",
        "Close it",
        "Keep it open",
        is_danger=True,
    )


def close_asked(line: StudyLine) -> tuple[str, list[Block]]:
    """The question before a study is closed by a typed command."""
    text = f"Close *{line.key}* {short(line.name)}? It takes no more bookings. Interviews that are booked stay."
    buttons = (
        kit.button("Close it", StudyId.CLOSE, str(line.id), style="danger"),
        kit.button("Keep it open", CommonId.DISMISS),
    )
    return text, [kit.section(text), kit.actions(*buttons)]


def new_modal(teams: Sequence[tuple[int, str]], metadata: str) -> View:
    """The modal for a new study, in one of the teams (id and name): the first, unless another is chosen."""
    team_options = [kit.option(name, str(id_)) for id_, name in teams]
    type_options = [kit.option(kind.label, kind.value) for kind in StudyType]
    places = [kit.option(place.label, place.value) for place in LocationKind]
    begins = [kit.option(status.label, status.value) for status in (StudyStatus.ACTIVE, StudyStatus.DRAFT)]
    blocks = [
        kit.field("name", "Name", kit.text_input("name", longest=200)),
        kit.field(
            "key",
            "Key",
            kit.text_input("key", longest=8, placeholder="CHK"),
            hint="2 to 8 letters and digits: its interviews are called CHK-1, CHK-2, … Left empty: made from the name.",
            optional=True,
        ),
        kit.field(
            "external_name",
            "Name for participants",
            kit.text_input("external_name", longest=200),
            hint="The only name that they see. Left empty: the name above.",
            optional=True,
        ),
        kit.field("type", "Type", kit.select("type", type_options, initial=StudyType.INTERVIEW)),
        kit.field("status", "Begins", kit.radio("status", begins, initial=StudyStatus.ACTIVE)),
        kit.field("team", "Team", kit.select("team", team_options, initial=team_options[0]["value"])),
        kit.field(
            "channel",
            "Channel",
            kit.channel_select("channel"),
            hint="Its interviews are posted there. Left empty: in the team's channel.",
            optional=True,
        ),
        kit.field(
            "collaborators", "Collaborators", kit.users_select("collaborators", placeholder="Choose"), optional=True
        ),
        kit.field("duration", "Minutes a session", kit.number_input("duration", initial=60, least=5, most=480)),
        kit.field(
            "limit",
            "Participants at most",
            kit.number_input("limit", least=1),
            hint="Booked and completed seats count.",
            optional=True,
        ),
        kit.field(
            "capacity",
            "Seats a session",
            kit.number_input("capacity", least=2, most=MOST_SEATS),
            hint="For group interviews only.",
            optional=True,
        ),
        kit.field("location", "Where", kit.select("location", places, initial=LocationKind.GOOGLE_MEET)),
        kit.field(
            "location_text",
            "Link or place",
            kit.text_input("location_text", longest=500),
            hint="For Zoom, Microsoft Teams, or a place of your own. Google Meet makes its links itself.",
            optional=True,
        ),
        kit.field(
            "amount",
            "Incentive",
            kit.text_input("amount", longest=20, placeholder="50"),
            hint="An amount such as 25 or 25.50.",
            optional=True,
        ),
        kit.field(
            "currency",
            "Currency",
            kit.select("currency", [kit.option(code, code) for code in OFFERED]),
            optional=True,
        ),
        kit.field(
            "description",
            "Description",
            kit.text_input("description", multiline=True, longest=3000),
            optional=True,
        ),
    ]
    return kit.modal("New study", blocks, callback_id=StudyId.NEW_MODAL, submit="Create", metadata=metadata)
