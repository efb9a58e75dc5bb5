"""Money: written and read in the currency's own units."""

from __future__ import annotations

import pytest

from domain.errors import RuleError
from domain.incentive import currency_code, minor_units, shown


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25", "EUR", 2500),
        ("25.50", "EUR", 2550),
        ("25,5", "EUR", 2550),
        (" 0.01 ", "USD", 1),
        ("2500", "JPY", 2500),
        ("1.234", "KWD", 1234),
        ("1000000", "EUR", 100_000_000),
    ],
)
def test_amounts_become_minor_units(text: str, currency: str, minor: int) -> None:
    assert minor_units(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("25.505", "EUR"),
        ("25.5", "JPY"),
        ("0", "EUR"),
        ("-5", "EUR"),
        ("", "EUR"),
        ("five", "EUR"),
        ("1e9", "EUR"),
        ("1000000.01", "EUR"),
        ("٢٥.٥.٥", "EUR"),
        ("NaN", "EUR"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(RuleError) as refusal:
        minor_units(text, currency)
    assert refusal.value.field == "amount"


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (2550, "EUR", "25.50 EUR"),
        (8000, "JPY", "8,000 JPY"),
        (1234, "KWD", "1.234 KWD"),
        (123456789, "USD", "1,234,567.89 USD"),
    ],
)
def test_amounts_are_shown_with_the_currencys_decimals(minor: int, currency: str, text: str) -> None:
    assert shown(minor, currency) == text


def test_a_currency_is_three_letters() -> None:
    assert currency_code(" eur ") == "EUR"
    with pytest.raises(RuleError):
        currency_code("€")
