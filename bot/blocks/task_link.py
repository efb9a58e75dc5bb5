"""Where a survey or an unmoderated test is done: the modal for its link, and what is said once it is set."""

from __future__ import annotations

from bot.blocks import kit
from bot.blocks.ids import StudyId
from bot.blocks.kit import Block, View
from domain import task_link, tokens

NAME_SHOWN = 120
BY_REDIRECT, BY_HAND = "redirect", "by_hand"
TOOLS = (
    "• *Typeform:* Endings → Redirect to URL. In the link above write "
    "`#token={{ token }}`, and add the hidden field `token` to the form.\n"
    "• *Qualtrics:* Survey flow → End of survey → Redirect to URL. Take `token` in as embedded data.\n"
    "• *SurveyMonkey, Maze and others:* look for “redirect at the end”, and for “custom variables” or “parameters”.\n"
    "Where the tool writes what it took in differently, put its own sign for it in place of `{{ token }}`."
)


def modal(name: str, url: str | None, way_back: str | None, metadata: str, *, tells_back: bool) -> View:
    """The link, its tokens, and how we hear of those who are finished. `name` is the study's, with its key."""
    options = [
        *([kit.option("The tool sends them back to us", BY_REDIRECT)] if way_back else []),
        kit.option("They press “I have finished”, or you set it by hand", BY_HAND),
    ]
    initial = BY_REDIRECT if way_back and tells_back else BY_HAND
    blocks: list[Block] = [
        kit.section(f"Where is *{kit.literal(kit.fit(name, NAME_SHOWN))}* done?"),
        kit.field(
            task_link.FIELD,
            "Link to the survey or the test",
            kit.text_input(
                task_link.FIELD, initial=url, placeholder="https://…", multiline=True, longest=task_link.LONGEST
            ),
            hint=(
                f"Stand for something else for each person: {tokens.listed(task_link.SAMPLES)}. "
                "{{ token }} names them to us and tells the tool nothing about them; "
                "{{ participant.alias }} is such as P17."
            ),
        ),
        kit.field(
            "told",
            "How does the tool tell us that somebody is finished?",
            kit.radio("told", options, initial=initial),
        ),
    ]
    if way_back:
        blocks.append(kit.section(f"The address to send them back to, for the tool's settings:\n`{way_back}`"))
        blocks.append(kit.context(TOOLS))
    return kit.modal(
        "Link to the task", blocks, callback_id=StudyId.TASK_MODAL, submit="Save", metadata=metadata, close="Cancel"
    )


def saved(key: str, url: str, *, is_told_back: bool) -> str:
    """What is said once the link is set, with what a sample participant gets, in mrkdwn."""
    how = (
        "The tool sends those who are finished back to us."
        if is_told_back
        else "Who is finished presses “I have finished”, or you set it by hand."
    )
    sample = kit.escape(kit.fit(task_link.preview(url), 1000))
    return f"*{key}* is done here, as a sample participant comes there:\n`{sample}`\n{how}"
