"""users.*, bots.info and team.info: who is there."""

from __future__ import annotations

from sandbox.slack.api.call import Call, method, page
from sandbox.slack.errors import SlackError
from sandbox.slack.workspace import Json, User


def slack_user(call: Call, user: User) -> Json:
    """Slack's own object for a user. The address is in it only with users:read.email."""
    own = user.team == call.workspace.id
    is_app = user.id == call.workspace.bot_user
    profile: Json = {
        "title": user.title,
        "real_name": user.real_name,
        "real_name_normalized": user.real_name,
        "display_name": user.display_name,
        "display_name_normalized": user.display_name,
        "avatar_hash": "",
        "team": user.team,
        "image_48": f"{call.state.base_url}/static/app-icon.svg",
        **({"api_app_id": call.state.app.id, "bot_id": call.workspace.bot_id} if is_app else {}),
    }
    if user.email and "users:read.email" in call.workspace.scopes:
        profile["email"] = user.email
    common: Json = {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "deleted": user.is_deleted,
        "color": user.color,
        "real_name": user.real_name,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": user.tz_offset(call.state.clock.now()),
        "profile": profile,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if not own:
        return {**common, "is_stranger": True}
    roles = dict.fromkeys(("is_admin", "is_owner", "is_primary_owner"), user.is_admin)
    limits = dict.fromkeys(("is_restricted", "is_ultra_restricted"), False)
    return {
        **common,
        **roles,
        **limits,
        "is_email_confirmed": not user.is_bot,
        "who_can_share_contact_card": "EVERYONE",
    }


@method("users.info", "users:read")
def info(call: Call) -> Json:
    user = call.workspace.users.get(call.args.required("user"))
    if user is None:
        raise SlackError("user_not_found")
    return {"user": slack_user(call, user)}


@method("users.list", "users:read")
def listing(call: Call) -> Json:
    """Those of the workspace; strangers are not listed."""
    own = [user for user in call.workspace.users.values() if user.team == call.workspace.id]
    some, cursor = page(call, own, default=1000)
    members = [slack_user(call, user) for user in some]
    return {"members": members, "cache_ts": call.state.unix(), "response_metadata": {"next_cursor": cursor}}


@method("users.lookupByEmail", "users:read.email")
def lookup(call: Call) -> Json:
    email = call.args.required("email").lower()
    for user in call.workspace.people():
        if user.email.lower() == email and user.team == call.workspace.id and not user.is_deleted:
            return {"user": slack_user(call, user)}
    raise SlackError("users_not_found")


@method("bots.info", "users:read")
def bot(call: Call) -> Json:
    if call.args.text("bot") not in (None, call.workspace.bot_id):
        raise SlackError("bot_not_found")
    own = {"id": call.workspace.bot_id, "user_id": call.workspace.bot_user, "app_id": call.state.app.id}
    return {"bot": {**own, "deleted": False, "name": call.state.app.bot_name, "updated": 0, "icons": {}}}


@method("team.info", "team:read")
def team(call: Call) -> Json:
    wanted = call.args.text("team")
    if wanted not in (None, call.workspace.id):
        raise SlackError("team_not_found")
    workspace = call.workspace
    address = {"domain": workspace.domain, "email_domain": "", "url": f"https://{workspace.domain}.slack.com/"}
    return {"team": {"id": workspace.id, "name": workspace.name, **address, "icon": {"image_default": True}}}
