"""What Callsheet serves over HTTP: Slack's payloads, participants' pages, notices of calendars, health and figures."""
