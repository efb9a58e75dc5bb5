"""The participants of a study: a modal with a tab for each stage, a search, filters, and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.blocks import kit
from bot.blocks.ids import ParticipantId, StudyId
from bot.blocks.kit import Block, Element, View
from bot.blocks.participant import named, short
from domain.enrolment_list import LONGEST_TEXT, EnrolmentPage, Listed, Place, Trouble, in_stage
from domain.governance import ContactStatus
from domain.participant import ParticipantStatus, Stage
from domain.participant import stage as stage_of

TABS: dict[StudyId, Stage | None] = {
    StudyId.PEOPLE_ALL: None,
    StudyId.PEOPLE_NOT_STARTED: Stage.NOT_STARTED,
    StudyId.PEOPLE_INVITED: Stage.INVITED,
    StudyId.PEOPLE_SCREENING: Stage.SCREENING,
    StudyId.PEOPLE_IN_PROGRESS: Stage.IN_PROGRESS,
    StudyId.PEOPLE_PENDING_INCENTIVE: Stage.PENDING_INCENTIVE,
    StudyId.PEOPLE_DONE: Stage.DONE,
    StudyId.PEOPLE_CANCELLED: Stage.CANCELLED,
}
AS_YOU_TYPE = {"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}
ANY_STATUS = "any"
NO_TROUBLE = "none"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MANY = "More people are called so than can be counted at once. Type more of the name."
NAMES_ARE_HIDDEN = (
    "Names and addresses are for those who work on the study. You find people by their alias, such as P17."
)


def place_value(place: Place) -> str:
    """Where a page begins, as its button carries it."""
    return f"{(place.changed_at - EPOCH) // timedelta(microseconds=1)}:{place.enrolment_id}"


def place_of(value: str, *, is_back: bool) -> Place:
    """Where a button's page begins."""
    at, _, enrolment_id = value.partition(":")
    return Place(EPOCH + timedelta(microseconds=int(at)), int(enrolment_id), is_back)


def modal(page: EnrolmentPage, metadata: str) -> View:
    """The list. What is typed and chosen in it stays while it is drawn anew."""
    wanted = page.wanted
    blocks: list[Block] = [
        kit.section(title(page)),
        kit.actions(*(tab(page, id_, stage) for id_, stage in TABS.items()), block_id="tabs"),
        search(),
        kit.actions(*filters(page), block_id=f"filters_{wanted.stage or 'all'}"),
        property_input(),
        kit.divider(),
        *(person(one, page) for one in page.people),
    ]
    if not page.people:
        blocks.append(kit.section(nobody(page)))
    turns = [
        kit.button(label, id_, place_value(place))
        for label, id_, place in (
            ("← Previous", StudyId.PEOPLE_PREVIOUS, page.previous),
            ("Look further →" if page.looked_at else "Next →", StudyId.PEOPLE_NEXT, page.next),
        )
        if place is not None
    ]
    if turns:
        blocks.append(kit.actions(*turns, block_id="pages"))
    blocks += [kit.context(note) for note in notes(page)]
    return kit.modal(
        kit.fit(f"Participants of {page.line.key}", 24),
        blocks,
        callback_id=StudyId.PEOPLE_MODAL,
        submit="Change several…" if page.may_manage else "Search",
        metadata=metadata,
        close="Close",
    )


def title(page: EnrolmentPage) -> str:
    """`CHK Checkout study · Screening: 34`."""
    which = page.wanted.status.value if page.wanted.status else tab_name(page.wanted.stage)
    number = ""
    if page.counts is not None:
        number = f": {page.counts.shown(page.wanted.statuses(page.has_incentive))}"
    return f"*{page.line.key}* {short(page.line.name)} · *{which}*{number}"


def tab_name(stage: Stage | None) -> str:
    return stage.value if stage is not None else "All"


def tab(page: EnrolmentPage, action_id: StudyId, stage: Stage | None) -> Element:
    """A tab with how many are in it, if that is known. The present one stands in the title, too."""
    number = "" if page.counts is None else f" {page.counts.shown(in_stage(stage, page.has_incentive))}"
    is_present = page.wanted.stage is stage
    button = kit.button(
        f"{tab_name(stage)}{number}", action_id, stage or "all", style="primary" if is_present else None
    )
    return kit.spoken(button, f"{tab_name(stage)}{number}{', shown now' if is_present else ''}")


