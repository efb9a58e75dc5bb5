"""Everything that people can do in Slack: one folder a noun, one file a capability."""

from bot.commands import callsheet, dismiss, home, interview, participant, study, workspace
from bot.slack.capability import Capability

CAPABILITIES: tuple[Capability, ...] = (
    *interview.CAPABILITIES,
    *study.CAPABILITIES,
    *participant.CAPABILITIES,
    *callsheet.CAPABILITIES,
    *home.CAPABILITIES,
    *workspace.CAPABILITIES,
    dismiss.capability,
)
