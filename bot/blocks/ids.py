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
    EDIT = "interview:edit"
    COMPOSE = "interview:compose"
    RATE = "interview:rate"
    CHANGE_HOST = "interview:change_host"
    CHANGE_LIMIT = "interview:change_limit"
    ATTENDANCE = "interview:attendance"
    UNDO = "interview:undo"
    MORE = "interview:more"
    """The "…" menu: each option's value is `action:id`, e.g. `mark_no_show:17`."""
    STARTED = "interview:started"
    RUNNING_LATE = "interview:running_late"
    BOOK = "interview:book"
    BOOK_AGAIN = "interview:book_again"
    BOOK_PARSED = "interview:book_parsed"
    """Book what was understood: the value is a `Wanted` of `bot.commands.interview.book`."""
    BOOK_CHANGE = "interview:book_change"
    BOOK_BACK = "interview:book_back"
    """From the question that is asked before back to the inputs."""
    LOG_COMPLETED = "interview:log_completed"
    LOG_NO_SHOW = "interview:log_no_show"
    RESCHEDULE_PARSED = "interview:reschedule_parsed"
    RESCHEDULE_CHANGE = "interview:reschedule_change"
    RESCHEDULE_BACK = "interview:reschedule_back"
    STUDY_MENU = "interview:study_menu"
    PARTICIPANT_MENU = "interview:participant_menu"
    LIST_PREVIOUS = "interview:list_previous"
    LIST_NEXT = "interview:list_next"
    BULK = "interview:bulk"
    """Select several: the value says which list, as a `Place` of `bot.commands.interview.listing`."""
    TIMELINE_PAGE = "interview:timeline_page"
    INTERVIEW_MENU = "interview:interview_menu"
    HOST_MENU = "interview:host_menu"
    EDIT_MODAL = "interview:edit_modal"
    HOST_MODAL = "interview:host_modal"
    LIMIT_MODAL = "interview:limit_modal"
    RESCHEDULE_MODAL = "interview:reschedule_modal"
    RESCHEDULE_ANYWAY_MODAL = "interview:reschedule_anyway_modal"
    CANCEL_MODAL = "interview:cancel_modal"
    CANCEL_REASON = "interview:cancel_reason"
    MAIL_KIND = "interview:mail_kind"
    COMPOSE_MODAL = "interview:compose_modal"
    COMPOSE_BACK = "interview:compose_back"
    """From the preview back to the inputs."""
    SEND_MODAL = "interview:send_modal"
    ATTENDANCE_MODAL = "interview:attendance_modal"
    RATE_MODAL = "interview:rate_modal"
    BOOK_MODAL = "interview:book_modal"
    BOOK_ANYWAY_MODAL = "interview:book_anyway_modal"
    LOG_MODAL = "interview:log_modal"
    NOTE_MODAL = "interview:note_modal"
    BULK_MODAL = "interview:bulk_modal"
    BULK_REVIEW_MODAL = "interview:bulk_review_modal"
    DETAILS_MODAL = "interview:details_modal"
    SHOWN_MODAL = "interview:shown_modal"
    """Lists and links, where they are shown in a modal."""


class StudyId(StrEnum):
    """Buttons and modals of studies. The value of each button is the study's id, unless said otherwise."""

    START = "study:start"
    PAUSE = "study:pause"
    RESUME = "study:resume"
    CLOSE = "study:close"
    SHOW = "study:show"
    """The value is the study's key."""
    LIST_PAGE = "study:list_page"
    NEW_MODAL = "study:new_modal"


class ParticipantId(StrEnum):
    """Buttons, menus and modals of participants."""

    SHOW = "participant:show"
    """The value is the alias, such as `P17`."""
    STATUS = "participant:status"
    """The value is an enrolment's id."""
    FIND_PAGE = "participant:find_page"
    STUDY_MENU = "participant:study_menu"
    ADD_MODAL = "participant:add_modal"
    STATUS_MODAL = "participant:status_modal"


class CallsheetId(StrEnum):
    """Buttons, menus and modals of `/callsheet`."""

    RETRY = "callsheet:retry"
    BECOME_ADMIN = "callsheet:become_admin"
    ZONE_MENU = "callsheet:zone_menu"
    SETTINGS_MODAL = "callsheet:settings_modal"


class CommonId(StrEnum):
    MENU = "menu"
    """A button of a command's menu: its value is the subcommand, e.g. `/interview today`."""
    DISMISS = "dismiss"
