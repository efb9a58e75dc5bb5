"""Days and times in plain words, as people type them: "next tue 2pm", "tomorrow 14:00", "in 2 hours", "24 Nov 3pm".

Words are read in the reader's zone, relative to a given instant, and towards the future. What could mean two things is
refused with a sentence that says how to write it. Relative days and weekdays are read here; calendar dates by
dateparser, which is imported when the first one comes: it takes 25 MB.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from domain.errors import RuleError
from domain.times import from_local, is_repeated, local, today, week_of

STEP = timedelta(minutes=15)
"""Times counted from now are rounded up to a whole step."""
EXAMPLES = "Write for example “next tue 2pm”, “tomorrow 14:00” or “in 2 hours”."
LONGEST_TEXT = 120

WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            ("mon", "monday"),
            ("tue", "tues", "tuesday"),
            ("wed", "weds", "wednesday"),
            ("thu", "thur", "thurs", "thursday"),
            ("fri", "friday"),
            ("sat", "saturday"),
            ("sun", "sunday"),
        )
    )
    for name in names
}
WHICH = frozenset({"", "this", "coming", "next", "last"})
NUMBERS = {"a": 1.0, "an": 1.0, "half an": 0.5, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0}
NAMED_DAYS = {"today": 0, "tonight": 0, "tomorrow": 1, "tmrw": 1, "tmr": 1, "day after tomorrow": 2, "yesterday": -1}

NUMBER = rf"(?P<number>\d+(?:\.\d+)?|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
FROM_NOW = re.compile(rf"in {NUMBER} ?(?P<unit>m|mins?|minutes?|h|hrs?|hours?)")
IN_DAYS = re.compile(rf"(?:in )?{NUMBER} ?(?P<unit>days?|weeks?)(?: from (?:now|today))?")
TIME = re.compile(
    r"""
    (?<![\d.:-])(?:\bat\ )?
    (?:
        (?P<twelve>1[0-2]|0?[1-9]) (?:[:.](?P<twelve_minute>[0-5]\d))? \s? (?P<half>[ap])\.?m\b\.?
      | (?P<hour>2[0-3]|[01]?\d) [:h] (?P<minute>[0-5]\d) (?::00)? (?![\d:])
      | (?P<named>noon|midday)\b
    )
    """,
    re.VERBOSE,
)
BARE_HOUR = re.compile(r"\bat (\d{1,2})(?![\d:.])\b")
LIKE_A_TIME = re.compile(r"\b\d+(?:[:h]\d+)+(?: ?[ap]\.?m\b)?|\b\d+(?:\.\d+)? ?[ap]\.?m\b")
"""What is meant for a time of day, whether there is such a time or not."""
TWO_READINGS = re.compile(r"(\d{1,2})[/-](\d{1,2})(?:[/-]\d{2,4})?")
OTHER_WORDS = (
    "jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october "
    "nov november dec december day days week weeks weekend month year now ago from for in at with am pm"
)
KNOWN_WORDS = frozenset([*WEEKDAYS, *WHICH, *" ".join([*NUMBERS, *NAMED_DAYS, OTHER_WORDS]).split()])
"""Words that may be meant for a part of a day, also where Callsheet does not understand the day."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (aware UTC) read from words. `notes` are sentences on how they were understood."""

    at: datetime
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """From when and where words are read. `ahead`: a day that could lie on either side of today lies ahead."""

    now: datetime
    time_zone: str
    ahead: bool = True

    @property
    def today(self) -> date:
        return today(self.now, self.time_zone)


def moment(text: str, now: datetime, time_zone: str) -> Moment:
    """The instant that the words mean to somebody in the zone. Raises RuleError about "when"."""
    reader = Reader(now, time_zone)
    words = normal(text)
    if from_now := FROM_NOW.fullmatch(words):
        return Moment(rounded_up(now + length_of(from_now)))
    at, rest, notes = time_of_day(words)
    found, more = day_of(rest, reader, at)
    wall = datetime.combine(found, at)
    if is_repeated(wall, time_zone):
        more = (*more, f"{wall:%H:%M} comes twice that day, because the clocks go back: this is the first of the two.")
    return Moment(from_local(wall, time_zone), (*notes, *more))


