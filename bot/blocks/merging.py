"""Merging two participants: who the other one is, what it would do, and what is said after."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import ParticipantId
from bot.blocks.kit import Block, View
from bot.blocks.participant import named, short
from domain.merging import FIELDS, Meeting, Merging, conflicts, property_conflicts, standard_choice
from domain.participant import ParticipantStatus
from domain.person import Person, alias

OWN, OTHER = "own", "other"
"""The values of the choice whose name, address, … is kept."""
HOLDS = {
    "blocklisted_at": "is on the blocklist",
    "opted_out_at": "has opted out",
    "do_not_contact_reason": "is marked “do not contact”",
    "cooldown_until": "is in a cooldown",
}
"""What keeps one of the two from being contacted, as it follows their alias."""
ONE = {
    "notes": "note",
    "other addresses": "other address",
    "mails": "mail",
    "invitations": "invitation",
    "sessions": "session",
    "studies": "study",
}
SHOWN = 15
"""Studies of each kind that are named."""


def with_modal(person: Person, metadata: str) -> View:
    """The question with whom somebody is to be merged."""
    other = kit.typed_select(ParticipantId.MERGE_MENU, placeholder="Type a name, an address or P23", min_length=1)
    blocks = [
        kit.section(f"{named(person)} stays."),
        kit.field("other", "Who else is the same person?", other, hint="What would happen is shown first."),
    ]
    return kit.modal(
        "Merge", blocks, callback_id=ParticipantId.MERGE_WITH_MODAL, submit="Show what happens", metadata=metadata
    )


def modal(found: Merging, metadata: str) -> View:
    """What merging would do; where the two differ there is a choice, and the alias is typed to confirm."""
    stays, goes = found.stays, found.goes
    blocks: list[Block] = [
        kit.section(f"*Stays:* {named(stays)}\n*Is merged into them:* {named(goes)}"),
        kit.section("\n".join(f"• {line}" for line in what_happens(found))),
    ]
    if found.meetings:
        lines = [meeting_text(found, each) for each in found.meetings[:SHOWN]]
        blocks += kit.paragraphs(["*In both*", *lines, *more(len(found.meetings))])
    if doubled := property_conflicts(found.own, found.other):
        kept = ", ".join(
            f"{short(name, 60)}: {short(found.own.properties[name], 60)} (not "
            f"{short(found.other.properties[name], 60)})"
            for name in doubled[:SHOWN]
        )
        blocks.append(kit.section(f"*Kept as {stays.alias} has them*\n{kept}"))
    for first, second in found.overlaps[:SHOWN]:
        blocks.append(kit.context(f"⚠ {first} and {second} are at the same time: nobody can come to both."))
    taken = standard_choice(found.own, found.other)
    blocks += [choice(found, field, OTHER if field in taken else OWN) for field in conflicts(found.own, found.other)]
    confirm = kit.text_input("confirm", longest=20)
    blocks += [
        kit.section("*This can’t be undone.* Nobody can tell afterwards what belonged to whom."),
        kit.field("confirm", f"Type {goes.alias} to confirm", confirm),
    ]
    return kit.modal(
        "Merge participants", blocks, callback_id=ParticipantId.MERGE_MODAL, submit="Merge", metadata=metadata
    )


def more(number: int) -> list[str]:
    return [f"and {number - SHOWN} more"] if number > SHOWN else []


def what_happens(found: Merging) -> list[str]:
    """What comes over, what leads where, and what keeps the person from being contacted, each as a line of mrkdwn."""
    stays, goes = found.stays.alias, found.goes.alias
    lines = [f"{goes} leads to {stays} from then on, and so do both addresses."]
    if found.comes_over:
        what = (f"{number:,} {ONE.get(name, name) if number == 1 else name}" for name, number in found.comes_over)
        lines.append(f"Comes over: {', '.join(what)}.")
    if found.places:
        keys = ", ".join(place.study_key for place in found.places[:SHOWN])
        lines.append(f"{stays} is then also in: {', '.join([keys, *more(len(found.places))])}.")
    for fact, words in HOLDS.items():
        who = [each for each, known in ((stays, found.own), (goes, found.other)) if getattr(known, fact) is not None]
        if len(who) == 1:
            lines.append(f"{who[0]} {words}: that holds for the one person.")
    return lines


def meeting_text(found: Merging, meeting: Meeting) -> str:
    """Which of two places in a study is kept, and why; a session ahead decides before how far each has come."""
    kept, other = meeting.kept, meeting.given_up
    if meeting.moved_by:
        ahead = f"{', '.join(meeting.moved_by)} {'is' if len(meeting.moved_by) == 1 else 'are'} ahead"
        scheduled = f"{ParticipantStatus.INTERVIEW_SCHEDULED.value}, as {ahead}"
        return f"• *{kept.study_key}*: {scheduled} (not {kept.status.value}). The history of both is kept."
    who = found.goes.alias if meeting.is_other_kept else found.stays.alias
    why = "as far as the other" if kept.status is other.status else f"further than {other.status.value}"
    return f"• *{kept.study_key}*: {kept.status.value}, as {who} ({why}). The history of both is kept."


def choice(found: Merging, field: str, initial: str) -> Block:
    """The choice whose name, address, … is kept."""
    options = [kit.option(found.own.text(field), OWN, found.stays.alias)]
    options.append(kit.option(found.other.text(field), OTHER, found.goes.alias))
    hint = "Mails go there. The other one leads to them too." if field == "email" else None
    return kit.field(field, FIELDS[field], kit.radio(field, options, initial=initial), hint=hint)


def done_text(number: int, gone: int) -> str:
    """What merging came to, in mrkdwn."""
    return f"*{alias(gone)}* is now *{alias(number)}*. Nothing was sent."
