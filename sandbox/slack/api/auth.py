"""auth.* and apps.uninstall: who the app is, and how it leaves a workspace."""

from __future__ import annotations

from sandbox.slack.api.call import Call, method
from sandbox.slack.workspace import Json


@method("auth.test")
def auth_test(call: Call) -> Json:
    workspace = call.workspace
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "user": workspace.users[workspace.bot_user].name,
        "team_id": workspace.id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("auth.revoke")
def revoke(call: Call) -> Json:
    if call.args.flag("test"):
        return {"revoked": False}
    call.state.revoke(call.workspace)
    return {"revoked": True}


@method("apps.uninstall")
def uninstall(call: Call) -> Json:
    call.state.emit(call.workspace, {"type": "app_uninstalled", "event_ts": call.state.ts()})
    call.state.revoke(call.workspace)
    return {}
