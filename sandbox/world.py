"""The world that a fresh sandbox opens with: a research team spread over the zones, and a second, foreign workspace.

Plain data. A workspace is as `SlackSandbox.add_workspace` takes it, a calendar as `GoogleSandbox.add_calendar`.
Addresses end in `.example`, so none of them can ever belong to someone.
"""

from __future__ import annotations

from typing import Any

_NORTHWIND = [
    # id, name, real name, zone, title
    ("U0LENAVOGT", "lena", "Lena Vogt", "Europe/Berlin", "Head of Research"),
    ("U0PRIYARAM", "priya", "Priya Raman", "Europe/London", "Research Operations Lead"),
    ("U0MARCUSOY", "marcus", "Marcus Oyelaran", "Europe/London", "Senior UX Researcher"),
    ("U0SOFIALIN", "sofia", "Sofia Lindqvist", "Europe/Stockholm", "UX Researcher"),
    ("U0HANNAHFI", "hannah", "Hannah Fischer", "Europe/Berlin", "Product Designer"),
    ("U0YUSUFDEM", "yusuf", "Yusuf Demir", "Europe/Istanbul", "Engineer, Checkout"),
    ("U0AISHABEL", "aisha", "Aisha Bello", "Africa/Lagos", "Product Manager, Checkout"),
    ("U0DANIELBR", "daniel", "Daniel Brooks", "America/New_York", "Staff Researcher, Growth"),
    ("U0TOMASHER", "tomas", "Tomás Herrera", "America/New_York", "Product Designer"),
    ("U0CAMILADU", "camila", "Camila Duarte", "America/Sao_Paulo", "UX Researcher, Growth"),
    ("U0GRACEKIM", "grace", "Grace Kim", "America/Los_Angeles", "UX Researcher, Growth"),
    ("U0NOAHCAMP", "noah", "Noah Campbell", "America/Los_Angeles", "Product Manager, Onboarding"),
    ("U0KENJIWAT", "kenji", "Kenji Watanabe", "Asia/Tokyo", "Research Lead, APAC"),
    ("U0MEILINGT", "meiling", "Mei Ling Tan", "Asia/Singapore", "UX Researcher"),
    ("U0ARJUNMEH", "arjun", "Arjun Mehta", "Asia/Kolkata", "UX Researcher"),
    ("U0OLIVIAHA", "olivia", "Olivia Hart", "Australia/Sydney", "Research Coordinator"),
    ("U0INGRIDSO", "ingrid", "Ingrid Solberg", "Europe/Oslo", "Partner Manager, Fjordpay"),
]
_CONTOSO = [
    ("U0EVELYNRO", "evelyn", "Evelyn Ross", "America/Chicago", "UX Research Manager"),
    ("U0RAJPATEL", "raj", "Raj Patel", "America/Chicago", "UX Researcher"),
    ("U0CLAIREMO", "claire", "Claire Moreau", "Europe/Paris", "Product Designer"),
]
_ADMINS = {"U0LENAVOGT", "U0EVELYNRO"}
_STRANGERS = {"U0INGRIDSO": "fjordpay.example"}
_WITHOUT_CALENDAR = {"U0YUSUFDEM", "U0NOAHCAMP", "U0INGRIDSO"}

_EMEA = ["U0LENAVOGT", "U0PRIYARAM", "U0MARCUSOY", "U0SOFIALIN", "U0HANNAHFI", "U0AISHABEL"]
_AMERICAS = ["U0DANIELBR", "U0TOMASHER", "U0CAMILADU", "U0GRACEKIM", "U0NOAHCAMP"]
_APAC = ["U0KENJIWAT", "U0MEILINGT", "U0ARJUNMEH", "U0OLIVIAHA"]


def _users(people: list[tuple[str, str, str, str, str]], domain: str) -> list[dict[str, Any]]:
    return [
        {
            "id": user,
            "name": name,
            "real_name": real_name,
            "display_name": real_name.split()[0] if name != "meiling" else "Mei Ling",
            "email": f"{name}@{_STRANGERS.get(user, domain)}",
            "tz": zone,
            "title": title,
            "is_admin": user in _ADMINS,
            "is_bot": False,
            "is_stranger": user in _STRANGERS,
        }
        for user, name, real_name, zone, title in people
    ]


def _channel(channel: str, name: str, topic: str, members: list[str], **flags: bool) -> dict[str, Any]:
    """`app` says whether the app has been invited."""
    plain = {"is_private": False, "is_archived": False, "app": True}
    return {"id": channel, "name": name, "topic": topic, "members": members, **plain, **flags}


def _calendars(users: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [
        {"id": user["email"], "name": user["real_name"], "time_zone": user["tz"]}
        for user in users
        if user["id"] not in _WITHOUT_CALENDAR
    ]


_NORTHWIND_USERS = _users(_NORTHWIND, "northwind.example")
_CONTOSO_USERS = _users(_CONTOSO, "contoso.example")
_STAFF = [user["id"] for user in _NORTHWIND_USERS if not user["is_stranger"]]

WORLD: dict[str, Any] = {
    "workspaces": [
        {
            "id": "T0NORTHWND",
            "name": "Northwind Research",
            "domain": "northwind-research",
            "users": _NORTHWIND_USERS,
            "channels": [
                _channel("C0GENERAL1", "general", "Everybody at Northwind", _STAFF, app=False),
                _channel("C0CORETEAM", "research-core", "Home of the core research team", _EMEA),
                _channel(
                    "C0GROWTHTM", "research-growth", "Home of the growth research team", [*_AMERICAS, "U0PRIYARAM"]
                ),
                _channel("C0APACTEAM", "research-apac", "Home of the APAC research team", [*_APAC, "U0PRIYARAM"]),
                _channel(
                    "C0CHECKOUT",
                    "study-checkout",
                    "Why people leave at the payment step",
                    ["U0LENAVOGT", "U0MARCUSOY", "U0SOFIALIN", "U0AISHABEL", "U0YUSUFDEM", "U0HANNAHFI", "U0INGRIDSO"],
                ),
                _channel(
                    "C0ONBOARDG",
                    "study-onboarding",
                    "The first week with the product",
                    ["U0DANIELBR", "U0GRACEKIM", "U0CAMILADU", "U0NOAHCAMP", "U0TOMASHER", "U0PRIYARAM"],
                ),
                _channel(
                    "C0MOBILEAP",
                    "study-mobile-apac",
                    "Paying on a phone in Tokyo and Singapore",
                    [*_APAC, "U0LENAVOGT"],
                ),
                _channel(
                    "C0RECRUITG",
                    "recruiting-private",
                    "Participants' data: keep it in here",
                    ["U0LENAVOGT", "U0PRIYARAM", "U0OLIVIAHA"],
                    is_private=True,
                ),
                _channel(
                    "C0PRICING0", "study-pricing-2024", "Finished", ["U0LENAVOGT", "U0DANIELBR"], is_archived=True
                ),
            ],
        },
        {
            "id": "T0CONTOSO1",
            "name": "Contoso Labs",
            "domain": "contoso-labs",
            "users": _CONTOSO_USERS,
            "channels": [
                _channel("C0CONTOGEN", "general", "Contoso Labs", [user["id"] for user in _CONTOSO_USERS], app=False),
                _channel("C0CONTOUXR", "ux-research", "Research at Contoso", [user["id"] for user in _CONTOSO_USERS]),
            ],
        },
    ],
    "calendars": [*_calendars(_NORTHWIND_USERS), *_calendars(_CONTOSO_USERS)],
}
