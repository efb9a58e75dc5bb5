"""How a session went, asked in modals: who came, and what it was worth; and what comes next for its incentive."""

from __future__ import annotations

from collections.abc import Sequence

from bot.blocks import kit
from bot.blocks.ids import InterviewId
from bot.blocks.interview import headline, short, started_button, when
from bot.blocks.kit import Block, View
from domain.interview import LONGEST_RATING_NOTE, SCORES, InterviewLine, InterviewStatus, Rating, Seat, seat_field

SEATS_ASKED = 20
"""Participants who are asked about one by one. Of more, those who did not come are chosen from one list."""
MISSING_FIELD = "missing_seats"
CAME, MISSING = "came", "missing"
HOST_FIELD, HOST_MISSING = "host", "host_missing"
OWED_SHOWN = 6
LONGEST_RATINGS = 1500
"""Characters of all ratings together."""


def attendance_modal(line: InterviewLine, metadata: str, *, with_names: bool) -> View:
    """Who came? Those who have not cancelled are asked about, and the host."""
    held = [seat for seat in line.seats if seat.outcome is not InterviewStatus.CANCELED]
    if len(held) > SEATS_ASKED:
        asked = [missing_input(held, with_names=with_names)]
    else:
        asked = [seat_input(seat, with_names=with_names) for seat in held]
    blocks = [kit.section(f"{headline(line)}\n{when(line)}"), *asked]
    missing = kit.option("The host did not come", HOST_MISSING)
    initial = [HOST_MISSING] if line.host_no_show else []
    blocks += [
        kit.field(HOST_FIELD, "Host", kit.checkboxes(HOST_FIELD, [missing], initial=initial), optional=True),
        kit.context(
            "Who came has completed the session, whatever the host did. It is a no-show only if none of them came."
        ),
    ]
    return kit.modal("Who came?", blocks, callback_id=InterviewId.ATTENDANCE_MODAL, submit="Save", metadata=metadata)


def attendance_text(line: InterviewLine) -> str:
    """What was noted about who came, in mrkdwn."""
    missing = [short(seat.shown_as(with_name=False), 60) for seat in line.seats if is_missing(seat)]
    host = " The host did not come." if line.host_no_show else ""
    if line.status is InterviewStatus.NO_SHOWED:
        return f"{line.reference} is marked as a no-show.{host}"
    if not missing:
        return f"{line.reference} is marked as completed.{host}"
    return f"{line.reference} is marked as completed without {', '.join(missing)}.{host}"


def is_missing(seat: Seat) -> bool:
    return seat.outcome is InterviewStatus.NO_SHOWED


def missing_input(seats: Sequence[Seat], *, with_names: bool) -> Block:
    """Who of these participants did not come?"""
    options = [kit.option(label_of(seat, 75, with_names=with_names), str(seat.attendee_id)) for seat in seats]
    missing = [str(seat.attendee_id) for seat in seats if is_missing(seat)]
    chosen = kit.multi_select(MISSING_FIELD, options, initial=missing, placeholder="Everybody came")
    return kit.field(MISSING_FIELD, "Who did not come?", chosen, optional=True)


def label_of(seat: Seat, longest: int, *, with_names: bool) -> str:
    """A participant with their alias, which tells namesakes apart, in at most so many characters."""
    number = f" (P{seat.number})" if with_names else ""
    return kit.fit(seat.shown_as(with_name=with_names), longest - len(number)) + number


def seat_input(seat: Seat, *, with_names: bool) -> Block:
    """Did this participant come?"""
    name = seat_field(seat.attendee_id)
    label = label_of(seat, 2000, with_names=with_names)
    options = [kit.option("Attended", CAME), kit.option("Did not come", MISSING)]
    chosen = MISSING if is_missing(seat) else CAME
    return kit.field(name, label, kit.select(name, options, initial=chosen))


def rate_modal(line: InterviewLine, metadata: str, own: Rating | None) -> View:
    """What was the session worth? `own` is what the reader has said already."""
    options = [kit.option(f"{score} · {word}", str(score)) for score, word in SCORES.items()]
    blocks = [
        kit.section(f"{headline(line)}\n{when(line)}"),
        kit.field("score", "Rating", kit.radio("score", options, initial=str(own.score) if own else None)),
        kit.field(
            "note",
            "A note",
            kit.text_input("note", initial=own.note if own else None, multiline=True, longest=LONGEST_RATING_NOTE),
            hint="It stands in the details, and nowhere in a channel.",
            optional=True,
        ),
    ]
    return kit.modal(
        f"Rate {line.reference}", blocks, callback_id=InterviewId.RATE_MODAL, submit="Save", metadata=metadata
    )


def rated(line: InterviewLine, incentive: str | None, score: int) -> tuple[str, list[Block]]:
    """What was rated, and what comes next for the incentive, with the button that confirms the session if it waits."""
    text = f"{line.reference} is rated {score} of {max(SCORES)}. {incentive_text(line, incentive)}".strip()
    waits = line.status is InterviewStatus.COMPLETED and not line.is_verified
    confirming = [kit.actions(started_button("It took place", f"{line.reference} took place", line))] if waits else []
    return text, [kit.section(text), *confirming]


def incentive_text(line: InterviewLine, incentive: str | None) -> str:
    """What comes next for the incentive of a completed session, in mrkdwn; "" when nothing does."""
    if incentive is None or line.status is not InterviewStatus.COMPLETED:
        return ""
    if not line.is_verified:
        return f"Nobody has confirmed that it took place: until somebody does, the incentive of {incentive} waits."
    owed = [short(seat.shown_as(with_name=False), 60) for seat in line.seats if seat.is_owed]
    if not owed:
        return ""
    more = f" and {len(owed) - OWED_SHOWN} more" if len(owed) > OWED_SHOWN else ""
    each = " each" if len(owed) > 1 else ""
    return f"Next: {incentive}{each} is owed to {', '.join(owed[:OWED_SHOWN])}{more}, marked Incentive Not Sent."


def ratings_text(ratings: Sequence[Rating], *, with_notes: bool) -> str:
    """What members think of the session, a line each, in mrkdwn. Notes may tell of participants."""
    told = [rating_text(rating, with_note=with_notes) for rating in ratings]
    while len("\n".join(told)) > LONGEST_RATINGS:
        told.pop()
    if len(told) < len(ratings):
        told.append(f"and {len(ratings) - len(told)} more")
    return "\n".join(told)


def rating_text(rating: Rating, *, with_note: bool) -> str:
    note = f": {short(rating.note, 200)}" if rating.note and with_note else ""
    return f"*Rated {rating.score} of {max(SCORES)}* by {short(rating.name, 60)}{note}"
