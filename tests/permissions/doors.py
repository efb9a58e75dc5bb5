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

    `in_any`: one study of one's own is enough, whichever is named: what is shown is asked for again later.
    `denied_only`: it goes on with something that its opener made for the actor alone (a draft, a reviewed list): only
    that it is shut to whom it should be is tried. `reveals`: it shows names to those who may see contact details.
    """

    needs: tuple[Permission, ...]
    row: dict[str, Any] = field(default_factory=dict)
    in_any: bool = False
    denied_only: bool = False
    reveals: bool = False


def door(
    *needs: Permission, in_any: bool = False, denied_only: bool = False, reveals: bool = False, **row: Any
) -> Door:
    return Door(needs, row, in_any, denied_only, reveals)


INTERVIEW: dict[str, Any] = {"value": "{interview}"}
WHEN = {"date": "2026-12-03"}
BOOKED = {"study": "{study}", "email": "{email}", "when": "#later", "start": "#later"}

DOORS: dict[str, Door] = {
    # the schedule, for everybody who sees the study
    "command /interview KEY-7": door(SCHEDULE, reveals=True, arguments="{ref}"),
    "action interview:details": door(SCHEDULE, reveals=True, **INTERVIEW),
    "action interview:timeline_page": door(SCHEDULE, value="{interview}:0", view={"type": "modal"}, denied_only=True),
    "command /interview started": door(SCHEDULE, arguments="{ref}"),
    "action interview:started": door(SCHEDULE, **INTERVIEW),
    "command /interview late": door(SCHEDULE, arguments="{ref}"),
    "action interview:running_late": door(SCHEDULE, **INTERVIEW),
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
            "undo": "{ref}",
            "edit": "{ref}",
            "host": "{ref}",
            "limit": "{group_ref}",
            "mail": "{ref}",
            "note": "{ref} said hello",
            "link": "{ref}",
        }.items()
    },
    "command /interview again": door(MANAGE, arguments="{ref}"),
    "command /interview screener": door(MANAGE, arguments="{ref}"),
    "action interview:responses": door(MANAGE, **INTERVIEW),
    "action interview:attendance": door(MANAGE, value="{held}"),
    "action interview:rate": door(MANAGE, value="{held}"),
    "action interview:book_again": door(MANAGE, value="{interview}"),
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
            "undo",
        )
    },
    "action interview:change_limit": door(MANAGE, value="{group}"),
    "action interview:end_links": door(MANAGE, value="{interview}:{seat}"),
    "submission interview:attendance_modal": door(MANAGE, metadata={"interview_id": "#held"}, denied_only=True),
    "submission interview:rate_modal": door(MANAGE, metadata={"interview_id": "#held"}, fields={"score": "4"}),
    "submission interview:cancel_modal": door(MANAGE, fields={"reason": "OTHER", "seat": "all"}),
    "submission interview:edit_modal": door(MANAGE, fields={"title": "A title", "location": "none"}),
    "submission interview:host_modal": door(MANAGE, fields={"host": "1"}, denied_only=True),
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
        MANAGE, in_any=True, value='{"study_id":{study},"email":"{email}","starts_at":{later}}'
    ),
    "submission interview:book_modal": door(MANAGE, fields=BOOKED),
    "submission interview:book_anyway_modal": door(MANAGE),
    "submission interview:log_modal": door(
        MANAGE, metadata={"starts_at": 1764000000}, fields={"outcome": "completed"}, denied_only=True
    ),
    "action interview:reschedule_parsed": door(MANAGE, value='{"interview_id":{interview},"starts_at":{later}}'),
    "action interview:reschedule_change": door(MANAGE, value='{"interview_id":{interview},"starts_at":{later}}'),
    "action interview:more": door(MANAGE, value="cancel:{interview}"),
    "action interview:cancel_reason": door(MANAGE, value="OTHER", denied_only=True),
    "action interview:mail_kind": door(MANAGE, value="custom", denied_only=True),
    "submission interview:bulk_review_modal": door(
        MANAGE, metadata={"action": "cancel", "interview_ids": ["#interview"], "reason": "OTHER"}, denied_only=True
    ),
    "command /participant status": door(MANAGE, arguments="{alias} {key}"),
    "action participant:status": door(MANAGE, value="{enrolment}"),
    "submission participant:status_modal": door(
        MANAGE, metadata={"seen": "Not Contacted"}, fields={"status": "Canceled", "reason": "why"}
    ),
    "submission participant:add_modal": door(MANAGE, fields={"email": "new@example.com", "study": "{key}"}),
    "command /study invite": door(MANAGE, reveals=True, arguments="{key}"),
    "action study:invite": door(MANAGE, value="{key}"),
    "action participant:invite": door(MANAGE, value="{enrolment}"),
    "submission study:invite_modal": door(MANAGE, fields={"statuses": ["Not Contacted"]}, denied_only=True),
    "submission study:invite_review_modal": door(MANAGE, denied_only=True),
    "command /study waiting": door(SCHEDULE, arguments="{key}"),
    "action study:waiting": door(SCHEDULE, value="{key}"),
    "action study:offer": door(MANAGE, value="{study}:{later}"),
    "submission study:offer_modal": door(
        MANAGE, metadata={"starts_at": "#later"}, fields={"people": ["{enrolment}"]}, denied_only=True
    ),
    "command /study share": door(MANAGE, arguments="{key}", denied_only=True),
    # editing a study
    **{
        f"command /study {name}": door(EDIT, arguments=words)
        for name, words in {
            "pause": "{key}",
            "close": "{key}",
            "limit": "{key} 50",
            "schedule": "{key}",
            "quotas": "{key}",
            "screener": "{key}",
            "owner": "{key} <@{someone}>",
            "collaborators": "{key} nobody",
            "start": "{key}",
            "resume": "{key}",
        }.items()
    },
    **{
        f"action study:{name}": door(EDIT, value="{study}")
        for name in ("pause", "close", "start", "resume", "card_pause", "card_resume", "card_start", "schedule")
    },
    "submission study:setup_modal": door(EDIT, denied_only=True),
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
    "submission participant:erase_modal": door(ERASE, fields={"confirm": "{alias}"}),
    "submission callsheet:rule_modal": door(
        RULES,
        metadata={"kind": "most_invitations"},
        fields={"most": "3", "period_days": "90"},
        denied_only=True,
    ),
    "action callsheet:rule_remove": door(RULES, value="0", denied_only=True),
    # contact and the blocklist
    "action participant:block": door(BLOCKLIST, value="{person}"),
    "submission participant:block_modal": door(BLOCKLIST, fields={"reason": "threw a chair"}),
    "action callsheet:unblock": door(BLOCKLIST, value="{person}", denied_only=True),
    "submission callsheet:unblock_modal": door(BLOCKLIST, fields={"reason": "sorry"}, denied_only=True),
    "action participant:suggest_block": door(MANAGE, value="{person}"),
    "submission participant:suggest_block_modal": door(MANAGE, fields={"reason": "rude"}),
    "action participant:do_not_contact": door(MANAGE, value="{person}"),
    "action participant:override": door(OVERRIDE, MANAGE, value="{enrolment}", denied_only=True),
    "submission participant:override_modal": door(OVERRIDE, MANAGE, fields={"reason": "asked"}, denied_only=True),
    "action participant:end_override": door(OVERRIDE, MANAGE, value="{enrolment}", denied_only=True),
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
    "action participant:status_log": door(SCHEDULE, value="{enrolment}", view={"type": "modal"}, denied_only=True),
    # a participant: notes, addresses, statuses of many
    "command /participant note": door(MANAGE, arguments="{alias} prefers mornings"),
    "action participant:note": door(MANAGE, value="{alias}"),
    "submission participant:note_modal": door(MANAGE, fields={"note": "x", "text": "x"}, denied_only=True),
    "command /participant address": door(MANAGE, arguments="{alias}"),
    "action participant:address": door(MANAGE, value="{alias}"),
    "submission participant:address_modal": door(MANAGE, fields={"email": "other@example.com"}, denied_only=True),
    "command /participant merge": door(MERGE, arguments="{alias} P1", denied_only=True),
    "action participant:merge": door(MERGE, value="{alias}"),
    "submission participant:merge_with_modal": door(MERGE, fields={"other": "{person}"}, denied_only=True),
    "submission participant:merge_modal": door(MERGE, denied_only=True),
    "submission participant:statuses_modal": door(MANAGE, fields={"status": "Canceled"}, denied_only=True),
    "submission participant:statuses_review_modal": door(MANAGE, denied_only=True),
    "action participant:statuses_undo": door(MANAGE, value="0", denied_only=True),
    "submission participant:do_not_contact_modal": door(
        MANAGE, fields={"choice": "do_not_contact", "reason": "asked us"}
    ),
    # screeners, consent, quotas, tasks, share links
    "action screener:copy": door(EDIT, value="0", denied_only=True),
    "action screener:build": door(EDIT, value="{study}"),
    **{
        f"action screener:{name}": door(EDIT, denied_only=True)
        for name in (
            "more",
            "add",
            "settings",
            "discard",
            "try",
            "try_answer",
            "end",
            "kind",
            "about",
        )
    },
    **{
        f"submission screener:{name}_modal": door(EDIT, denied_only=True)
        for name in ("settings", "try", "build", "question", "decision")
    },
    "command /study consent": door(EDIT, arguments="{key}"),
    "action study:consent": door(EDIT, value="{key}"),
    "submission study:consent_modal": door(EDIT, fields={"text": "I agree."}),
    "action study:quotas": door(EDIT, value="{key}"),
    "submission study:quotas_modal": door(
        EDIT, fields={"property": "city", "value": "Bonn", "seats": "3"}, denied_only=True
    ),
    "action study:quota_remove": door(EDIT, value="0", denied_only=True),
    "command /study task": door(EDIT, arguments="{key}", denied_only=True),
    "action study:task": door(EDIT, value="{key}", denied_only=True),
    "submission study:task_modal": door(EDIT, fields={"url": "https://example.com/?p={token}"}, denied_only=True),
    "action study:share": door(MANAGE, value="{key}", denied_only=True),
    "action study:share_new": door(MANAGE, value="{study}:x", denied_only=True),
    "action study:share_end": door(MANAGE, value="{study}:x", denied_only=True),
    "action study:setup_go": door(EDIT, value="1", denied_only=True),
    "action study:setup_choice": door(EDIT, denied_only=True),
    "action study:setup_source": door(EDIT, denied_only=True),
    "action study:setup_forget": door(EDIT, denied_only=True),
    "submission study:slots_why_modal": door(SCHEDULE, metadata={"day": "2026-11-30"}, fields={"when": "#later"}),
    # inviting, and what was answered
    **{
        f"action study:{name}": door(MANAGE, value="0", view={"type": "modal"}, denied_only=True)
        for name in ("invite_override", "invite_list", "invite_preview")
    },
    "action study:invite_way": door(MANAGE, value="scheduler", view={"type": "modal"}, denied_only=True),
    "submission study:invite_override_modal": door(OVERRIDE, MANAGE, view={"type": "modal"}, denied_only=True),
    "command /study responses": door(MANAGE, arguments="{key}"),
    "action study:responses": door(MANAGE, value="{key}"),
    **{
        f"action study:responses_{name}": door(MANAGE, value="{key}")
        for name in ("to_review", "qualified", "not_qualified")
    },
    "action study:responses_next": door(MANAGE, value="{key}:undecided:0"),
    **{
        f"action study:{name}": door(MANAGE, value="{enrolment}", view={"type": "modal"}, denied_only=True)
        for name in ("qualify", "not_qualify", "review_invite", "answers", "review_change", "discuss")
    },
    "submission study:review_change_modal": door(MANAGE, fields={"reason": "x"}, denied_only=True),
    "submission study:discuss_modal": door(MANAGE, fields={"text": "x"}, denied_only=True),
    # bulk
    "action interview:bulk": door(MANAGE, in_any=True, value='{"words":"upcoming"}'),
    "submission interview:bulk_modal": door(
        MANAGE,
        in_any=True,
        metadata={"action": ""},
        fields={"action": "cancel", "reason": "OTHER", "group0": ["{interview}"]},
        denied_only=True,
    ),
    **{
        f"action interview:{name}": door(
            MANAGE, value='{"study_id":{study},"email":"{email}","starts_at":1764000000}', denied_only=True
        )
        for name in ("log_completed", "log_no_show")
    },
    # mails, rules, the blocklist, files
    "action callsheet:mails_typed": door(MAILS, metadata={"kind": "reminder"}, denied_only=True),
    "action callsheet:mails_test": door(MAILS, metadata={"kind": "reminder"}, denied_only=True),
    "action callsheet:rule_add": door(RULES),
    "action callsheet:rule_change": door(RULES, value="0", denied_only=True),
    "command /callsheet blocklist": door(MANAGE, in_any=True),
    "action callsheet:blocklist_page": door(
        MANAGE, in_any=True, value="2026-11-20T10:00:00+00:00|17", denied_only=True
    ),
    "action callsheet:approve_block": door(BLOCKLIST, value="{suggestion}", denied_only=True),
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
        "a file that its sender alone dropped; each row is asked for as it is written (see the tests of imports)",
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
        "Slack's own events; a dropped file is imported as its sender (see the tests of imports)",
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
