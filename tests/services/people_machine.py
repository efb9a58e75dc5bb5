"""What may happen to people in a study of any type, by the real services, to be driven by Hypothesis."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.orm import Session

from bot.services import (
    addresses,
    blocklist,
    bounces,
    eligibility,
    erasing,
    governance,
    invitations,
    joining,
    links,
    merging,
    opting_out,
    overrides,
    participants,
    record,
    reviews,
    screening,
    status_changes,
    statuses,
)
from bot.services.participants import NewParticipant
from bot.services.screening import Entered
from bot.services.status_changes import Choice, OneChange
from bot.services.statuses import Why
from domain.contact_rules import Rule, RuleKind
from domain.errors import RuleError
from domain.invitation import ways
from domain.mail import MailKind
from domain.participant import Cause, ParticipantStatus, changes_by_hand
from domain.person import LinkPurpose, alias
from domain.screener import Verdict
from domain.study import StudyType
from storage import screeners
from storage.engine import Database
from storage.models import BulkChange, Enrolment, Participant, Study
from storage.participants import Profile
from storage.sent_mails import Handed
from tests.builders import World
from tests.conftest import NOW
from tests.services import machine_checks as checks
from tests.services.screening_desk import FIRST, FITS, MIDDLING, SCREENER

S = ParticipantStatus
PEOPLE = ("ana", "ben", "cem")
SENT = {Cause.PAID: S.INCENTIVE_SENT, Cause.CLAIMED: S.INCENTIVE_CLAIMED, Cause.PAYMENT_CANCELED: S.INCENTIVE_NOT_SENT}
ANSWERS = {"fits": (FIRST, FITS), "middling": (FIRST, MIDDLING), "does not": ({0: ("Buyer",), 1: ("no",)}, {})}
LINK, URL = "share-%06d", "https://callsheet.example"
COOLDOWN = Rule(RuleKind.COOLDOWN_AFTER_INVITATION, period_days=2)
numbers = itertools.count(1)

ways_in = st.sampled_from(["invited", "answers", "waits", "begins", "done"])

someone = st.sampled_from(PEOPLE)
pick = st.integers(0, 30)
seldom = st.sampled_from((False, False, False, True))


class People(RuleBasedStateMachine):
    """A study of one type with a screener, three people, a clock, and another study that invites two of them."""

    database: Database
    study_type: StudyType

    @initialize(first=ways_in, second=ways_in, has_incentive=st.booleans())
    def begin(self, first: str, second: str, has_incentive: bool) -> None:
        self.has_incentive = has_incentive
        number = next(numbers)
        self.now: datetime = NOW
        self.world = World.build(self.database, NOW, slack_team=f"T{number:06}")
        values: dict[str, object] = {"share_token": LINK % number, "is_immediate": True}
        if self.has_incentive:
            values |= {"incentive_amount_minor": 5000, "incentive_currency": "EUR"}
        if self.study_type is StudyType.GROUP_INTERVIEW:
            values |= {"capacity": 2}
        if not self.study_type.has_interviews:
            values |= {"task_url": "https://tool.example/{{ token }}"}
        self.study_id = self.world.study("TRY", "Try", type=self.study_type, **values).id
        self.other_id = self.world.study("OTH", "Other").id
        self.share_token = LINK % number
        self.mails = itertools.count(1)
        self.emails = {name: f"{name}@example.com" for name in PEOPLE}
        self.ids: dict[str, int] = {}
        self.is_swept = False
        self.seen: checks.Seen | None = None
        self.before: checks.Seen | None = None
        self.last_mail = 0
        self.attempt(lambda s: screeners.publish(s, self.study_id, SCREENER, "Lena", NOW))
        for name in PEOPLE[:2]:
            self.add(name)
        self.attempt(self.invite_elsewhere)
        for name, way in zip(PEOPLE, (first, second), strict=False):
            self.goes(name, way)

    def invite_elsewhere(self, session: Session) -> None:
        by = record.by(self.world.researcher, self.now)
        places = {(self.other_id, id_): S.NOT_CONTACTED for id_ in self.ids.values()}
        ids = statuses.enrol(session, places, Why(Cause.ADDED, by))
        statuses.invited(session, ids.values(), Why(Cause.SCHEDULER, by))

    def attempt(self, act: Callable[[Session], object]) -> object | None:
        """Do it in a unit of work, or be refused."""
        if self.seen is not None:
            self.before, self.seen = self.seen, None
        self.is_swept = False
        try:
            with self.database.unit_of_work() as session:
                return act(session)
        except RuleError:
            return None

    def on(self, name: str, act: Callable[[Session, Enrolment], object]) -> object | None:
        """Do it to somebody in the study, if they are in it."""

        def found(session: Session) -> object | None:
            enrolment = session.scalar(
                sa.select(Enrolment).where(
                    Enrolment.study_id == self.study_id, Enrolment.participant_id == self.ids.get(name)
                )
            )
            return None if enrolment is None else act(session, enrolment)

        return self.attempt(found)

    def token(self, session: Session, enrolment: Enrolment, purpose: LinkPurpose) -> str:
        return links.issue_for(session, enrolment.id, purpose, self.now)

    @rule(name=someone, way=ways_in)
    def goes(self, name: str, way: str) -> None:
        """Somebody comes as far as people mostly do."""
        self.add(name)
        if way in ("invited", "begins", "done"):
            self.invite(name, which=1)
        elif way == "answers":
            self.answer_the_screener(name, "fits")
        elif way == "waits":
            self.wait_for_a_review(name, is_changed=False)
        if way in ("begins", "done"):
            self.takes_part(name, is_done=way == "done")

    def takes_part(self, name: str, *, is_done: bool) -> None:
        """Somebody does what the study is about, or begins to."""
        raise NotImplementedError

    @rule(name=someone)
    def add(self, name: str) -> None:
        def added(session: Session) -> object:
            study = participants.choose_study(session, self.world.researcher, "TRY")
            new = NewParticipant(Profile(self.emails[name], name), study)
            self.ids[name] = participants.add(session, self.world.researcher, new, self.now).participant_id
            return None

        self.attempt(added)

    @rule(name=someone, has_mail=st.booleans())
    def come_by_the_share_link(self, name: str, has_mail: bool) -> None:
        form = joining.Form(name, "Lindqvist", self.emails[name])

        def joined(session: Session) -> object:
            joining.join(session, self.share_token, form, self.now, has_mail=has_mail)
            session.flush()
            person = joining.known(session, self.world.workspace_id, form.email)
            if person is not None:
                self.ids[name] = person.id
            return None

        self.attempt(joined)

    @rule(name=someone, which=st.integers(0, 1))
    def invite(self, name: str, which: int) -> None:
        mail = ways(self.study_type, has_screener=True)[which]
        by = record.by(self.world.researcher, self.now)

        def invited(session: Session, enrolment: Enrolment) -> None:
            if invitations.may_still_invite(session, enrolment, self.now, mail) is None:
                study = session.get_one(Study, self.study_id)
                invitations.mail_to(session, study, [enrolment.id], invitations.Letter(mail), by)

        self.on(name, invited)

    @rule(name=someone, how=st.sampled_from(["opens", *ANSWERS]))
    def answer_the_screener(self, name: str, how: str) -> None:
        first, last = ANSWERS.get(how, (FIRST, FITS))
        for page, (entered, is_last) in enumerate(((first, False), (last, True)), start=1):
            if how == "opens" and is_last:
                break

            what = Entered(1, page, entered)
            self.on(name, partial(self.save, what=what, is_last=is_last))

    def save(self, session: Session, one: Enrolment, what: Entered, *, is_last: bool) -> None:
        screening.save(session, self.token(session, one, LinkPurpose.SCREENER), what, self.now, is_last=is_last)

    @rule(name=someone, is_fit=st.booleans(), is_invited=st.booleans())
    def review(self, name: str, is_fit: bool, is_invited: bool) -> None:
        verdict = Verdict.QUALIFIED if is_fit else Verdict.NOT_QUALIFIED
        who = self.world.researcher
        self.on(name, lambda s, one: reviews.decide(s, who, one.id, verdict, "Seen again", self.now))
        if is_fit and is_invited:
            self.on(name, lambda s, one: reviews.invite(s, who, one.id, URL, self.now, has_mail=True))

    @rule(name=someone, is_changed=st.booleans())
    def wait_for_a_review(self, name: str, is_changed: bool) -> None:
        """Answer so that somebody has to decide, who may change their mind afterwards."""
        self.answer_the_screener(name, "middling")
        self.review(name, is_fit=True, is_invited=True)
        if is_changed:
            self.review(name, is_fit=False, is_invited=False)

    @rule(name=someone, cause=st.sampled_from(list(SENT)))
    def pay(self, name: str, cause: Cause) -> None:
        """As what pays will, which is still to come."""

        def paid(session: Session, enrolment: Enrolment) -> None:
            (found,) = statuses.lock(session, [enrolment.id])
            statuses.move(session, [(found, SENT[cause])], Why(cause, record.by_callsheet(self.now)))

        if self.has_incentive:
            self.on(name, paid)

    @rule(name=someone)
    def opt_out(self, name: str) -> None:
        self.on(
            name,
            lambda s, one: opting_out.opt_out(s, self.token(s, one, LinkPurpose.UNSUBSCRIBE), self.now),
        )

    @rule(name=someone, kind=st.sampled_from(list(MailKind)[:2]), code=st.sampled_from(["5.1.1", "4.4.1", "4.2.2"]))
    def mail_comes_back(self, name: str, kind: MailKind, code: str) -> None:
        self.on(name, lambda s, one: bounces.refused(s, self.handed(one, kind), code, "no", self.now))

    @rule(name=someone, which=st.integers(0, 1))
    def mail_arrives(self, name: str, which: int) -> None:
        mail = ways(self.study_type, has_screener=True)[which]
        self.on(name, lambda s, one: bounces.delivered(s, self.handed(one, mail), self.now))

    def handed(self, enrolment: Enrolment, kind: MailKind) -> Handed:
        id_ = f"{self.world.workspace_id}.{next(self.mails)}@test"
        return Handed(id_, kind, self.world.workspace_id, enrolment.participant_id, enrolment.id)

    @rule(name=someone, keeps_old=st.booleans())
    def correct_the_address(self, name: str, keeps_old: bool) -> None:
        email = f"{name}{next(self.mails)}@example.com"

        def corrected(session: Session, enrolment: Enrolment) -> None:
            person = session.get_one(Participant, enrolment.participant_id)
            wanted = addresses.Correction(email, keeps_old)
            addresses.correct(session, self.world.admin, alias(person.number), wanted, self.now)
            self.emails[name] = email

        self.on(name, corrected)

    @rule(name=someone, what=st.sampled_from(["block", "unblock", "leave", "again", "cool", "override", "end", "end"]))
    def decide_about_contact(self, name: str, what: str) -> None:
        by, now = self.world.admin, self.now
        acts: dict[str, Callable[[Session, Enrolment], object]] = {
            "block": lambda s, one: blocklist.block(s, by, one.participant_id, "Rude", now),
            "unblock": lambda s, one: blocklist.unblock(s, by, one.participant_id, "Was somebody else", now),
            "leave": lambda s, one: overrides.do_not_contact(s, by, one.participant_id, "Asked us", now),
            "again": lambda s, one: overrides.may_contact_again(s, by, one.participant_id, now),
            "cool": lambda s, one: overrides.cool_down(s, by, one.participant_id, now.date(), now),
            "override": lambda s, one: overrides.override(s, by, one.id, "Needed", now),
            "end": lambda s, one: overrides.end_override(s, by, one.id, now),
        }
        self.on(name, acts[what])
        self.look_at_everybody()

    @rule(is_on=st.booleans())
    def change_the_rules(self, is_on: bool) -> None:
        def changed(session: Session) -> None:
            present = governance.listing(session, self.world.admin).rules
            if is_on and not present:
                governance.add_rule(session, self.world.admin, COOLDOWN, self.now)
            elif not is_on and present:
                governance.remove_rule(session, self.world.admin, present[0].id, self.now)

        self.attempt(changed)
        self.look_at_everybody()

    @rule()
    def look_at_everybody(self) -> None:
        everybody = sa.select(Participant.id).where(Participant.workspace_id == self.world.workspace_id)

        def followed(session: Session) -> None:
            ids = session.scalars(everybody.order_by(Participant.id)).all()
            eligibility.follow(session, self.world.workspace_id, ids, self.now)

        self.attempt(followed)
        self.is_swept = True

    @rule(name=someone, wanted=pick)
    def change_by_hand(self, name: str, wanted: int) -> None:
        def changed(session: Session, enrolment: Enrolment) -> None:
            possible = changes_by_hand(enrolment.status, self.study_type, enrolment.status_before)
            to = possible[wanted % len(possible)] if possible else S.INCENTIVE_SENT
            change = OneChange(enrolment.id, enrolment.status, to, "")
            status_changes.change(session, self.world.researcher, change, self.now)

        self.on(name, changed)

    @rule(to=st.sampled_from([None, S.CANCELED, *S]))
    def change_all_by_hand(self, to: ParticipantStatus | None) -> None:
        def changed(session: Session) -> None:
            ids = session.scalars(sa.select(Enrolment.id).where(Enrolment.study_id == self.study_id)).all()
            choice = Choice(self.study_id, to, enrolment_ids=tuple(ids))
            begun = status_changes.begin(session, self.world.researcher, choice, self.now)
            status_changes.review(session, self.world.researcher, begun.bulk_id, self.now)
            status_changes.make(session, self.world.researcher, begun.bulk_id, self.now)

        self.attempt(changed)

    @rule(name=someone)
    def remove_and_restore(self, name: str) -> None:
        def turned(session: Session, enrolment: Enrolment) -> None:
            before = enrolment.status_before if enrolment.status is S.CANCELED else S.CANCELED
            change = OneChange(enrolment.id, enrolment.status, before or S.NOT_CONTACTED, "")
            status_changes.change(session, self.world.researcher, change, self.now)

        self.on(name, turned)

    @rule()
    def undo_by_hand(self) -> None:
        def undone(session: Session) -> None:
            last = sa.select(BulkChange.id).where(BulkChange.study_id == self.study_id).order_by(BulkChange.id.desc())
            made = session.scalars(last.limit(1)).first()
            if made is not None:
                status_changes.undo(session, self.world.researcher, made, self.now)

        self.attempt(undone)

    @rule(stays=someone, goes=someone, is_so=seldom)
    def merge(self, stays: str, goes: str, is_so: bool) -> None:
        def merged(session: Session) -> None:
            called = [alias(session.get_one(Participant, self.ids[name]).number) for name in (stays, goes)]
            merging.merge(session, self.world.admin, called[0], called[1], (), self.now)
            self.ids[goes] = self.ids[stays]

        if is_so and {stays, goes} <= self.ids.keys() and self.ids[stays] != self.ids[goes]:
            self.attempt(merged)

    @rule(name=someone, is_so=seldom)
    def erase(self, name: str, is_so: bool) -> None:
        def erased(session: Session) -> None:
            person = session.get_one(Participant, self.ids[name])
            erasing.erase(session, self.world.admin, alias(person.number), self.now)

        if is_so and name in self.ids:
            self.attempt(erased)

    @rule(by=st.sampled_from([timedelta(minutes=15), timedelta(hours=1), timedelta(hours=30)]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by
        self.is_swept = False

    @invariant()
    def everything_agrees(self) -> None:
        if self.seen is not None:
            return
        with self.database.reading() as session:
            self.seen = seen = checks.look(session, self.study_id, self.last_mail)
            if self.is_swept:
                checks.check_rules(session, seen, self.now)
        self.last_mail = max((mail.id for mail in seen.mails), default=self.last_mail)
        checks.check_history(seen)
        checks.check_statuses(seen)
        checks.check_taking_part(seen)
        checks.check_invitations(seen)
        checks.check_mails(seen, self.before)
        (checks.check_sessions if self.study_type.has_interviews else checks.check_tasks)(seen)
