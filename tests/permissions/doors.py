"""The doors: everything that the bot listens to in Slack, with the row of the table that it needs.

A new listener without a row here fails a test: say what it needs (`Door`), or why nobody need be asked (`OPEN`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.roles import Permission

ROLES, SETTINGS, MAILS, CREATE, EDIT = (
    Permission.CHANGE_ROLES,
    Permission.CHANGE_SETTINGS,
    Permission.CHANGE_MAILS,
    Permission.CREATE_STUDY,
    Permission.EDIT_STUDY,
)
MANAGE, CONTACTS, SCHEDULE = (
    Permission.MANAGE_INTERVIEWS,
    Permission.SEE_CONTACT_DETAILS,
    Permission.SEE_SCHEDULE,
)
RULES, OVERRIDE, BLOCKLIST, MERGE, EXPORT, ERASE, AUDIT = (
    Permission.CHANGE_RULES,
    Permission.OVERRIDE_RULES,
    Permission.DECIDE_BLOCKLIST,
    Permission.MERGE_PEOPLE,
    Permission.EXPORT_PEOPLE,
    Permission.ERASE_PEOPLE,
    Permission.SEE_AUDIT,
)


@dataclass(frozen=True)
class Door:
    """What a listener needs: all of `needs`. `row` is what it is given (`ground.Ground.given`).

    `after`: it goes on with what that door showed (a draft, a reviewed list, a form): the same member went through it
    while they were an Admin, and is now what they are. `in_any`: one study of one's own is enough, whichever is named:
    what is shown is asked for again later. `reveals`: it shows names to those who may see contact details.
    """

    needs: tuple[Permission, ...]
    row: dict[str, Any] = field(default_factory=dict)
    after: str = ""
    in_any: bool = False
    reveals: bool = False


def door(*needs: Permission, after: str = "", in_any: bool = False, reveals: bool = False, **row: Any) -> Door:
    return Door(needs, row, after, in_any, reveals)


INTERVIEW: dict[str, Any] = {"value": "{interview}"}
WHEN = {"date": "2026-12-03"}
BOOKED = {"study": "{study}", "email": "{email}", "when": "#later", "start": "#later"}

LETTER = {"subject": "Hi", "text": "Come. {link}"}
WRITTEN = {"state": {"values": {name: {name: {"value": words}} for name, words in LETTER.items()}}}
"""The letter as it stands in the inputs of the review."""

DOORS: dict[str, Door] = {
    # the schedule, for everybody who sees the study
    "command /interview KEY-7": door(SCHEDULE, reveals=True, arguments="{ref}"),
    "action interview:details": door(SCHEDULE, reveals=True, **INTERVIEW),
    "action interview:timeline_page": door(SCHEDULE, value="{interview}:0", view={"type": "modal"}),
    "command /interview started": door(SCHEDULE, arguments="{begun_ref}"),
    "action interview:started": door(SCHEDULE, value="{begun}"),
    "command /interview late": door(SCHEDULE, arguments="{begun_ref}"),
    "action interview:running_late": door(SCHEDULE, value="{begun}"),
    "command /study show": door(SCHEDULE, arguments="{key}"),
    "action study:show": door(SCHEDULE, value="{key}"),
    "command /study slots": door(SCHEDULE, arguments="{key}"),
    "action study:slots": door(SCHEDULE, value="{key}"),
    "action study:slots_next": door(SCHEDULE, value='{"key":"{key}","day":"2026-11-30"}'),
    "action study:slots_previous": door(SCHEDULE, value='{"key":"{key}","day":"2026-11-30"}'),
    "action study:slots_why": door(SCHEDULE, value='{"key":"{key}","day":"2026-11-30"}'),
    "command /participant show": door(SCHEDULE, reveals=True, arguments="{alias}"),
    "action participant:show": door(SCHEDULE, reveals=True, value="{alias}"),
    # running a study's interviews, participants and mails
    **{
        f"command /interview {name}": door(MANAGE, arguments=words)
        for name, words in {
            "reschedule": "{ref} next tuesday 14:00",
            "complete": "{ref}",
            "no-show": "{ref}",
            "attendance": "{held_ref}",
            "rate": "{held_ref}",
            "cancel": "{ref}",
            "edit": "{ref}",
            "host": "{ref}",
            "limit": "{group_ref}",
            "mail": "{ref}",
            "note": "{ref} said hello",
            "link": "{ref}",
        }.items()
    },
    "command /interview undo": door(MANAGE, after="submission interview:cancel_modal", arguments="{ref}"),
    "action interview:undo": door(MANAGE, after="submission interview:cancel_modal", **INTERVIEW),
    "command /interview again": door(MANAGE, after="submission interview:cancel_modal", arguments="{ref}"),
    "command /interview screener": door(MANAGE, arguments="{group_ref}"),
    "action interview:responses": door(MANAGE, value="{group}"),
    "action interview:attendance": door(MANAGE, value="{held}"),
    "action interview:rate": door(MANAGE, value="{held}"),
    "action interview:book_again": door(MANAGE, after="submission interview:cancel_modal", value="{interview}"),
    **{
        f"action interview:{name}": door(MANAGE, **INTERVIEW)
        for name in (
            "cancel",
            "change_host",
            "compose",
            "copy_link",
            "edit",
            "mark_completed",
            "mark_no_show",
            "reschedule",
        )
    },
    "action interview:change_limit": door(MANAGE, value="{group}"),
    "action interview:end_links": door(MANAGE, value="{interview}:{seat}"),
    "submission interview:attendance_modal": door(MANAGE, metadata={"interview_id": "#held"}),
    "submission interview:rate_modal": door(MANAGE, metadata={"interview_id": "#held"}, fields={"score": "4"}),
    "submission interview:cancel_modal": door(MANAGE, fields={"reason": "OTHER", "seat": "all"}),
    "submission interview:edit_modal": door(
        MANAGE, after="action interview:edit", fields={"title": "A title", "location": "none"}
    ),
    "submission interview:host_modal": door(MANAGE, after="action interview:change_host", fields={"host": "{host}"}),
    "submission interview:limit_modal": door(MANAGE, metadata={"interview_id": "#group"}, fields={"limit": "4"}),
    "submission interview:reschedule_modal": door(MANAGE, fields={"when": "#later", "start": "#later"}),
    "submission interview:reschedule_anyway_modal": door(MANAGE),
    "submission interview:compose_modal": door(MANAGE, fields={"kind": "custom", "text": "Hi", "subject": "Hi"}),
    "submission interview:send_modal": door(
        MANAGE, metadata={"kind": "custom", "text": "Hi", "subject": "Hi", "seats": ["#seat"]}
    ),
    "submission interview:note_modal": door(MANAGE, fields={"interview": "{interview}", "note": "Hi"}),
    "action interview:book_parsed": door(MANAGE, value='{"study_id":{study},"email":"{email}","starts_at":{later}}'),
    "action interview:book_change": door(
        MANAGE, in_any=True, value='{"study_id":{study},"email":"new@example.com","starts_at":{later}}'
    ),
    "submission interview:book_modal": door(MANAGE, fields=BOOKED),
    "submission interview:book_anyway_modal": door(MANAGE),
    "submission interview:log_modal": door(MANAGE, metadata={"starts_at": 1764000000}, fields={"outcome": "completed"}),
    "action interview:reschedule_parsed": door(MANAGE, value='{"interview_id":{interview},"starts_at":{later}}'),
    "action interview:reschedule_change": door(MANAGE, value='{"interview_id":{interview},"starts_at":{later}}'),
    "action interview:more": door(MANAGE, value="cancel:{interview}"),
    "action interview:cancel_reason": door(MANAGE, after="action interview:cancel", value="OTHER"),
    "action interview:mail_kind": door(MANAGE, after="action interview:compose", value="custom"),
    "submission interview:bulk_review_modal": door(MANAGE, after="submission interview:bulk_modal"),
    "command /participant status": door(MANAGE, arguments="{alias} {key}"),
    "action participant:status": door(MANAGE, value="{enrolment}"),
    "submission participant:status_modal": door(
        MANAGE, metadata={"seen": "Not Contacted"}, fields={"status": "Canceled", "reason": "why"}
    ),
    "submission participant:add_modal": door(MANAGE, fields={"email": "new@example.com", "study": "{key}"}),
    "command /study invite": door(MANAGE, arguments="{key}"),
    "action study:invite": door(MANAGE, value="{key}"),
    "action participant:invite": door(MANAGE, value="{enrolment}"),
    "submission study:invite_modal": door(MANAGE, fields={"people": ["{person}", "{resting_person}"]}),
    "submission study:invite_review_modal": door(MANAGE, after="submission study:invite_modal", fields=LETTER),
    "command /study waiting": door(SCHEDULE, arguments="{key}"),
    "action study:waiting": door(SCHEDULE, value="{key}"),
    "action study:offer": door(MANAGE, value="{study}:{later}"),
    "submission study:offer_modal": door(MANAGE, fields={"people": ["{waiting}"]}),
    "command /study share": door(MANAGE, arguments="{group_key}"),
    # editing a study
    **{
        f"command /study {name}": door(EDIT, arguments=words)
        for name, words in {
            "pause": "{key}",
            "close": "{key}",
            "limit": "{key} 50",
            "schedule": "{key}",
            "quotas": "{key}",
            "screener": "{group_key}",
            "owner": "{key} <@{researcher}>",
            "collaborators": "{key} nobody",
            "start": "{survey_key}",
        }.items()
    },
    **{f"action study:{name}": door(EDIT, value="{study}") for name in ("pause", "close", "card_pause", "schedule")},
    "action study:start": door(EDIT, value="{survey}"),
    "action study:card_start": door(EDIT, value="{survey}"),
    "command /study resume": door(EDIT, after="command /study pause", arguments="{key}"),
    "action study:resume": door(EDIT, after="command /study pause", value="{study}"),
    "action study:card_resume": door(EDIT, after="command /study pause", value="{study}"),
    "submission study:setup_modal": door(EDIT, after="command /study schedule"),
    # what is about no study
    "command /study new": door(CREATE),
    "submission study:new_modal": door(
        CREATE,
        fields={
            "name": "Brand new",
            "type": "interview",
            "team": "{team}",
            "location": "google_meet",
            "duration": "60",
        },
    ),
    "command /callsheet settings": door(SETTINGS),
    "submission callsheet:settings_modal": door(SETTINGS, fields={"time_zone": "Europe/Berlin", "name": "Core"}),
    "action callsheet:retry": door(SETTINGS),
    "command /callsheet privacy": door(SETTINGS),
    "action callsheet:privacy_period": door(SETTINGS, value="365"),
    "submission callsheet:privacy_modal": door(SETTINGS, fields={"retention": "365"}),
    "command /callsheet mails": door(MAILS),
    "submission callsheet:mails_edit_modal": door(
        MAILS, metadata={"kind": "reminder"}, fields={"subject": "Soon", "text": "See you"}
    ),
    "action callsheet:mails_edit": door(MAILS, value="{team}:reminder"),
    "action callsheet:mails_reset": door(MAILS, value="{team}:reminder"),
    "command /callsheet role": door(ROLES, arguments="<@{someone}> researcher"),
    "options callsheet:roles_member": door(ROLES, typed="obs"),
    "action callsheet:roles_member": door(ROLES, value="{someone}"),
    "submission callsheet:roles_modal": door(ROLES, fields={"member": "{someone}", "role": "researcher"}),
    "command /callsheet audit": door(AUDIT),
    "action callsheet:audit_page": door(AUDIT),
    "command /participant export": door(EXPORT, arguments="{alias}"),
    "action participant:export": door(EXPORT, value="{alias}"),
    "command /participant erase": door(ERASE, arguments="{alias}"),
    "action participant:erase": door(ERASE, value="{alias}"),
    "submission participant:erase_modal": door(ERASE, after="action participant:erase", fields={"confirm": "{alias}"}),
    "submission callsheet:rule_modal": door(
        RULES, metadata={"kind": "most_invitations"}, fields={"most": "3", "period_days": "90"}
    ),
    "action callsheet:rule_remove": door(RULES, value="{rule}"),
    # contact and the blocklist
    "action participant:block": door(BLOCKLIST, value="{person}"),
    "submission participant:block_modal": door(BLOCKLIST, fields={"reason": "threw a chair"}),
    "action callsheet:unblock": door(BLOCKLIST, value="{blocked}"),
    "submission callsheet:unblock_modal": door(BLOCKLIST, after="action callsheet:unblock", fields={"reason": "sorry"}),
    "action participant:suggest_block": door(MANAGE, value="{resting_person}"),
    "submission participant:suggest_block_modal": door(
        MANAGE, after="action participant:suggest_block", fields={"reason": "rude"}
    ),
    "action participant:do_not_contact": door(MANAGE, value="{person}"),
    "action participant:override": door(OVERRIDE, MANAGE, value="{resting}"),
    "submission participant:override_modal": door(
        OVERRIDE, MANAGE, after="action participant:override", fields={"reason": "asked"}
    ),
    "action participant:end_override": door(
        OVERRIDE, MANAGE, after="submission participant:override_modal", value="{resting}"
    ),
    # lists: everybody may look, and sees what is theirs
    "command /participant find": door(SCHEDULE, in_any=True, reveals=True, arguments="P{number}"),
    "options interview:participant_menu": door(MANAGE, in_any=True, reveals=True, typed=""),
    "command /study participants": door(SCHEDULE, reveals=True, arguments="{key}"),
    "action study:people": door(SCHEDULE, reveals=True, value="{key}"),
    **{
        f"action study:people_{name}": door(SCHEDULE, reveals=True, value="", view={"type": "modal"})
        for name in (
            "all",
            "not_started",
            "invited",
            "screening",
            "in_progress",
            "pending_incentive",
            "done",
            "cancelled",
            "typed",
            "property",
            "status",
            "trouble",
            "previous",
            "next",
        )
    },
    "submission study:people_modal": door(SCHEDULE, reveals=True, view={"type": "modal"}),
    **{
        f"action participant:part_{name}": door(SCHEDULE, reveals=True, value=f"{{alias}}:{name}")
        for name in (
            "overview",
            "history",
            "screener",
            "mails",
            "interviews",
            "incentives",
            "notes",
            "properties",
        )
    },
    "action participant:older": door(SCHEDULE, reveals=True, value="{alias}:history:99"),
    "action participant:status_log": door(MANAGE, value="{enrolment}", view={"type": "modal"}),
    # a participant: notes, addresses, statuses of many
    "command /participant note": door(MANAGE, arguments="{alias} prefers mornings"),
    "action participant:note": door(MANAGE, value="{alias}"),
    "submission participant:note_modal": door(
        MANAGE, after="action participant:note", fields={"text": "likes mornings"}
    ),
    "command /participant address": door(MANAGE, arguments="{alias}"),
    "action participant:address": door(MANAGE, value="{alias}"),
    "submission participant:address_modal": door(
        MANAGE, after="action participant:address", fields={"email": "other@example.com"}
    ),
    "command /participant merge": door(MERGE, arguments="{alias} P1"),
    "action participant:merge": door(MERGE, value="{alias}"),
    "submission participant:merge_with_modal": door(
        MERGE, after="action participant:merge", fields={"other": "{resting_person}"}
    ),
    "submission participant:merge_modal": door(
        MERGE, after="submission participant:merge_with_modal", fields={"confirm": "{goes}"}
    ),
    "submission participant:statuses_modal": door(
        MANAGE, fields={"status": "Canceled", "group0": ["{enrolment}"], "reason": "why"}
    ),
    "submission participant:statuses_review_modal": door(MANAGE, after="submission participant:statuses_modal"),
    "action participant:statuses_undo": door(MANAGE, after="submission participant:statuses_review_modal"),
    "submission participant:do_not_contact_modal": door(
        MANAGE, fields={"choice": "do_not_contact", "reason": "asked us"}
    ),
    # screeners, consent, quotas, tasks, share links
    "action screener:copy": door(EDIT, after="command /study screener", value="{survey}"),
    "action screener:build": door(EDIT, value="{study}"),
    **{
        f"action screener:{name}": door(EDIT, after="command /study screener", **given)
        for name, given in {
            "more": {"value": "edit:role"},
            "add": {},
            "settings": {},
            "discard": {},
            "try": {},
            "end": {},
        }.items()
    },
    "action screener:try_answer": door(EDIT, after="action screener:try"),
    "action screener:kind": door(EDIT, after="action screener:more", fields={"kind": "number", "text": "How many?"}),
    "action screener:about": door(EDIT, after="submission screener:question_modal", fields={"about": ""}),
    "submission screener:build_modal": door(EDIT, after="submission screener:settings_modal"),
    "submission screener:settings_modal": door(EDIT, after="action screener:settings", fields={"introduction": "Hi"}),
    "submission screener:try_modal": door(EDIT, after="action screener:try"),
    "submission screener:question_modal": door(EDIT, after="action screener:more", fields={"text": "What else?"}),
    "submission screener:decision_modal": door(EDIT, after="submission screener:question_modal"),
    "command /study consent": door(EDIT, arguments="{key}"),
    "action study:consent": door(EDIT, value="{key}"),
    "submission study:consent_modal": door(EDIT, fields={"text": "I agree."}),
    "action study:quotas": door(EDIT, value="{key}"),
    "submission study:quotas_modal": door(
        EDIT, fields={"property_name": "City", "property_value": "Bonn", "seats": "3"}
    ),
    "action study:quota_remove": door(EDIT, after="submission study:quotas_modal"),
    "command /study task": door(EDIT, arguments="{survey_key}"),
    "action study:task": door(EDIT, value="{survey_key}"),
    "submission study:task_modal": door(
        EDIT, after="command /study task", fields={"url": "https://example.com/?p={token}"}
    ),
    "action study:share": door(MANAGE, value="{group_key}"),
    "action study:share_new": door(MANAGE, after="command /study share"),
    "action study:share_end": door(MANAGE, after="command /study share"),
    "action study:setup_go": door(EDIT, after="command /study schedule", value="1"),
    "action study:setup_choice": door(EDIT, after="command /study schedule"),
    "action study:setup_source": door(EDIT, after="command /study schedule", value="template:{template}"),
    "action study:setup_forget": door(EDIT, after="action study:setup_source"),
    "submission study:slots_why_modal": door(
        SCHEDULE, metadata={"key": "{key}", "day": "2026-11-30"}, fields={"when": "#later"}
    ),
    # inviting, and what was answered
    "action study:invite_list": door(MANAGE, after="submission study:invite_modal", value="{list_id}"),
    "action study:invite_preview": door(MANAGE, after="submission study:invite_modal", view=WRITTEN),
    "action study:invite_override": door(OVERRIDE, MANAGE, after="submission study:invite_modal", value="{list_id}"),
    "action study:invite_way": door(MANAGE, after="submission study:invite_modal", value="{mail}"),
    "submission study:invite_override_modal": door(
        OVERRIDE, MANAGE, after="action study:invite_override", fields={"reason": "asked"}
    ),
    "command /study responses": door(MANAGE, arguments="{group_key}"),
    "action study:responses": door(MANAGE, value="{group_key}"),
    **{
        f"action study:responses_{name}": door(MANAGE, value="{group_key}")
        for name in ("to_review", "qualified", "not_qualified")
    },
    "action study:responses_next": door(MANAGE, value="{group_key}:undecided:0"),
    **{
        f"action study:{name}": door(MANAGE, value="{answered}", view={"type": "modal"})
        for name in ("qualify", "not_qualify", "answers", "discuss")
    },
    "action study:review_invite": door(MANAGE, after="submission study:review_change_modal", value="{answered}"),
    "action study:review_change": door(MANAGE, after="action study:not_qualify", value="{answered}"),
    "submission study:review_change_modal": door(MANAGE, after="action study:review_change", fields={"reason": "x"}),
    "submission study:discuss_modal": door(MANAGE, after="action study:discuss", fields={"note": "x"}),
    # bulk
    "action interview:bulk": door(MANAGE, in_any=True, value='{"words":"upcoming"}'),
    "submission interview:bulk_modal": door(
        MANAGE, after="action interview:bulk", fields={"action": "cancel", "reason": "OTHER", "group0": ["{interview}"]}
    ),
    **{
        f"action interview:{name}": door(MANAGE, value='{"study_id":{study},"email":"{email}","starts_at":1764000000}')
        for name in ("log_completed", "log_no_show")
    },
    # mails, rules, the blocklist, files
    "action callsheet:mails_typed": door(MAILS, after="action callsheet:mails_edit"),
    "action callsheet:mails_test": door(
        MAILS, after="action callsheet:mails_edit", fields={"subject": "Soon", "text": "See you"}
    ),
    "action callsheet:rule_add": door(RULES),
    "action callsheet:rule_change": door(RULES, value="{rule}"),
    "command /callsheet blocklist": door(MANAGE, in_any=True),
    "action callsheet:blocklist_page": door(MANAGE, in_any=True, value="2026-11-20T10:00:00+00:00|17"),
    "action callsheet:approve_block": door(BLOCKLIST, value="{suggestion}"),
    "action callsheet:decline_block": door(BLOCKLIST, value="{suggestion}"),
    "action callsheet:card_approve_block": door(BLOCKLIST, value="{suggestion}"),
    "action callsheet:card_decline_block": door(BLOCKLIST, value="{suggestion}"),
    "command /callsheet export": door(MANAGE, arguments="participants {key} csv"),
    "submission callsheet:export_modal": door(MANAGE, fields={"what": "interviews", "study": "{key}", "format": "csv"}),
}

OPEN: dict[str, str] = {
    **dict.fromkeys(
        (
            "command /interview today",
            "command /interview tomorrow",
            "command /interview week",
            "command /interview list",
            "action interview:list_next",
            "action interview:list_previous",
            "command /study list",
            "action study:list_page",
            "action participant:find_page",
        ),
        "a list of what the reader sees; nothing else is in it (see the tests of lists)",
    ),
    **dict.fromkeys(
        (
            "command /callsheet availability",
            "action callsheet:hours",
            "action callsheet:hours_add",
            "action callsheet:hours_remove",
            "submission callsheet:hours_modal",
        ),
        "one's own hours",
    ),
    **dict.fromkeys(
        (
            "command /callsheet status",
            "command /callsheet roles",
            "action interview:join",
            "action dismiss",
            "command /interview observe",
            "command /interview notetaker",
            "command /interview pay",
        ),
        "shows nothing of anybody, and changes nothing",
    ),
    **dict.fromkeys(
        (
            "action callsheet:import_go",
            "action callsheet:import_drop",
            "action callsheet:import_columns",
            "submission callsheet:import_columns_modal",
        ),
        "a file that its sender alone dropped; each row is asked for as it is written (see test_files.py)",
    ),
    **dict.fromkeys(
        ("action callsheet:rule_kind", "action callsheet:rule_typed"),
        "draws the form of a rule anew from what stands in it; keeping it is a door of its own",
    ),
    "command /callsheet governance": "the rules, for everybody to read; changing them is a door of its own",
    **dict.fromkeys(
        ("command /callsheet admin", "action callsheet:become_admin"),
        "by Slack's word alone, while there is no Admin (see tests/services/test_teams.py)",
    ),
    **dict.fromkeys(
        (
            "event app_home_opened",
            "event app_uninstalled",
            "event message",
            "event team_join",
            "event tokens_revoked",
            "event user_change",
        ),
        "Slack's own events; a dropped file is imported as its sender (see test_files.py)",
    ),
    **dict.fromkeys(
        (
            "options callsheet:zone_menu",
            "options interview:host_menu",
            "options interview:interview_menu",
            "options interview:study_menu",
            "options participant:study_menu",
            "options study:setup_source",
            "options study:invite_people_menu",
            "options study:invite_property_menu",
            "options screener:copy",
            "options callsheet:export_study_menu",
            "options participant:merge_menu",
        ),
        "menus of what the reader sees; what is chosen is asked for again",
    ),
    **dict.fromkeys(
        ("action interview:book", "command /interview book", "shortcut book_interview", "command /participant add"),
        "opens an empty form for whoever has any study; its submission is a door of its own",
    ),
    **dict.fromkeys(
        (
            "action interview:book_back",
            "action interview:reschedule_back",
            "action interview:compose_back",
            "action study:invite_override_back",
            "action screener:back",
            "action screener:question_back",
            "action callsheet:rules",
        ),
        "back to a form that was open",
    ),
    "shortcut add_to_interview": "opens a form with the message; its submission is a door of its own",
    "command /callsheet digest": "posts what the team's channel sees anyway; for whoever manages any study",
}
"""Nobody need be asked, and why."""
