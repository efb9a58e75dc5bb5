"""The names under which Slack brings clicks and submissions back to us. One name, one listener."""

from __future__ import annotations

from enum import StrEnum


class InterviewId(StrEnum):
    """Buttons and modals of interviews. The value of each button is the interview's id."""

    JOIN = "interview:join"
    DETAILS = "interview:details"
    MARK_COMPLETED = "interview:mark_completed"
    MARK_NO_SHOW = "interview:mark_no_show"
    RESCHEDULE = "interview:reschedule"
    CANCEL = "interview:cancel"
    COPY_LINK = "interview:copy_link"
    MORE = "interview:more"
    """The "…" menu: each option's value is `action:id`, e.g. `mark_no_show:17`."""
    STARTED = "interview:started"
    BOOK = "interview:book"
    BOOK_AGAIN = "interview:book_again"
    BOOK_PARSED = "interview:book_parsed"
    """Book what was understood: the value is a `Wanted` of `bot.commands.interview.book`."""
    BOOK_CHANGE = "interview:book_change"
    RESCHEDULE_PARSED = "interview:reschedule_parsed"
    RESCHEDULE_CHANGE = "interview:reschedule_change"
    STUDY_MENU = "interview:study_menu"
    PARTICIPANT_MENU = "interview:participant_menu"
    LIST_PREVIOUS = "interview:list_previous"
    LIST_NEXT = "interview:list_next"
    TIMELINE_PAGE = "interview:timeline_page"
    RESCHEDULE_MODAL = "interview:reschedule_modal"
    CANCEL_MODAL = "interview:cancel_modal"
    BOOK_MODAL = "interview:book_modal"
    DETAILS_MODAL = "interview:details_modal"


class CommonId(StrEnum):
    MENU = "menu"
    """A button of a command's menu: its value is the subcommand, e.g. `/interview today`."""
    DISMISS = "dismiss"
