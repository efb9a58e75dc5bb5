"""One person who is there twice: who stays, what comes over, and what wins where the two differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.errors import RuleError
from domain.participant import LEFT, ParticipantStatus
from domain.person import Person

S = ParticipantStatus

FURTHER: tuple[frozenset[ParticipantStatus], ...] = (
    frozenset({S.NOT_ELIGIBLE, S.HARD_BOUNCED, S.SOFT_BOUNCED, S.CANCELED}),
    frozenset({S.NOT_CONTACTED}),
    frozenset({S.STUDY_INVITED}),
    frozenset({S.SCREENER_STARTED}),
    frozenset({S.SCREENER_COMPLETED}),
    frozenset({S.SCREENER_NOT_QUALIFIED, S.SCREENER_QUALIFIED}),
    frozenset({S.INTERVIEW_INVITED, S.TEST_INVITED}),
    frozenset({S.TEST_STARTED, S.SURVEY_STARTED}),
    frozenset({S.INTERVIEW_CANCELED, S.NO_SHOWED}),
    frozenset({S.INTERVIEW_COMPLETED, S.TEST_COMPLETED, S.SURVEY_COMPLETED}),
    frozenset({S.INTERVIEW_SCHEDULED}),
    frozenset({S.INCENTIVE_NOT_SENT}),
    frozenset({S.INCENTIVE_SENT}),
    frozenset({S.INCENTIVE_CLAIMED}),
)
"""How far somebody has come in a study, the least far first. Who has opted out has come as far as they were before."""

FIELDS = {"email": "Address", "name": "Name", "phone": "Phone", "time_zone": "Time zone"}
"""What of two people can differ so that somebody has to choose, and how it is labelled."""


def far(status: ParticipantStatus, before: ParticipantStatus | None) -> int:
    """How far somebody has come who stands there, and stood `before`."""
    standing = before if status is S.OPTED_OUT else status
    return next((place for place, those in enumerate(FURTHER) if standing in those), 0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one of the two stands in a study. `ahead` are the references of what they have booked there."""

    enrolment_id: int
    study_id: int
    study_key: str
    status: ParticipantStatus
    before: ParticipantStatus | None
    ahead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """A study in which both are: the place of the one who stays, and that of the one who goes."""

    own: Place
    other: Place

    @property
    def is_other_kept(self) -> bool:
        """Whether the one who goes has come further there: their place is kept."""
        return far(self.other.status, self.other.before) > far(self.own.status, self.own.before)

    @property
    def kept(self) -> Place:
        return self.other if self.is_other_kept else self.own

    @property
    def given_up(self) -> Place:
        return self.own if self.is_other_kept else self.other

    @property
    def moved_by(self) -> tuple[str, ...]:
        """The sessions ahead that come over and make the place that is kept Interview Scheduled."""
        return () if self.kept.status in LEFT | {S.INTERVIEW_SCHEDULED} else self.given_up.ahead


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one of the two, as far as it matters here. Instants are aware UTC.

    `bounced_at` and `soft_bounced_at` are about the address.
    """

    email: str
    name: str
    phone: str | None
    time_zone: str | None
    properties: Mapping[str, str]
    bounced_at: datetime | None = None
    soft_bounced_at: datetime | None = None
    blocklisted_at: datetime | None = None
    blocklist_reason: str | None = None
    opted_out_at: datetime | None = None
    do_not_contact_reason: str | None = None
    cooldown_until: datetime | None = None

    def text(self, field: str) -> str:
        return str(getattr(self, field) or "")


def conflicts(own: Known, other: Known) -> tuple[str, ...]:
    """The fields in which both say something, and not the same."""
    return tuple(name for name in FIELDS if own.text(name) and other.text(name) and own.text(name) != other.text(name))


def property_conflicts(own: Known, other: Known) -> tuple[str, ...]:
    """The properties of which both say something, and not the same: those of the one who stays win."""
    both = own.properties.keys() & other.properties.keys()
    return tuple(sorted(name for name in both if own.properties[name] != other.properties[name]))


def standard_choice(own: Known, other: Known) -> frozenset[str]:
    """The fields that are taken from the one who goes unless somebody chooses: an address that works wins."""
    return frozenset({"email"}) if own.bounced_at is not None and other.bounced_at is None else frozenset()


def merged(own: Known, other: Known, taken: frozenset[str]) -> Known:
    """What is known of the one person then. The fields in `taken` are those of the one who goes.

    Else what is known stays, and what is missing comes over. What keeps somebody from being contacted stays: the worse
    wins.
    """

    def chosen(field: str) -> str:
        first, second = (other, own) if field in taken else (own, other)
        return first.text(field) or second.text(field)

    addressed = other if "email" in taken else own
    blocked = own if own.blocklisted_at is not None else other
    return Known(
        email=addressed.email,
        name=chosen("name"),
        phone=chosen("phone") or None,
        time_zone=chosen("time_zone") or None,
        properties={**other.properties, **own.properties},
        bounced_at=addressed.bounced_at,
        soft_bounced_at=addressed.soft_bounced_at,
        blocklisted_at=min(filter(None, (own.blocklisted_at, other.blocklisted_at)), default=None),
        blocklist_reason=blocked.blocklist_reason,
        opted_out_at=min(filter(None, (own.opted_out_at, other.opted_out_at)), default=None),
        do_not_contact_reason=own.do_not_contact_reason or other.do_not_contact_reason,
        cooldown_until=max(filter(None, (own.cooldown_until, other.cooldown_until)), default=None),
    )


@dataclass(frozen=True, slots=True)
class Merging:
    """Two people who are one: who stays and who goes, with what is known of each.

    `meetings` are the studies in which both are, `places` those of the other one in which only they are. `comes_over`
    says how many of what move. `overlaps` are pairs of sessions ahead that meet in time.
    """

    stays: Person
    goes: Person
    own: Known
    other: Known
    meetings: tuple[Meeting, ...]
    places: tuple[Place, ...]
    own_ahead: tuple[str, ...]
    comes_over: tuple[tuple[str, int], ...] = ()
    overlaps: tuple[tuple[str, str], ...] = ()

    @property
    def ahead(self) -> tuple[str, ...]:
        """All sessions that either has ahead."""
        others = (*self.places, *(meeting.other for meeting in self.meetings))
        return tuple(dict.fromkeys((*self.own_ahead, *(reference for place in others for reference in place.ahead))))


def check(found: Merging) -> None:
    """Raise RuleError for what can't be one person's without somebody's decision, and says what to do first."""
    for meeting in found.meetings:
        if meeting.own.ahead and meeting.other.ahead:
            theirs = tuple(dict.fromkeys((*meeting.own.ahead, *meeting.other.ahead)))
            raise RuleError(
                f"{found.stays.alias} and {found.goes.alias} both have a session ahead in {meeting.own.study_key}: "
                f"{' and '.join(theirs)}. Cancel one of the two first."
            )
    if (found.own.opted_out_at or found.other.opted_out_at) and found.ahead:
        who = found.stays if found.own.opted_out_at is not None else found.goes
        raise RuleError(
            f"{who.alias} has opted out, so the one person has too; but there is a session ahead: "
            f"{', '.join(found.ahead)}. Cancel it first."
        )
