"""Slack on localhost: Web API, Socket Mode, signed HTTP and a control API, as strict as the real one."""

from sandbox.slack.sandbox import SlackSandbox

__all__ = ["SlackSandbox"]
