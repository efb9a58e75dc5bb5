"""The work of the sandbox's research team: who they are to Callsheet, their studies, participants and sessions."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.services.studies import Incentive, NewStudy
from bot.services.teams import TeamValues
from domain.roles import Role
from domain.study import LocationKind, StudyStatus, StudyType

LENA, PRIYA, MARCUS, SOFIA, HANNAH = "U0LENAVOGT", "U0PRIYARAM", "U0MARCUSOY", "U0SOFIALIN", "U0HANNAHFI"
YUSUF, AISHA, NOAH = "U0YUSUFDEM", "U0AISHABEL", "U0NOAHCAMP"
DANIEL, TOMAS, CAMILA, GRACE = "U0DANIELBR", "U0TOMASHER", "U0CAMILADU", "U0GRACEKIM"
KENJI, MEILING, ARJUN, OLIVIA = "U0KENJIWAT", "U0MEILINGT", "U0ARJUNMEH", "U0OLIVIAHA"

ZONES = {
    LENA: "Europe/Berlin",
    MARCUS: "Europe/London",
    SOFIA: "Europe/Stockholm",
    HANNAH: "Europe/Berlin",
    DANIEL: "America/New_York",
    CAMILA: "America/Sao_Paulo",
    GRACE: "America/Los_Angeles",
    KENJI: "Asia/Tokyo",
    MEILING: "Asia/Singapore",
}
"""Where those who host sessions live."""

ROLES: dict[Role, tuple[str, ...]] = {
    Role.OPS_MANAGER: (PRIYA,),
    Role.RESEARCHER: (MARCUS, SOFIA, DANIEL, CAMILA, GRACE, KENJI, MEILING, ARJUN),
    Role.COLLABORATOR: (HANNAH, TOMAS, OLIVIA),
    Role.OBSERVER: (YUSUF, AISHA, NOAH),
}

CORE, GROWTH, APAC = "C0CORETEAM", "C0GROWTHTM", "C0APACTEAM"

TEAMS: dict[str, TeamValues] = {
    CORE: TeamValues(
        name="Core research",
        time_zone="Europe/Berlin",
        digest_hour=9,
        working_days=frozenset(range(7)),
        member_slack_ids=(LENA, PRIYA, MARCUS, SOFIA, HANNAH, AISHA, YUSUF),
    ),
    GROWTH: TeamValues(
        name="Growth research",
        time_zone="America/New_York",
        digest_hour=8,
        names_in_channel=True,
        member_slack_ids=(DANIEL, TOMAS, CAMILA, GRACE, NOAH, PRIYA),
    ),
    APAC: TeamValues(
        name="APAC research",
        time_zone="Asia/Tokyo",
        digest_hour=9,
        tomorrow_from_hour=9,
        member_slack_ids=(KENJI, MEILING, ARJUN, OLIVIA, PRIYA),
    ),
}
"""The teams by their channel. The core team works every day: a digest comes whenever the sandbox is opened."""

ENDINGS = ((SOFIA, "SUP", "pause"), (DANIEL, "PRICE", "close"))
"""What becomes of studies once their sessions are in: by whom, which, and how."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session on the wall clock of its host. `person` is a participant's number; `status` as a file would say it."""

    study: str
    host: str
    day: date
    clock: time
    person: int
    status: str

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.day, self.clock, ZoneInfo(ZONES[self.host])).astimezone(UTC)