def day(text: str, now: datetime, time_zone: str, *, ahead: bool = True) -> date:
    """The day that the words mean in the zone. Raises RuleError about "when"."""
    words = normal(text)
    if not words:
        raise RuleError("Which day? Write for example “today”, “tomorrow” or “mon”.", "when")
    return day_of(words, Reader(now, time_zone, ahead), None)[0]


def normal(text: str) -> str:
    """The words in small letters, without what carries no meaning. Raises RuleError for a text that goes on and on."""
    if len(text) > LONGEST_TEXT:
        raise RuleError(f"That is too long for a time. {EXAMPLES}", "when")
    words = re.sub(r"(?<=\d)t(?=\d{1,2}:)", " ", text.lower())
    words = re.sub(r"[,@]|\b(?:on|the|of)\b", " ", words)
    return " ".join(words.split())


def time_of_day(words: str) -> tuple[time, str, tuple[str, ...]]:
    """The one time of day among the words, what is left of them, and what is to be said about it."""
    if bare := BARE_HOUR.search(words):
        hour = int(bare[1])
        if hour > 23:
            raise RuleError(f"{hour}:00 is not a time. {EXAMPLES}", "when")
        if hour >= 13 or not hour:
            words = f"{words[: bare.start()]} at {hour}:00 {words[bare.end() :]}"
        elif not TIME.search(words[bare.start() :]):
            raise RuleError(f"Is “at {hour}” in the morning or the afternoon? Write {hour}am or {hour}pm.", "when")
    found = list(TIME.finditer(words))
    if not found:
        raise without_time(words)
    if len(found) > 1:
        raise RuleError(f"There are two times in “{words}”. {EXAMPLES}", "when")
    match = found[0]
    rest = " ".join(f"{words[: match.start()]} {words[match.end() :]}".split())
    if match["named"]:
        return time(12), rest, ()
    if match["half"]:
        return (
            time(int(match["twelve"]) % 12 + (12 if match["half"] == "p" else 0), int(match["twelve_minute"] or 0)),
            rest,
            (),
        )
    at = time(int(match["hour"]), int(match["minute"]))
    if 1 <= at.hour < 7 and not match["hour"].startswith("0"):
        return at, rest, (f"{at:%H:%M} is at night: write {at.hour}:{at:%M}pm for the afternoon.",)
    return at, rest, ()


def without_time(words: str) -> RuleError:
    """What is said of words with no time of day among them: first what is wrong with those that there are."""
    if like_a_time := LIKE_A_TIME.search(words):
        return RuleError(f"{like_a_time[0]} is not a time. {EXAMPLES}", "when")
    if unknown := unknown_word(words):
        return RuleError(f"I don't know what “{unknown}” means. {EXAMPLES}", "when")
    return RuleError(f"At what time? {EXAMPLES}", "when")


def unknown_word(words: str) -> str | None:
    """The first word that has nothing to do with days; numbers and dates are not words."""
    plain = (word.strip(".!?") for word in words.split() if not re.search(r"\d", word))
    return next((word for word in plain if word not in KNOWN_WORDS), None)


def day_of(words: str, reader: Reader, at: time | None) -> tuple[date, tuple[str, ...]]:
    """The day among the words, and what is to be said about it; without one, the next day with that time ahead."""
    if not words:
        return first_ahead(reader, reader.today, timedelta(days=1), at), ()
    if words in NAMED_DAYS:
        return reader.today + timedelta(days=NAMED_DAYS[words]), ()
    if counted := IN_DAYS.fullmatch(words):
        return reader.today + length_of(counted), ()
    which, _, name = re.sub(r"^next week (\w+)$|^(\w+) next week$", r"next \1\2", words).rpartition(" ")
    if name in WEEKDAYS and which in WHICH:
        return on_weekday(WEEKDAYS[name], which, reader, at)
    return calendar_date(words, reader), ()


