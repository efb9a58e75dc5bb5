"""Every kind of outbox row is brought out by somebody."""

from __future__ import annotations

from bot.deliveries.handlers import HANDLERS
from bot.services.outgoing import Kind


def test_every_kind_has_a_handler() -> None:
    assert set(HANDLERS) == set(Kind)