def studies(sessions: Iterable[Session]) -> Iterator[tuple[str, str, Callable[[int], NewStudy]]]:
    """The studies: the owner, the team's channel, and the study once the team's id is known."""
    full = sum(each.study == "ONB" and each.status in ("upcoming", "completed") for each in sessions)
    yield (
        MARCUS,
        CORE,
        lambda team_id: NewStudy(
            name="Checkout drop-off",
            key="CHK",
            external_name="How you pay online",
            description="Why people leave at the payment step, and what would have kept them.",
            type=StudyType.INTERVIEW,
            team_id=team_id,
            status=StudyStatus.ACTIVE,
            channel_id="C0CHECKOUT",
            participation_limit=40,
            duration_minutes=45,
            incentive=Incentive(5000, "EUR"),
            collaborator_slack_ids=(SOFIA, HANNAH, LENA),
        ),
    )
    yield (
        DANIEL,
        GROWTH,
        lambda team_id: NewStudy(
            name="The first week",
            key="ONB",
            external_name="Your first week with Northwind",
            type=StudyType.INTERVIEW,
            team_id=team_id,
            status=StudyStatus.ACTIVE,
            channel_id="C0ONBOARDG",
            participation_limit=full,
            duration_minutes=60,
            incentive=Incentive(7500, "USD"),
            collaborator_slack_ids=(CAMILA, GRACE, TOMAS),
        ),
    )
    yield (
        KENJI,
        APAC,
        lambda team_id: NewStudy(
            name="Paying on a phone",
            key="MOB",
            external_name="How you pay with your phone",
            type=StudyType.GROUP_INTERVIEW,
            team_id=team_id,
            status=StudyStatus.ACTIVE,
            channel_id="C0MOBILEAP",
            participation_limit=30,
            duration_minutes=90,
            capacity=4,
            incentive=Incentive(8000, "JPY"),
            collaborator_slack_ids=(MEILING, ARJUN, OLIVIA),
        ),
    )
    yield (
        SOFIA,
        CORE,
        lambda team_id: NewStudy(
            name="Support chat",
            key="SUP",
            external_name="Getting help from us",
            type=StudyType.INTERVIEW,
            team_id=team_id,
            status=StudyStatus.ACTIVE,
            duration_minutes=30,
            location=LocationKind.ZOOM,
            location_text="https://zoom.example/j/5550142",
            collaborator_slack_ids=(MARCUS,),
        ),
    )
    yield (
        DANIEL,
        GROWTH,
        lambda team_id: NewStudy(
            name="Pricing page",
            key="PRICE",
            external_name="Choosing a plan",
            type=StudyType.INTERVIEW,
            team_id=team_id,
            status=StudyStatus.ACTIVE,
            duration_minutes=45,
            incentive=Incentive(6000, "USD"),
        ),
    )
    yield (
        MARCUS,
        CORE,
        lambda team_id: NewStudy(
            name="Names in the menu",
            key="NAV",
            type=StudyType.UNMODERATED_TEST,
            team_id=team_id,
            description="Do people find what they look for? To be written.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the story's week: what the session is when its time has passed is its `outcome`."""

    study: str
    host: str
    day: int
    clock: str
    people: tuple[int, ...]
    outcome: str = "completed"
    is_called_off: bool = False


TODAY, TOMORROW = 0, 1

SLOTS = (
    Slot("CHK", MARCUS, TODAY, "09:30", (1,)),
    Slot("CHK", SOFIA, TODAY, "11:00", (2,), "no-show"),
    Slot("CHK", HANNAH, TODAY, "13:00", (3,)),
    Slot("CHK", LENA, TODAY, "14:00", (4,)),
    Slot("CHK", MARCUS, TODAY, "14:30", (5,)),
    Slot("CHK", SOFIA, TODAY, "16:30", (6,)),
    Slot("CHK", HANNAH, TODAY, "15:30", (7,), is_called_off=True),
    Slot("ONB", DANIEL, TODAY, "10:00", (31,)),
    Slot("ONB", GRACE, TODAY, "11:00", (32,)),
    Slot("ONB", CAMILA, TODAY, "16:00", (33,)),
    Slot("MOB", KENJI, TODAY, "10:00", (46, 47, 48)),
    Slot("CHK", MARCUS, TOMORROW, "10:00", (8,)),
    Slot("CHK", SOFIA, TOMORROW, "10:30", (9,)),
    Slot("CHK", LENA, TOMORROW, "15:30", (10,)),
    Slot("SUP", SOFIA, TOMORROW, "14:00", (11,)),
    Slot("ONB", DANIEL, TOMORROW, "13:00", (34,)),
    Slot("ONB", GRACE, TOMORROW, "09:30", (35,)),
    Slot("MOB", MEILING, TOMORROW, "15:00", (49, 50)),
    Slot("CHK", HANNAH, 2, "10:00", (12,)),
    Slot("CHK", MARCUS, 3, "11:30", (13,)),
    Slot("CHK", SOFIA, 4, "09:30", (14,)),
    Slot("ONB", CAMILA, 3, "14:00", (36,)),
    Slot("MOB", KENJI, 4, "13:00", (51, 52, 53, 54)),
    Slot("CHK", MARCUS, -1, "10:00", (15,)),
    Slot("CHK", SOFIA, -1, "13:30", (16,), "no-show"),
    Slot("CHK", LENA, -2, "11:00", (18,)),
    Slot("CHK", HANNAH, -2, "15:00", (19,), "canceled"),
    Slot("CHK", MARCUS, -3, "14:00", (20,)),
    Slot("CHK", SOFIA, -4, "10:00", (21,)),
    Slot("CHK", MARCUS, -5, "16:00", (22,), "no-show"),
    Slot("CHK", MARCUS, -6, "10:00", (23,)),
    Slot("SUP", SOFIA, -3, "15:30", (24,)),
    Slot("SUP", SOFIA, -5, "11:00", (25,)),
    Slot("ONB", DANIEL, -1, "11:00", (37,)),
    Slot("ONB", GRACE, -2, "14:00", (38,)),
    Slot("ONB", CAMILA, -4, "10:30", (39,), "canceled"),
    Slot("ONB", DANIEL, -5, "15:00", (40,)),
    Slot("MOB", KENJI, -2, "10:00", (55, 56, 57)),
    Slot("MOB", MEILING, -5, "14:00", (58, 59), "no-show"),
    Slot("PRICE", DANIEL, -21, "10:00", (41,)),
    Slot("PRICE", DANIEL, -21, "13:00", (42,)),
    Slot("PRICE", GRACE, -22, "11:00", (43,), "no-show"),
    Slot("PRICE", GRACE, -23, "11:00", (44,)),
    Slot("PRICE", DANIEL, -24, "15:00", (45,)),
)
"""Days are counted from today; other than today and tomorrow, working days only. P17 is free, to be booked."""

ANSWERS = {
    "accepted": (1, 2, 3, 4, 6, 8, 10, 31, 33, 34, 46, 47, 49, 51, 52),
    "tentative": (5, 32, 53),
    "declined": (9, 48),
}
"""How the participants answer the invitations that they find; the others have not looked yet."""

LENGTHS = {"CHK": 45, "ONB": 60, "MOB": 90, "SUP": 30, "PRICE": 45}


def sessions(now: datetime) -> list[Session]:
    """The sessions as they are at `now`: held, called off, or ahead; one that would be on right now is left out."""
    found = []
    for slot in SLOTS:
        today = now.astimezone(ZoneInfo(ZONES[slot.host])).date()
        day = working_day(today, slot.day)
        for person in slot.people:
            session = Session(slot.study, slot.host, day, time.fromisoformat(slot.clock), person, slot.outcome)
            if session.starts_at > now:
                status = "canceled" if slot.is_called_off else "upcoming"
            elif session.starts_at + timedelta(minutes=LENGTHS[slot.study]) <= now:
                status = "canceled" if slot.is_called_off else slot.outcome
            else:
                continue
            found.append(Session(slot.study, slot.host, day, session.clock, person, status))
    return found


def working_day(today: date, offset: int) -> date:
    """Today and tomorrow as they are; further away the nth working day, counted from there."""
    if offset in (TODAY, TOMORROW):
        return today + timedelta(days=offset)
    day, left = today + timedelta(days=1 if offset > 0 else 0), abs(offset) - (1 if offset > 0 else 0)
    step = timedelta(days=1 if offset > 0 else -1)
    while left:
        day += step
        left -= day.weekday() < 5
    return day


def held(every: Iterable[Session]) -> list[Session]:
    """The sessions that are over, one way or another."""
    return [each for each in every if each.status != "upcoming"]


def ahead(every: Iterable[Session]) -> list[Session]:
    """The sessions that are to come."""
    return [each for each in every if each.status == "upcoming"]


def interviews_csv(part: Iterable[Session]) -> str:
    """Sessions as a spreadsheet would export them."""
    return as_csv(
        ("Study", "E-mail", "Date", "Time", "Time zone", "Host", "Status"),
        (
            (
                each.study,
                address(each.person),
                each.day,
                f"{each.clock:%H:%M}",
                ZONES[each.host],
                each.host,
                each.status,
            )
            for each in part
        ),
    )


def participants_csv() -> str:
    """The participants as a spreadsheet would export them, with columns that Callsheet keeps as properties."""
    return as_csv(
        ("E-mail", "Full name", "Time zone", "Study", "City", "Plan", "Customer since"),
        (
            (address(number), name, zone, study_of(number), city, PLANS[number % 3], 2018 + number % 8)
            for number, (name, city, zone) in enumerate(people(), 1)
        ),
    )


PLANS = ("Free", "Pro", "Business")


def address(number: int) -> str:
    """P17 writes from p17@example.com."""
    return f"p{number}@example.com"


def study_of(number: int) -> str:
    """The study that a participant was recruited for: 1–30, 31–45, and the others."""
    return "CHK" if number <= 30 else "ONB" if number <= 45 else "MOB"


def people() -> Iterator[tuple[str, str, str]]:
    """Name, city and zone of each participant."""
    for line in PEOPLE.strip().splitlines():
        city, zone, names = line.split("|")
        for name in names.split(","):
            yield name.strip(), city.strip(), zone.strip()


PEOPLE = """
Berlin | Europe/Berlin | Mara Lindner, Jonas Weber, Elif Kaya, Paul Krüger, Annika Vogel, Felix Braun
London | Europe/London | Amelia Clarke, Oliver Hughes, Zara Ahmed, Harry Whitfield, Isla Murray, Kwame Mensah
Stockholm | Europe/Stockholm | Astrid Nyström, Erik Holm, Linnea Åberg, Oskar Dahl
Paris | Europe/Paris | Chloé Bernard, Lucas Moreau, Inès Petit, Hugo Lambert
Warsaw | Europe/Warsaw | Zofia Nowak, Jakub Kowalski, Hanna Zielińska
Lisbon | Europe/Lisbon | Beatriz Sousa, Tiago Ferreira, Matilde Rocha
Madrid | Europe/Madrid | Lucía Navarro, Diego Serrano, Carmen Ortega, Álvaro Gil
New York | America/New_York | Ava Thompson, Ethan Rivera, Maya Goldberg, Caleb Johnson, Nia Robinson
Chicago | America/Chicago | Sophie Kowalczyk, Marcus Hill, Elena Petrova
San Francisco | America/Los_Angeles | Leo Nakamura, Priscilla Ortiz, Owen Park, Ruth Feldman
São Paulo | America/Sao_Paulo | Larissa Almeida, Rafael Costa, Júlia Martins
Tokyo | Asia/Tokyo | Yui Tanaka, Haruto Sato, Sakura Ito, Ren Kobayashi, Aoi Yamamoto
Singapore | Asia/Singapore | Wei Jie Lim, Nurul Huda, Kavitha Raj, Jia Hui Ong
Sydney | Australia/Sydney | Charlotte Nguyen, Jack O'Brien, Matilda Walsh
Mumbai | Asia/Kolkata | Ananya Iyer, Rohan Kulkarni, Diya Shah
"""


def as_csv(header: Iterable[object], lines: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(lines)
    return text.getvalue()