def search() -> Block:
    text = kit.text_input("text", placeholder="Name, last name, address or P17", longest=LONGEST_TEXT)
    element = {**text, "dispatch_action_config": AS_YOU_TYPE}
    block = kit.field("text", "Find", element, optional=True)
    return kit.heard(block, StudyId.PEOPLE_TYPED)


def filters(page: EnrolmentPage) -> list[Element]:
    """Menus for one status of the stage, and for what is wrong with somebody."""
    wanted = page.wanted
    possible = in_stage(wanted.stage, page.has_incentive)
    statuses = [kit.option("Any status", ANY_STATUS), *(kit.option(status.value, status.value) for status in possible)]
    troubles = [kit.option("Everybody", NO_TROUBLE), *(kit.option(each.value, each.name) for each in Trouble)]
    return [
        kit.select(StudyId.PEOPLE_STATUS, statuses, initial=wanted.status or ANY_STATUS),
        kit.select(
            StudyId.PEOPLE_TROUBLE, troubles, initial=wanted.trouble.name if wanted.trouble is not None else NO_TROUBLE
        ),
    ]


def property_input() -> Block:
    text = kit.text_input("property", placeholder="Plan = Pro", longest=300)
    hint = "A property with its value, then Enter. Properties come from your files and from screeners."
    return kit.heard(kit.field("property", "Only with", text, hint=hint, optional=True), StudyId.PEOPLE_PROPERTY)


def person(one: Listed, page: EnrolmentPage) -> Block:
    """Somebody, where they stand since when, what is wrong, and the button to their page."""
    about = [f"{one.status.value} since {kit.at(one.since, '{date_short}')}"]
    if page.wanted.stage is None:
        about.insert(0, one.stage.value)
    about += [f"⚠ {trouble}" for trouble in troubles(one)]
    button = kit.button("Open", ParticipantId.SHOW, one.person.alias)
    return kit.section(f"{named(one.person)}\n{' · '.join(about)}", kit.spoken(button, f"Open {one.person.alias}"))


def troubles(one: Listed) -> list[str]:
    """What is wrong with their being contacted, each in a few words."""
    if one.is_erased:
        return ["erased"]
    told = []
    if one.bounced_at is not None:
        told.append("no mail arrives")
    elif one.soft_bounced_at is not None:
        told.append("mail does not arrive for now")
    if one.contact is ContactStatus.IN_COOLDOWN and one.cooldown_until is not None:
        told.append(f"{one.contact.value} until {kit.at(one.cooldown_until, '{date_short_pretty}')}")
    elif one.contact is not ContactStatus.FREE_TO_CONTACT and one.contact.value != one.status.value:
        told.append(one.contact.value)
    return told


def nobody(page: EnrolmentPage) -> str:
    """What is said of an empty page."""
    if page.looked_at is not None:
        return f"Nobody among the {page.looked_at:,} looked through."
    if page.wanted.is_narrowed:
        return "Nobody found."
    if page.wanted.stage is None and page.wanted.status is None:
        return f"Nobody yet. Add one: `/participant add E-MAIL to {page.line.key}`"
    return "Nobody here."


def notes(page: EnrolmentPage) -> list[str]:
    """What to know about the list."""
    told = []
    if page.counts is None and page.wanted.text.strip():
        told.append(MANY)
    if page.looked_at is not None and page.people:
        told.append(f"These are those among {page.looked_at:,}, latest change first. “Look further” goes on.")
    if not page.with_names:
        told.append(NAMES_ARE_HIDDEN)
    return told


def described(page: EnrolmentPage) -> str:
    """The list in a few words: `Screening, “ma”`."""
    wanted = page.wanted
    parts = [wanted.status.value if wanted.status else tab_name(wanted.stage)]
    if wanted.text.strip():
        parts.append(f"“{kit.fit(wanted.text.strip(), 15)}”")
    if wanted.property_name:
        parts.append(f"{kit.fit(wanted.property_name, 12)} = {kit.fit(wanted.property_value, 12)}")
    if wanted.trouble is not None:
        parts.append(wanted.trouble.value)
    return ", ".join(parts)


def status_of(value: str, stage: Stage | None, has_incentive: bool) -> ParticipantStatus | None:
    """The status that was chosen in the menu of a stage."""
    chosen = ParticipantStatus(value) if value in set(ParticipantStatus) else None
    return chosen if chosen is not None and stage in (None, stage_of(chosen, has_incentive)) else None
