"""Booking by hand: what is impossible, and what is bypassed with a warning (DOMAIN, "Scheduling").

The rules are held against facts and change nothing. Whoever books several notes each one in the facts, so that the
next is held against it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.editing import Location
from domain.errors import NotFound, RuleError
from domain.governance import ContactStatus
from domain.participant import CLOSED_TO_BOOKING, ParticipantStatus
from domain.person import alias, email_address
from domain.quota import Meter, full_for, one_more
from domain.roles import Actor, Permission
from domain.scheduling import NOTICE
from domain.session_times import check_ahead, check_length, working_hours
from domain.study import StudyStatus, StudyType
from domain.times import Span, days_around, first_overlap, local, spelled

LOGGED_FOR = timedelta(days=2 * 365)
"""How far back sessions that were held elsewhere are logged by hand."""

Slot = tuple[int, datetime]
"""A study's id and the start of a session."""

Taken = tuple[Span, str]
"""A stretch of somebody's time, and the reference of the upcoming interview that takes it."""


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be booked. `starts_at` is aware UTC; without hosts the study's default applies.

    `name` is used for a person who is new. The first host's calendar holds the event. `capacity` is how many seats a
    group session has, and `location` where it is held, if not as its study says. `guest_ids` are members who are
    invited, whether they can or not. `import_key` makes it single among those that files bring.
    """

    study_id: int
    email: str
    starts_at: datetime
    name: str = ""
    length: timedelta | None = None
    host_ids: tuple[int, ...] = ()
    title: str | None = None
    description: str = ""
    capacity: int | None = None
    location: Location | None = None
    guest_ids: tuple[int, ...] = ()
    import_key: str | None = None

    @property
    def slot(self) -> Slot:
        return (self.study_id, self.starts_at)


@dataclass(slots=True)
class StudyFacts:
    """What is known of a study. `default_host` hosts when nobody is named; `is_own`: the actor works on it."""

    key: str
    type: StudyType
    status: StudyStatus
    length: timedelta
    capacity: int
    limit: int | None
    seats_taken: int
    default_host: int
    is_own: bool
    meters: tuple[Meter, ...] = ()


@dataclass(frozen=True, slots=True)
class HostCalendar:
    """A host's calendar. `problem` is a sentence while it can't be read; `takes_events`: events are put there."""

    problem: str | None
    takes_events: bool


@dataclass(slots=True)
class HostFacts:
    """What is known of a member who may host. `busy` is from their calendar."""

    name: str
    slack_user_id: str
    time_zone: str
    is_active: bool
    calendar: HostCalendar | None
    taken: list[Taken]
    busy: Sequence[Span]

    def is_busy(self, span: Span) -> bool:
        """Whether their calendar has anything but interviews in the span that says busy."""
        return any(span.overlaps(stretch) for stretch in self.busy)


@dataclass(slots=True)
class PersonFacts:
    """What is known of a participant: statuses are by study, `taken` is across all of them, on the days in question."""

    number: int
    contact: ContactStatus = ContactStatus.FREE_TO_CONTACT
    do_not_contact_reason: str | None = None
    cooldown_until: datetime | None = None
    has_bounced: bool = False
    time_zone: str | None = None
    properties: Mapping[str, object] = field(default_factory=dict)
    statuses: dict[int, ParticipantStatus] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)

    @property
    def alias(self) -> str:
        return alias(self.number)


@dataclass(slots=True)
class GroupSession:
    """An upcoming session that takes further participants in. `seated` are the numbers of those who have a seat."""

    reference: str
    span: Span
    capacity: int
    host_ids: tuple[int, ...]
    seated: set[int]


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A group session with free seats, to be joined. `starts_at` is aware UTC."""

    reference: str
    starts_at: datetime
    seated: int
    capacity: int


@dataclass(slots=True)
class Facts:
    """All that bookings are held against: people by address, group sessions by slot.

    Whoever is new is not among the people; the first of them becomes the participant `next_number`.
    """

    now: datetime
    studies: dict[int, StudyFacts]
    hosts: dict[int, HostFacts]
    people: dict[str, PersonFacts]
    sessions: dict[Slot, GroupSession]
    next_number: int


@dataclass(frozen=True, slots=True)
class Bypassed:
    """A sentence for each rule that is bypassed: at any time (`always`), or because of the time that was chosen."""

    always: tuple[str, ...] = ()
    by_time: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*self.always, *self.by_time)


NOTHING = Bypassed()


@dataclass(frozen=True, slots=True)
class Decision:
    """A booking that passed the rules: its time, its hosts, the group session that it joins, what it bypasses."""

    span: Span
    host_ids: tuple[int, ...]
    joins: GroupSession | None
    bypassed: Bypassed

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.bypassed.warnings