def on_weekday(weekday: int, which: str, reader: Reader, at: time | None) -> tuple[date, tuple[str, ...]]:
    """The day that a weekday's name means: "next" is in the next calendar week, which begins on Monday."""
    here = reader.today
    if which == "last" or (not which and not reader.ahead):
        back = (here.weekday() - weekday) % 7
        return here - timedelta(days=back or (7 if which else 0)), ()
    coming = here + timedelta(days=(weekday - here.weekday()) % 7)
    if which != "next":
        return first_ahead(reader, coming, timedelta(weeks=1), at), ()
    found = week_of(here) + timedelta(weeks=1, days=weekday)
    if found - coming == timedelta(weeks=1) and coming != here:
        name = f"{found:%A}"
        return found, (f"“Next {name}” is read as {name} of next week: for this week's, leave out “next”.",)
    return found, ()


def first_ahead(reader: Reader, first: date, step: timedelta, at: time | None) -> date:
    """`first`, or a step later when the time has passed on it."""
    has_passed = at is not None and datetime.combine(first, at) <= local(reader.now, reader.time_zone).replace(
        tzinfo=None
    )
    return first + step if has_passed else first


def calendar_date(words: str, reader: Reader) -> date:
    """The date that the words name, such as "24 nov", "mon 24 nov", "2026-11-24" or "24.11."."""
    lead, _, following = words.partition(" ")
    stated = WEEKDAYS.get(lead)
    rest = words if stated is None else following
    if (two := TWO_READINGS.fullmatch(rest)) and int(two[1]) <= 12 and int(two[2]) <= 12 and two[1] != two[2]:
        raise RuleError(f"“{rest}” can be read as two days. Write the month as a word, such as 5 Nov.", "when")
    found = parsed(rest, reader)
    if stated is not None and found.weekday() != stated:
        raise RuleError(f"{found:%d %B %Y} is a {found:%A}. Write the day again.", "when")
    return found


def parsed(words: str, reader: Reader) -> date:
    """The date that dateparser reads. Raises RuleError unless the words name a day."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
        try:
            return date.fromisoformat(words)
        except ValueError as error:
            raise RuleError(f"There is no day {words}.", "when") from error
    if not re.search(r"\d", words) or words.isdigit():
        raise not_understood(words)
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": datetime.combine(reader.today, time()),
        "PREFER_DATES_FROM": "future" if reader.ahead else "current_period",
        "PARSERS": ["absolute-time"],
        "DATE_ORDER": "DMY",
    }
    data = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    if data.date_obj is None or data.period != "day":
        raise not_understood(words)
    found: date = data.date_obj.date()
    return found


def not_understood(words: str) -> RuleError:
    if unknown := unknown_word(words):
        return RuleError(f"I don't know what “{unknown}” means. {EXAMPLES}", "when")
    return RuleError(f"“{words}” is not a day that Callsheet understands. {EXAMPLES}", "when")


def length_of(match: re.Match[str]) -> timedelta:
    """The stretch of time that a number and a unit mean."""
    number, unit = match["number"], match["unit"]
    amount = NUMBERS[number] if number in NUMBERS else min(float(number), 10_000)
    if unit.startswith("d"):
        return timedelta(days=int(amount))
    if unit.startswith("w"):
        return timedelta(weeks=int(amount))
    return timedelta(hours=amount) if unit.startswith("h") else timedelta(minutes=amount)


def rounded_up(instant: datetime) -> datetime:
    """The instant, or the next that lies on a whole step."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + -(-(instant - epoch) // STEP) * STEP
