"""The sandbox's Google Calendar: the v3 API, sign-in by service account, and pushes."""

from sandbox.google.service import GoogleSandbox

__all__ = ["GoogleSandbox"]