def decide(facts: Facts, actor: Actor, booking: Booking) -> Decision:
    """Apply the rules: RuleError for what is impossible or not the actor's to do, a warning for what is bypassed."""
    study = facts.studies.get(booking.study_id)
    if study is None:
        raise NotFound("There is no such study.", "study")
    actor.require(Permission.MANAGE_INTERVIEWS, own_study=study.is_own)
    person = facts.people.get(email_address(booking.email))
    check_has_interviews(study.key, study.type)
    if study.status is StudyStatus.CLOSED:
        raise RuleError(f"{study.key} is closed. Resume it first: /study resume {study.key}.", "study")
    span, zone = span_of(booking, study.length), actor.time_zone
    check_ahead(span.start, facts.now, zone)
    hosts = hosts_of(booking, study.default_host)
    joins = facts.sessions.get(booking.slot)
    if joins is None:
        check_hosts(facts.hosts, hosts, span, zone)
    else:
        check_free_seat(joins, person)
        span, hosts = joins.span, joins.host_ids
    people = [person] if person is not None else []
    if person is not None:
        check_contact(person)
        check_enrolment(person, booking.study_id, study.key)
        check_free_time(person, span)
    hosting = [facts.hosts[host_id] for host_id in hosts]
    bypassed = Bypassed(
        always=(
            *status_warnings(study),
            *limit_warnings(study),
            *quota_warnings(study, people),
            *standing_warnings(hosting, people, zone),
        ),
        by_time=time_warnings(hosting, people, span, facts.now, zone),
    )
    return Decision(span, hosts, joins, bypassed)


def note(facts: Facts, booking: Booking, decision: Decision, reference: str) -> None:
    """Let the facts say what they will say once the decision is stored under that reference."""
    study, address = facts.studies[booking.study_id], email_address(booking.email)
    study.seats_taken += 1
    if address not in facts.people:
        facts.people[address] = PersonFacts(facts.next_number)
        facts.next_number += 1
    person = facts.people[address]
    study.meters = one_more(study.meters, person.properties)
    person.taken.append((decision.span, reference))
    person.statuses[booking.study_id] = ParticipantStatus.INTERVIEW_SCHEDULED
    if decision.joins is not None:
        decision.joins.seated.add(person.number)
        return
    for host_id in decision.host_ids:
        facts.hosts[host_id].taken.append((decision.span, reference))
    if study.type is StudyType.GROUP_INTERVIEW:
        facts.sessions[booking.slot] = GroupSession(
            reference, decision.span, booking.capacity or study.capacity, decision.host_ids, {person.number}
        )


def check_has_interviews(key: str, kind: StudyType) -> None:
    """Raise RuleError for a study that has no interviews."""
    if not kind.has_interviews:
        raise RuleError(f"{key} is a {kind.label.lower()}: it has no interviews.", "study")


def span_of(booking: Booking, length: timedelta) -> Span:
    """When the session is; `length` is its study's. Raises RuleError for one that is too short or too long."""
    end = booking.starts_at + (booking.length or length)
    check_length(booking.starts_at, end)
    return Span(booking.starts_at, end)


def check_over(span: Span, now: datetime, zone: str) -> None:
    """Raise RuleError unless the session is over, for two years at most. `zone` is the reader's."""
    if span.start > now:
        raise RuleError("That time is still ahead: book it instead.", "when")
    if span.end > now:
        raise RuleError(
            f"That session is not over: it lasts until {local(span.end, zone):%H:%M}. "
            "Log it afterwards, or pick a time ahead.",
            "when",
        )
    if span.start < now - LOGGED_FOR:
        raise RuleError(
            f"{local(span.start, zone):%d %B %Y} is more than two years ago: sessions are logged for two years back.",
            "when",
        )


def hosts_of(booking: Booking, default_host: int) -> tuple[int, ...]:
    """Who hosts: those named, each once, else the default."""
    return tuple(dict.fromkeys(booking.host_ids)) or (default_host,)


def check_hosts(hosts: Mapping[int, HostFacts], host_ids: Sequence[int], span: Span, zone: str) -> None:
    """Raise RuleError when one can't host, or has another interview then. `zone` is the reader's."""
    for host_id in sorted(host_ids):
        host = hosts.get(host_id)
        if host is None or not host.is_active:
            raise NotFound("There is no such host in this workspace.", "host")
        taken = engagement(host.taken, span)
        if taken is not None:
            at = local(span.start, zone)
            raise RuleError(
                f"{host.name} is already booked at {at:%H:%M} for {taken}. Pick another time or another host.", "when"
            )


def check_contact(person: PersonFacts) -> None:
    """Raise RuleError when the person may not be contacted in any study."""
    if person.contact in (ContactStatus.IN_BLOCKLIST, ContactStatus.OPTED_OUT):
        raise RuleError(f"{person.alias} can't be booked: {person.contact.value}.", "participant")


def check_enrolment(person: PersonFacts, study_id: int, key: str) -> None:
    """Raise RuleError when the person's time in the study is over."""
    status = person.statuses.get(study_id)
    if status in CLOSED_TO_BOOKING:
        raise RuleError(f"{person.alias} can't be booked: their status in {key} is {status.value}.", "participant")


def check_free_time(person: PersonFacts, span: Span) -> None:
    """Raise RuleError when the person is at another interview then."""
    taken = engagement(person.taken, span)
    if taken is not None:
        raise RuleError(f"{person.alias} has {taken} at that time already. Pick another time.", "when")


