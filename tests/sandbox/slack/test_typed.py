"""What people type, as Slack passes it on."""

from __future__ import annotations

import pytest

from sandbox.slack.app import ALL_SCOPES
from sandbox.slack.typed import as_sent
from sandbox.slack.workspace import Workspace, new_workspace

WORLD = {
    "id": "T1",
    "name": "x",
    "domain": "x",
    "users": [{"id": "U1", "name": "ana.lee", "display_name": "Ana"}, {"id": "U2", "name": "ben"}],
    "channels": [{"id": "C1", "name": "team-core"}],
}


@pytest.fixture(scope="module")
def workspace() -> Workspace:
    return new_workspace(WORLD, "App", ALL_SCOPES, 0)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("ask @ana.lee, @Ana and @ben.", "ask <@U1>, <@U1> and <@U2>."),
        ("ask @nobody in #nowhere", "ask @nobody in #nowhere"),
        ("in #team-core: go", "in <#C1|team-core>: go"),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("escaped &lt;b&gt; &amp; <@U9|x> <#C9|y> <!here>", "escaped &lt;b&gt; &amp; <@U9|x> <#C9|y> <!here>"),
        ("see https://x.example/?a=1&b=2 now", "see <https://x.example/?a=1&amp;b=2> now"),
        ("see <https://x.example|here>", "see <https://x.example|here>"),
        ("mail ben@x.example!", "mail <mailto:ben@x.example|ben@x.example>!"),
        ("@here and @channel", "<!here> and <!channel>"),
        ("plain, #1 and user@ben", "plain, #1 and user@ben"),
    ],
)
def test_typed_text_is_passed_on_as_slack_does(workspace: Workspace, typed: str, sent: str) -> None:
    assert as_sent(workspace, typed) == sent
