"""A Slack workspace, a Google Calendar and a mailbox on localhost, to try the bot and to test it."""
