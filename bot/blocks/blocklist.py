"""The blocklist: its page, putting somebody on it and taking them off, and the post that asks for a decision."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import CallsheetId, ParticipantId
from bot.blocks.kit import Block, Element, View
from domain.blocklist import Blocked, Blocklist, Suggested
from domain.person import Person

REASON_SHOWN = 300
LONGEST_REASON = 1000


def page(shown: Blocklist, metadata: str, told: str = "") -> View:
    """The suggestions that wait, and who is on the list, the latest first. `told` says, in mrkdwn, what was done."""
    blocks: list[Block] = [kit.section(told)] if told else []
    if shown.suggested:
        waits = "1 suggestion waits" if shown.waiting == 1 else f"{shown.waiting:,} suggestions wait"
        blocks.append(kit.section(f"*{waits} to be decided*"))
        for one in shown.suggested:
            blocks += suggestion_blocks(one, may_decide=shown.may_decide)
        blocks.append(kit.divider())
    if not shown.blocked:
        blocks.append(kit.section("Nobody is on the blocklist."))
    for each in shown.blocked:
        blocks.append(blocked_block(each, may_decide=shown.may_decide))
    if shown.older is not None:
        at, id_ = shown.older
        blocks.append(
            kit.actions(kit.button("Older", CallsheetId.BLOCKLIST_PAGE, f"{at.isoformat()}|{id_}"), block_id="older")
        )
    if shown.may_decide:
        blocks.append(kit.context("Put somebody on it with *Blocklist…* on their page: `/participant show P17`"))
    else:
        hint = "Admins and Ops Managers decide who is on it. Suggest somebody on their page, `/participant show P17`."
        blocks.append(kit.context(hint))
    return kit.modal("Blocklist", blocks, callback_id=CallsheetId.BLOCKLIST_MODAL, metadata=metadata, close="Close")


def called(person: Person) -> str:
    """How the reader may know somebody, in mrkdwn."""
    name = person.name or person.email
    return f"*{person.alias}*" + (f" {kit.literal(kit.fit(name, 60))}" if name else "")


def said(reason: str) -> str:
    """What somebody wrote, in mrkdwn, on one line."""
    return kit.literal(kit.fit(reason, REASON_SHOWN))


def suggestion_blocks(one: Suggested, *, may_decide: bool) -> list[Block]:
    text = f"{called(one.person)}, suggested by {kit.literal(one.author)}, {kit.at(one.at)}\n{said(one.reason)}"
    blocks = [kit.section(text)]
    if may_decide and one.is_own:
        blocks.append(kit.context("You suggested it: somebody else decides."))
    elif may_decide:
        ids = (CallsheetId.APPROVE, CallsheetId.DECLINE)
        blocks.append(kit.actions(*decision(one, *ids), block_id=f"suggestion_{one.id}"))
    return blocks


def decision(one: Suggested, approve: str, decline: str) -> tuple[Element, Element]:
    """The two buttons, by which somebody is put on the blocklist or not."""
    who = one.person.alias
    ask = kit.confirm(
        f"Put {who} on the blocklist?",
        "They can't be contacted for any study then. What they have booked stays; its team hears of it.",
        "Approve",
        "Not now",
        is_danger=True,
    )
    return (
        kit.spoken(kit.button("Approve", approve, str(one.id), style="danger", ask=ask), f"Approve: block {who}"),
        kit.spoken(kit.button("Decline", decline, str(one.id)), f"Decline: do not block {who}"),
    )


def blocked_block(each: Blocked, *, may_decide: bool) -> Block:
    reason = f"\n{said(each.reason)}" if each.reason else ""
    text = f"{called(each.person)} since {kit.at(each.at, '{date_short}')}{reason}"
    if not may_decide:
        return kit.section(text)
    off = kit.button("Take off", CallsheetId.UNBLOCK, str(each.person.id))
    return kit.section(text, kit.spoken(off, f"Take {each.person.alias} off the blocklist"))


def reason_modal(title: str, opening: Sequence[Block], metadata: str, callback_id: str, submit: str) -> View:
    """A question that is answered with a reason."""
    reason = kit.text_input("reason", multiline=True, longest=LONGEST_REASON)
    blocks = [
        *opening,
        kit.field("reason", "Why?", reason, hint="It is kept. Call people by their alias, such as P17."),
    ]
    return kit.modal(title, blocks, callback_id=callback_id, submit=submit, metadata=metadata)


def block_modal(person: Person, booked: Sequence[str], metadata: str) -> View:
    """What putting somebody on the blocklist means. `booked` are the sessions that stay, each in a line."""
    opening: list[Block] = [
        kit.section(
            f"{called(person)} can't be contacted for any study any more, and can't book. Nobody can override that; "
            "only taking them off the list ends it."
        )
    ]
    if booked:
        lines = "\n".join(f"• {kit.escape(line)}" for line in booked[:10])
        opening.append(
            kit.section(f"*What they have booked is not cancelled by it:*\n{lines}\nThe team's channel hears of it.")
        )
    return reason_modal("Put on the blocklist", opening, metadata, ParticipantId.BLOCK_MODAL, "Put on the list")


def suggest_modal(person: Person, metadata: str) -> View:
    opening = [
        kit.section(
            f"Suggest that {called(person)} be put on the blocklist. An Admin or an Ops Manager decides, in your "
            f"team's channel, where they are called {person.alias}. Your reason stands there too: name nobody in it."
        )
    ]
    return reason_modal("Suggest the blocklist", opening, metadata, ParticipantId.SUGGEST_BLOCK_MODAL, "Suggest")


def unblock_modal(person: Person, metadata: str) -> View:
    opening = [kit.section(f"{called(person)} may be contacted again then, as far as the rules of contact allow.")]
    return reason_modal("Take off the blocklist", opening, metadata, CallsheetId.UNBLOCK_MODAL, "Take off")


def card(one: Suggested) -> tuple[str, list[Block]]:
    """The post in the team's channel: it names the person by their alias only, and says who has decided what."""
    who = one.person.alias
    text = f"{one.author} suggests {who} for the blocklist"
    blocks = [kit.section(f"*{kit.literal(text)}*\n{said(one.reason)}")]
    if one.is_approved is None:
        blocks.append(kit.actions(*decision(one, CallsheetId.CARD_APPROVE, CallsheetId.CARD_DECLINE)))
        blocks.append(kit.context("An Admin or an Ops Manager decides, and nobody what they suggested themselves."))
    else:
        what = f"{who} is on the blocklist" if one.is_approved else f"{who} is not put on the blocklist"
        when = f", {kit.at(one.decided_at)}" if one.decided_at is not None else ""
        blocks.append(kit.context(f"{what}: decided by {kit.literal(one.decided_by or 'Callsheet')}{when}"))
    return text, blocks
