"""What Slack accepts as blocks: every type, field and limit, declared."""

from sandbox.slack.blockkit.blocks import interactive, message_offences, options_offences, view_offences
from sandbox.slack.blockkit.complete import complete_blocks

__all__ = ["complete_blocks", "interactive", "message_offences", "options_offences", "view_offences"]
