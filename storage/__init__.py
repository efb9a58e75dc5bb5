"""What is remembered: models, queries, the outbox, the ledger, migrations. It knows neither Slack nor Google."""
