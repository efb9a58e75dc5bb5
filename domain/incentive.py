"""Money: whole minor units of a currency, as people write and read it (DOMAIN, "Study")."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from domain.errors import RuleError

WITHOUT_MINOR_UNITS = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"}
)
WITH_THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})

OFFERED = ("EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "SGD", "INR", "BRL")
"""The currencies that a menu offers; any other can be written."""

MOST_MINOR = 100_000_000
AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,3})?")


def exponent(currency: str) -> int:
    """How many decimal places the currency has."""
    if currency in WITHOUT_MINOR_UNITS:
        return 0
    return 3 if currency in WITH_THOUSANDTHS else 2


def currency_code(text: str) -> str:
    """The ISO 4217 code in its canonical form. Raises RuleError when it is none."""
    code = text.strip().upper()
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise RuleError("A currency is three letters, such as EUR.", "currency")
    return code


def minor_units(text: str, currency: str) -> int:
    """The amount in minor units: `25` and `25.50` in EUR are 2500 and 2550, `2500` in JPY is 2500.

    Raises RuleError for what is no amount, or has more decimals than the currency.
    """
    written = text.strip()
    places = exponent(currency)
    try:
        amount = Decimal(written.replace(",", ".")) if AMOUNT.fullmatch(written) else Decimal(0)
    except InvalidOperation:
        amount = Decimal(0)
    minor = amount.scaleb(places)
    if amount <= 0 or minor > MOST_MINOR:
        raise RuleError("An incentive is an amount such as 25 or 25.50.", "amount")
    if minor != minor.to_integral_value():
        allowed = f"at most {places} decimals" if places else "no decimals"
        raise RuleError(f"{currency} has {allowed}.", "amount")
    return int(minor)


def shown(minor: int, currency: str) -> str:
    """The amount as people read it, e.g. `25.50 EUR`."""
    places = exponent(currency)
    return f"{Decimal(minor).scaleb(-places):,.{places}f} {currency}"
