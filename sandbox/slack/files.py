"""Files: shared by people in messages, uploaded and downloaded by the app."""

from __future__ import annotations

import base64
import mimetypes
from typing import Any

from sandbox.slack.errors import ControlError
from sandbox.slack.state import SlackState
from sandbox.slack.workspace import Json, Workspace, new_id

CONTENT = "_content"
"""Where a file object keeps its bytes, as base64. Never shown to the app."""


def add_file(state: SlackState, workspace: Workspace, user: str, name: str, content: bytes) -> Json:
    """Keep a file and return Slack's object for it."""
    file = {"id": new_id("F"), "user": user, "created": state.unix(), "timestamp": state.unix()}
    workspace.files[str(file["id"])] = _described(state, workspace, file, name, content)
    return shown(workspace.files[str(file["id"])])


def fill_file(state: SlackState, workspace: Workspace, file_id: str, content: bytes) -> None:
    """Give an announced file its bytes."""
    file = workspace.files[file_id]
    workspace.files[file_id] = _described(state, workspace, file, file["name"], content)


def content_of_file(file: Json) -> bytes:
    return base64.b64decode(file[CONTENT])


def shown(file: Json) -> Json:
    """Slack's own object for a file."""
    return {name: value for name, value in file.items() if name != CONTENT}


def files_from(state: SlackState, workspace: Workspace, user: str, given: Any) -> list[Json]:
    """The files of a control API call: `[{"name", "content", "encoding"?}]`, text unless the encoding is base64."""
    if not isinstance(given, list) or not all(isinstance(each, dict) and "name" in each for each in given):
        raise ControlError('files is a list of {"name", "content", "encoding"?}.')
    contents = [_bytes_of(each) for each in given]
    return [add_file(state, workspace, user, each["name"], found) for each, found in zip(given, contents, strict=True)]


def _bytes_of(given: Json) -> bytes:
    content = str(given.get("content", ""))
    if given.get("encoding") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except ValueError:
        raise ControlError(f"The content of {given['name']} is not base64.") from None


def _described(state: SlackState, workspace: Workspace, file: Json, name: str, content: bytes) -> Json:
    kind = name.rpartition(".")[2].lower() if "." in name else "text"
    url = f"{state.base_url}/slack/files/{file['id']}"
    return {
        **file,
        "name": name,
        "title": file.get("title") or name,
        "mimetype": mimetypes.guess_type(name)[0] or "text/plain",
        "filetype": kind,
        "pretty_type": kind.upper(),
        "user_team": workspace.id,
        "editable": False,
        "size": len(content),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": True,
        "public_url_shared": False,
        "display_as_bot": False,
        "username": "",
        "url_private": f"{url}/{name}",
        "url_private_download": f"{url}/download/{name}",
        "permalink": f"{url}/{name}",
        "has_rich_preview": False,
        "file_access": "visible",
        CONTENT: base64.b64encode(content).decode(),
    }
