"""What people in a study of any type may do, and their mails, by the real services, to be driven by Hypothesis."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy.orm import Session

from bot.services import (
    bounces,
    eligibility,
    invitations,
    joining,
    links,
    opting_out,
    participants,
    record,
    reviews,
    screening,
    statuses,
)
from bot.services.participants import NewParticipant
from bot.services.screening import Entered
from bot.services.statuses import Why
from domain.errors import RuleError
from domain.invitation import ways
from domain.mail import MailKind
from domain.participant import COMPLETED, CONTACTABLE, UNASKED, Cause, ParticipantStatus
from domain.person import LinkPurpose
from domain.screener import Verdict
from storage.models import Enrolment, Participant, Study
from storage.participants import Profile
from storage.sent_mails import Handed
from tests.conftest import NOW
from tests.services import machine_checks as checks
from tests.services.machine_stage import SHARE, Scene, email_of
from tests.services.screening_desk import FIRST, FITS, MIDDLING

S = ParticipantStatus
PEOPLE = ("anouk", "bertil", "cemre")
PAID_FROM = {
    Cause.PAID: COMPLETED | {S.INCENTIVE_NOT_SENT},
    Cause.CLAIMED: {S.INCENTIVE_SENT},
    Cause.PAYMENT_CANCELED: {S.INCENTIVE_SENT},
}
PAYS = {Cause.PAID: S.INCENTIVE_SENT, Cause.CLAIMED: S.INCENTIVE_CLAIMED, Cause.PAYMENT_CANCELED: S.INCENTIVE_NOT_SENT}
ANSWERS = {"fits": (FIRST, FITS), "middling": (FIRST, MIDDLING), "does not": ({0: ("Buyer",), 1: ("no",)}, {})}
URL = "https://callsheet.example"
PLACE = sa.select(Enrolment).where(
    Enrolment.study_id == sa.bindparam("study"), Enrolment.participant_id == sa.bindparam("person")
)

ways_in = st.sampled_from(["invited", "paid", "done", "begins", "answers", "waits", "paid"])
someone = st.sampled_from(PEOPLE)
pick = st.integers(0, 30)
codes = st.sampled_from(["5.1.1", "4.4.1", "4.2.2"])


def some(*there: ParticipantStatus) -> Callable[[Any], Any]:
    """The rule needs somebody who stands there."""
    return precondition(lambda self: bool(self.those(*there)))


class People(RuleBasedStateMachine):
    """A study of one type with a screener, three people, a clock, and another study that has invited two of them."""

    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.curtain = self.scene.stage.connection.begin_nested()
        self.world, self.study_id, self.study_type = self.scene.world, self.scene.study_id, self.scene.study_type
        self.now: datetime = NOW
        self.mails = itertools.count(1)
        self.emails = {name: email_of(name) for name in PEOPLE}
        self.ids = dict(self.scene.ids)
        self.seen = self.look(0)
        self.before: checks.Seen | None = None
        self.is_stale = self.is_swept = False
        self.last_mail = max((mail.id for mail in self.seen.mails), default=0)

    def teardown(self) -> None:
        """Nothing has happened."""
        self.curtain.rollback()

    @initialize(way=ways_in, has_incentive=st.sampled_from((True, True, True, False)))
    def begin(self, way: str, has_incentive: bool) -> None:
        self.has_incentive = has_incentive
        if not has_incentive:
            self.attempt(lambda s: setattr(s.get_one(Study, self.study_id), "incentive_amount_minor", None))
        self.goes(PEOPLE[0], way)

    def attempt(self, act: Callable[[Session], object]) -> object | None:
        """Do it in a unit of work, or be refused: then nothing has changed."""
        try:
            with self.scene.stage.unit_of_work() as session:
                done = act(session)
        except RuleError:
            return None
        self.is_stale, self.is_swept = True, False
        return done

    def on(self, name: str, act: Callable[[Session, Enrolment], object]) -> object | None:
        """Do it to somebody in the study, if they are in it."""

        def found(session: Session) -> object | None:
            enrolment = session.scalars(PLACE, {"study": self.study_id, "person": self.ids.get(name)}).first()
            return None if enrolment is None else act(session, enrolment)

        return self.attempt(found)

    def those(self, *there: ParticipantStatus) -> list[str]:
        """The names of those who stood there when it was last looked."""
        where = {one.participant_id: one.status for one in self.seen.enrolments}
        return [name for name, id_ in self.ids.items() if where.get(id_) in there]

    def one(self, which: int, *there: ParticipantStatus) -> str:
        names = self.those(*there)
        return names[which % len(names)]

    def person(self, name: str) -> Participant:
        """Somebody as they were when it was last looked."""
        return self.seen.people[self.ids[name]]

    def in_reach(self) -> list[str]:
        return [name for name in self.those(*S) if self.person(name).opted_out_at is None]

    def token(self, session: Session, enrolment: Enrolment, purpose: LinkPurpose) -> str:
        return links.issue_for(session, enrolment.id, purpose, self.now)

    @rule(name=someone, way=ways_in)
    def goes(self, name: str, way: str) -> None:
        """Somebody comes as far as people mostly do."""
        self.add(name)
        if way in ("invited", "begins", "done", "paid"):
            self.invite(name, which=1)
        elif way == "answers":
            self.answer_the_screener(name, "fits")
        elif way == "waits":
            self.wait_for_a_review(name, is_changed=False)
        if way in ("begins", "done", "paid"):
            self.takes_part(name, is_done=way != "begins")
        if way == "paid":
            self.pay(name, Cause.PAID)

    def takes_part(self, name: str, *, is_done: bool) -> None:
        """Somebody does what the study is about, or begins to."""
        raise NotImplementedError

    @precondition(lambda self: self.outside())
    @rule(which=pick)
    def somebody_is_added(self, which: int) -> None:
        self.add(self.outside()[which % len(self.outside())])

    def outside(self) -> list[str]:
        """Who is not in the study, or not any more."""
        inside = set(self.those(*S))
        return [name for name in PEOPLE if name not in inside or self.person(name).erased_at is not None]

    def add(self, name: str) -> None:
        def added(session: Session) -> None:
            study = participants.choose_study(session, self.world.researcher, "TRY")
            new = NewParticipant(Profile(self.emails[name], name), study)
            self.ids[name] = participants.add(session, self.world.researcher, new, self.now).participant_id

        if name in self.outside():
            self.attempt(added)

    @rule(name=someone, has_mail=st.booleans())
    def come_by_the_share_link(self, name: str, has_mail: bool) -> None:
        form = joining.Form(name, "Lindqvist", self.emails[name])

        def joined(session: Session) -> None:
            joining.join(session, SHARE, form, self.now, has_mail=has_mail)
            session.flush()
            person = joining.known(session, self.world.workspace_id, form.email)
            if person is not None:
                self.ids[name] = person.id

        self.attempt(joined)

    @some(*CONTACTABLE)
    @rule(who=pick, which=st.integers(0, 1))
    def invite_somebody(self, who: int, which: int) -> None:
        self.invite(self.one(who, *CONTACTABLE), which)

    def invite(self, name: str, which: int) -> None:
        mail = ways(self.study_type, has_screener=True)[which]
        by = record.by(self.world.researcher, self.now)

        def invited(session: Session, enrolment: Enrolment) -> None:
            if invitations.may_still_invite(session, enrolment, self.now, mail) is None:
                study = session.get_one(Study, self.study_id)
                invitations.mail_to(session, study, [enrolment.id], invitations.Letter(mail), by)

        self.on(name, invited)

    @some(*UNASKED, S.SCREENER_STARTED)
    @rule(who=pick, how=st.sampled_from(["opens", *ANSWERS]))
    def answer(self, who: int, how: str) -> None:
        self.answer_the_screener(self.one(who, *UNASKED, S.SCREENER_STARTED), how)

    def answer_the_screener(self, name: str, how: str) -> None:
        first, last = ANSWERS.get(how, (FIRST, FITS))

        def answered(session: Session, one: Enrolment) -> None:
            token = self.token(session, one, LinkPurpose.SCREENER)
            screening.save(session, token, Entered(1, 1, first), self.now)
            if how != "opens":
                screening.save(session, token, Entered(1, 2, last), self.now, is_last=True)

        self.on(name, answered)

    @some(*UNASKED)
    @rule(who=pick, is_changed=st.booleans())
    def answer_and_wait(self, who: int, is_changed: bool) -> None:
        self.wait_for_a_review(self.one(who, *UNASKED), is_changed)

    def wait_for_a_review(self, name: str, is_changed: bool) -> None:
        """Answer so that somebody has to decide, who may change their mind afterwards."""
        self.answer_the_screener(name, "middling")
        self.review(name, is_fit=True, is_invited=True)
        if is_changed:
            self.review(name, is_fit=False, is_invited=False)

    def review(self, name: str, is_fit: bool, is_invited: bool) -> None:
        verdict = Verdict.QUALIFIED if is_fit else Verdict.NOT_QUALIFIED
        who = self.world.researcher
        self.on(name, lambda s, one: reviews.decide(s, who, one.id, verdict, "Seen again", self.now))
        if is_fit and is_invited:
            self.on(name, lambda s, one: reviews.invite(s, who, one.id, URL, self.now, has_mail=True))

    def pay(self, name: str, cause: Cause) -> None:
        """As what pays will, which is still to come: it counts where something is to be sent, or is out, only."""

        def paid(session: Session, enrolment: Enrolment) -> None:
            (found,) = statuses.lock(session, [enrolment.id])
            can = {each for each, to in PAYS.items() if statuses.possible(session, [(found, to)], each)}
            assert can == {each for each, where in PAID_FROM.items() if found.status in where}, found.status
            if cause in can:
                statuses.move(session, [(found, PAYS[cause])], Why(cause, record.by_callsheet(self.now)))

        if self.has_incentive:
            self.on(name, paid)

    @precondition(lambda self: self.in_reach())
    @rule(which=pick)
    def opt_out(self, which: int) -> None:
        """Somebody has enough of it: who has a session ahead most likely."""
        names = self.in_reach()
        booked = [name for name in names if self.seen.is_booked(self.ids[name])]
        name = (booked or names)[which % len(booked or names)]
        self.on(name, lambda s, one: opting_out.opt_out(s, self.token(s, one, LinkPurpose.UNSUBSCRIBE), self.now))

    @some(*S)
    @rule(name=someone, code=codes)
    def some_mail_comes_back(self, name: str, code: str) -> None:
        self.mail_comes_back(name, code)

    def mail_comes_back(self, name: str, code: str) -> None:
        kind = MailKind.SCREENER_INVITATION
        self.on(name, lambda s, one: bounces.refused(s, self.handed(one, kind), code, "no", self.now))

    @some(S.SOFT_BOUNCED)
    @rule(who=pick, which=st.integers(0, 1))
    def mail_arrives(self, who: int, which: int) -> None:
        mail = ways(self.study_type, has_screener=True)[which]
        name = self.one(who, S.SOFT_BOUNCED)
        self.on(name, lambda s, one: bounces.delivered(s, self.handed(one, mail), self.now))

    def handed(self, enrolment: Enrolment, kind: MailKind) -> Handed:
        id_ = f"{self.world.workspace_id}.{next(self.mails)}@test"
        return Handed(id_, kind, self.world.workspace_id, enrolment.participant_id, enrolment.id)

    @precondition(lambda self: not self.is_swept)
    @rule()
    def look_at_everybody(self) -> None:
        """As the sweep does, for who is Not Eligible."""
        ids = sorted(self.seen.people)
        self.attempt(lambda s: eligibility.follow(s, self.world.workspace_id, ids, self.now))
        self.is_swept = True

    @rule()
    def a_day_passes(self) -> None:
        """The simplest rule: the first example is made of it alone, and costs nothing."""
        self.now += timedelta(hours=30)
        self.is_swept = False

    @rule(by=st.sampled_from([timedelta(minutes=15), timedelta(hours=1)]))
    def time_passes(self, by: timedelta) -> None:
        self.now += by
        self.is_swept = False

    def look(self, after: int) -> checks.Seen:
        with self.scene.stage.reading() as session:
            return checks.look(session, self.world.workspace_id, self.study_id, after)

    @invariant()
    def everything_agrees(self) -> None:
        if not self.is_stale:
            return
        self.before, self.seen, self.is_stale = self.seen, self.look(self.last_mail), False
        if self.is_swept:
            with self.scene.stage.reading() as session:
                checks.check_rules(session, self.seen, self.now)
        self.last_mail = max((mail.id for mail in self.seen.mails), default=self.last_mail)
        checks.check(self.before, self.seen)