def check_free_seat(session: GroupSession, person: PersonFacts | None) -> None:
    """Raise RuleError when the session is full or the person is in it."""
    if person is not None and person.number in session.seated:
        raise RuleError(f"{person.alias} is in {session.reference} already.", "participant")
    if len(session.seated) >= session.capacity:
        seats = f"{len(session.seated)} of {session.capacity} seats"
        raise RuleError(f"{session.reference} is full ({seats}). Pick another time.", "when")


def engagement(taken: Sequence[Taken], span: Span) -> str | None:
    """The reference of the first interview that takes any of the span."""
    return first_overlap(span, sorted(taken, key=lambda each: each[0].start)) if taken else None


def status_warnings(study: StudyFacts) -> list[str]:
    """A study that is not active takes no bookings by itself."""
    return [] if study.status is StudyStatus.ACTIVE else [f"{study.key} is {study.status.label.lower()}."]


def limit_warnings(study: StudyFacts) -> list[str]:
    """A study takes as many participants as its limit says."""
    if study.limit is None or study.seats_taken < study.limit:
        return []
    return [f"{study.key} is fully booked: {study.seats_taken} of {study.limit} seats used."]


def quota_warnings(study: StudyFacts, people: Iterable[PersonFacts]) -> list[str]:
    """A quota takes as many who match it as it says."""
    full = [meter for person in people if (meter := full_for(study.meters, person.properties)) is not None]
    return [f"A quota of {study.key} is full: {meter.text}." for meter in full]


def standing_warnings(hosts: Sequence[HostFacts], people: Sequence[PersonFacts], zone: str) -> tuple[str, ...]:
    """What is bypassed at whatever time these people meet. `zone` is the reader's."""
    calendars = [warning for host in hosts for warning in calendar_warnings(host)]
    return (*calendars, *(warning for person in people for warning in contact_warnings(person, zone)))


def time_warnings(
    hosts: Sequence[HostFacts], people: Sequence[PersonFacts], span: Span, now: datetime, zone: str
) -> tuple[str, ...]:
    """What is bypassed because these people meet then. `zone` is the reader's."""
    warnings = notice_warnings(span, now)
    for host in hosts:
        warnings += [*busy_warnings(host, span), *hours_warnings(host, span)]
    for person in people:
        warnings += same_day_warnings(person, span, zone)
    return tuple(warnings)


def calendar_warnings(host: HostFacts) -> list[str]:
    """A host has a calendar that Callsheet reads."""
    if host.calendar is None:
        return [f"{host.name} has no connected calendar: no calendar invitation goes out."]
    if host.calendar.problem:
        return [f"{host.name}'s calendar can't be read: {host.calendar.problem}"]
    return []


def contact_warnings(person: PersonFacts, zone: str) -> list[str]:
    """Whom not to contact, or who is to rest for a while, is not asked; who gets no mail is told otherwise."""
    bounced = [f"{person.alias} has an address that bounced: no mail reaches them."] if person.has_bounced else []
    if person.contact is ContactStatus.DO_NOT_CONTACT:
        reason = f": {person.do_not_contact_reason}" if person.do_not_contact_reason else ""
        return [f"{person.alias} is marked {person.contact.value}{reason.rstrip('.')}.", *bounced]
    if person.contact is ContactStatus.IN_COOLDOWN and person.cooldown_until is not None:
        until = spelled(local(person.cooldown_until, zone))
        return [f"{person.alias} is marked {person.contact.value} until {until}.", *bounced]
    return bounced


def notice_warnings(span: Span, now: datetime) -> list[str]:
    """A session is known four hours before it begins."""
    hours = int(NOTICE.total_seconds() // 3600)
    return [f"It starts in less than {hours} hours."] if span.start - now < NOTICE else []


def busy_warnings(host: HostFacts, span: Span) -> list[str]:
    """A host has nothing else in their calendar. One that can't be read says nothing."""
    is_known = host.calendar is not None and not host.calendar.problem
    return [f"{host.name}'s calendar is busy then."] if is_known and host.is_busy(span) else []


def hours_warnings(host: HostFacts, span: Span) -> list[str]:
    """A host works from 09:00 to 18:00 in their own zone, and not at the weekend."""
    begins, ends = local(span.start, host.time_zone), local(span.end, host.time_zone)
    place = host.time_zone.replace("_", " ")
    hours = working_hours(begins.date(), host.time_zone)
    if hours is None:
        return [f"It is a {begins:%A} for {host.name} ({place})."]
    if hours.start <= span.start and span.end <= hours.end:
        return []
    return [f"It is {begins:%H:%M}–{ends:%H:%M} for {host.name} ({place}): outside working hours."]


def same_day_warnings(person: PersonFacts, span: Span, zone: str) -> list[str]:
    """A participant has one session on one day of theirs; of somebody whose zone is not known, of the reader's."""
    day = days_around(span, person.time_zone or zone)
    others = [each for each in person.taken if each[0].overlaps(day)]
    if not others:
        return []
    taken, reference = min(others, key=lambda each: each[0].start)
    return [f"{person.alias} has {reference} the same day, at {local(taken.start, zone):%H:%M}."]
