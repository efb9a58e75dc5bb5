"""Every button, menu and modal that can be drawn is listened to, once."""

from __future__ import annotations

from collections import Counter

from bot.blocks import ids
from bot.commands import CAPABILITIES
from bot.slack.capability import Trigger

SHOWN_ONLY = {
    ids.CallsheetId.MAILS_MODAL,
    ids.CallsheetId.RULES_MODAL,
    ids.CallsheetId.BLOCKLIST_MODAL,
    ids.ParticipantId.OVERRIDDEN_MODAL,
    ids.InterviewId.DETAILS_MODAL,
    ids.InterviewId.SHOWN_MODAL,
    ids.StudyId.ANSWERS_MODAL,
    ids.ParticipantId.PAGE_MODAL,
    ids.StudyId.INVITE_PREVIEW_MODAL,
}
"""Modals without a submit button."""
ACTS_AT_ONCE = {ids.StudyId.SETUP_SOURCE, ids.CallsheetId.ROLES_MEMBER, ids.ScreenerId.COPY}
"""Menus that ask the bot for options, and tell it what was chosen: each has a listener for either."""


def test_every_name_in_the_list_of_ids_has_one_listener() -> None:
    heard = Counter(listener.name for capability in CAPABILITIES for listener in capability.listeners)
    named = {
        member
        for enum in (ids.InterviewId, ids.StudyId, ids.ScreenerId, ids.ParticipantId, ids.CallsheetId, ids.CommonId)
        for member in enum
        if member is not ids.CommonId.MENU and member not in SHOWN_ONLY
    }
    assert {name: heard[name] for name in named} == dict.fromkeys(named, 1) | dict.fromkeys(ACTS_AT_ONCE, 2)


def test_every_listener_is_in_the_list_of_ids() -> None:
    named = {
        member
        for enum in (ids.InterviewId, ids.StudyId, ids.ScreenerId, ids.ParticipantId, ids.CallsheetId, ids.CommonId)
        for member in enum
    }
    heard = {
        listener.name
        for capability in CAPABILITIES
        for listener in capability.listeners
        if listener.trigger not in (Trigger.EVENT, Trigger.SHORTCUT)
    }
    assert heard <= named
