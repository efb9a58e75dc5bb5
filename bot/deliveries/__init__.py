"""What leaves the bot: one handler per kind of outbox row, run by the delivery worker."""
