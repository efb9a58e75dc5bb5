"""What members may do to the people of `people_machine`: review, decide about contact, set by hand, merge, erase."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import cache

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy.orm import Session

from bot.services import (
    addresses,
    blocklist,
    erasing,
    governance,
    links,
    merging,
    overrides,
    status_changes,
)
from bot.services.status_changes import Choice, OneChange
from domain.contact_rules import Rule, RuleKind
from domain.participant import (
    BOUNCED,
    CONTACTABLE,
    REVIEWABLE,
    TOOK_PART,
    Cause,
    ParticipantStatus,
    changes_by_hand,
)
from domain.person import LinkPurpose, alias
from storage.models import Enrolment, Participant
from tests.services import machine_checks as checks
from tests.services.people_machine import PAYS, People, codes, pick, some

S = ParticipantStatus
REVIEWED = REVIEWABLE | {S.INTERVIEW_INVITED, S.TEST_INVITED}
COOLDOWN = Rule(RuleKind.COOLDOWN_AFTER_INVITATION, period_days=2)
Act = Callable[[Session, Enrolment], object]
can_be_set = cache(changes_by_hand)


class Team(People):
    """People, and who does research with them."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[int] = []
        self.has_rule = self.is_merged = self.is_erased = False

    def alias(self, name: str) -> str:
        return alias(self.person(name).number)

    @some(*REVIEWED)
    @rule(who=pick, is_fit=st.booleans(), is_invited=st.booleans())
    def review_somebody(self, who: int, is_fit: bool, is_invited: bool) -> None:
        name = self.one(who, *REVIEWED)
        is_out = name in self.those(S.SCREENER_NOT_QUALIFIED)
        self.review(name, is_out or (is_fit and name in self.those(S.SCREENER_COMPLETED)), is_invited)

    @some(*TOOK_PART, S.OPTED_OUT)
    @rule(who=pick, cause=st.sampled_from(list(PAYS)))
    def pay_somebody(self, who: int, cause: Cause) -> None:
        self.pay(self.one(who, *TOOK_PART, S.OPTED_OUT), cause)

    @some(S.INCENTIVE_SENT)
    @rule(who=pick, is_claimed=st.booleans())
    def settle_a_payment(self, who: int, is_claimed: bool) -> None:
        """It is redeemed, or cancelled; nothing of it is possible twice."""
        name = self.one(who, S.INCENTIVE_SENT)
        self.pay(name, Cause.CLAIMED if is_claimed else Cause.PAYMENT_CANCELED)
        self.pay(name, Cause.PAYMENT_CANCELED)

    @some(*CONTACTABLE)
    @rule(who=pick, keeps_old=st.booleans(), code=codes)
    def mail_comes_back_until_the_address_is_right(self, who: int, keeps_old: bool, code: str) -> None:
        name = self.one(who, *CONTACTABLE)
        self.mail_comes_back(name, code)
        self.mail_comes_back(name, "5.1.1")
        self.correct_the_address(name, keeps_old)

    @some(*S)
    @rule(who=pick, keeps_old=st.booleans())
    def correct_an_address(self, who: int, keeps_old: bool) -> None:
        """Of somebody whom mail does not reach most likely."""
        self.correct_the_address(self.one(who, *(BOUNCED if self.those(*BOUNCED) else S)), keeps_old)

    def correct_the_address(self, name: str, keeps_old: bool) -> None:
        email = f"{name}{next(self.mails)}@example.com"

        def corrected(session: Session) -> None:
            wanted = addresses.Correction(email, keeps_old)
            addresses.correct(session, self.world.admin, self.alias(name), wanted, self.now)
            self.emails[name] = email

        if self.person(name).erased_at is None:
            self.attempt(corrected)

    @some(*S)
    @rule(who=pick, which=pick)
    def decide_about_contact(self, who: int, which: int) -> None:
        """Bar somebody, or let them be contacted again; then everybody is looked at."""
        name = self.one(who, *({S.NOT_CONTACTED, S.NOT_ELIGIBLE} if self.those(S.NOT_CONTACTED, S.NOT_ELIGIBLE) else S))
        acts = self.decisions(self.person(name), is_held=name in self.those(S.NOT_ELIGIBLE))
        if acts:
            self.on(name, acts[which % len(acts)])
            self.look_at_everybody()

    def decisions(self, person: Participant, *, is_held: bool) -> list[Act]:
        """What can be decided about somebody: nothing about who was erased."""
        by, now = self.world.admin, self.now
        if person.erased_at is not None:
            return []
        is_overridden = person.id in self.seen.overridden
        choices: list[tuple[bool, Act]] = [
            (
                is_held and person.blocklisted_at is person.opted_out_at is None and not is_overridden,
                lambda s, one: overrides.override(s, by, one.id, "Needed", now),
            ),
            (is_overridden, lambda s, one: overrides.end_override(s, by, one.id, now)),
            (
                person.do_not_contact_reason is None,
                lambda s, one: overrides.do_not_contact(s, by, one.participant_id, "Asked us", now),
            ),
            (
                person.do_not_contact_reason is not None,
                lambda s, one: overrides.may_contact_again(s, by, one.participant_id, now),
            ),
            (
                person.blocklisted_at is None,
                lambda s, one: blocklist.block(s, by, one.participant_id, "Rude", now),
            ),
            (
                person.blocklisted_at is not None,
                lambda s, one: blocklist.unblock(s, by, one.participant_id, "Was somebody else", now),
            ),
            (True, lambda s, one: overrides.cool_down(s, by, one.participant_id, now.date(), now)),
        ]
        return [act for is_possible, act in choices if is_possible]

    @rule()
    def change_the_rules(self) -> None:
        """Add the rule, or take it away; then everybody is looked at."""

        def changed(session: Session) -> None:
            present = governance.listing(session, self.world.admin).rules
            if present:
                governance.remove_rule(session, self.world.admin, present[0].id, self.now)
            else:
                governance.add_rule(session, self.world.admin, COOLDOWN, self.now)

        self.attempt(changed)
        self.look_at_everybody()

    def by_hand(self, one: Enrolment) -> tuple[ParticipantStatus, ...]:
        """What somebody can be set to."""
        is_booked = self.seen.is_booked(one.participant_id)
        return can_be_set(one.status, self.study_type, one.status_before, is_booked=is_booked)

    @precondition(lambda self: any(self.by_hand(one) for one in self.seen.enrolments))
    @rule(who=pick, wanted=pick)
    def change_by_hand(self, who: int, wanted: int) -> None:
        can = [one for one in self.seen.enrolments if self.by_hand(one)]
        one = can[who % len(can)]
        change = OneChange(one.id, one.status, self.by_hand(one)[wanted % len(self.by_hand(one))], "Said so")
        made = self.attempt(lambda s: status_changes.change(s, self.world.researcher, change, self.now))
        if isinstance(made, status_changes.StatusesMade):
            self.made.append(made.bulk_id)

    @precondition(lambda self: any(self.by_hand(one) for one in self.seen.enrolments))
    @rule(wanted=pick, is_paid=st.booleans(), is_undone=st.booleans())
    def change_all_by_hand(self, wanted: int, is_paid: bool, is_undone: bool) -> None:
        """All at once; then one of them may be paid, before it is undone."""
        can = {to for one in self.seen.enrolments for to in self.by_hand(one)}
        to = [to for to in S if to in can][wanted % len(can)]

        def changed(session: Session) -> int:
            choice = Choice(self.study_id, to, "All of them", tuple(one.id for one in self.seen.enrolments))
            begun = status_changes.begin(session, self.world.researcher, choice, self.now)
            status_changes.review(session, self.world.researcher, begun.bulk_id, self.now)
            return status_changes.make(session, self.world.researcher, begun.bulk_id, self.now).bulk_id

        made = self.attempt(changed)
        if isinstance(made, int):
            self.made.append(made)
            if is_paid:
                self.pay(self.those(*S)[0], Cause.PAID)
            if is_undone:
                self.undo_by_hand()

    @precondition(lambda self: self.made)
    @rule()
    def undo_by_hand(self) -> None:
        last = self.made.pop()
        self.attempt(lambda s: status_changes.undo(s, self.world.researcher, last, self.now))

    @precondition(lambda self: not self.is_merged and self.pairs())
    @rule(which=pick)
    def merge(self, which: int) -> None:
        """Two of them turn out to be one person, whose links lead where they did."""
        stays, goes = self.pairs()[which % len(self.pairs())]
        own, other = self.person(stays), self.person(goes)

        def merged(session: Session) -> list[str]:
            at = [one.id for one in self.seen.enrolments if one.participant_id in (own.id, other.id)]
            theirs = [links.issue_for(session, id_, LinkPurpose.UNSUBSCRIBE, self.now) for id_ in at]
            merging.merge(session, self.world.admin, alias(own.number), alias(other.number), (), self.now)
            return theirs

        before = self.seen
        tokens = self.attempt(merged)
        assert isinstance(tokens, list), "nothing is in the way of it"
        self.is_merged = True
        self.ids |= {name: own.id for name, id_ in self.ids.items() if id_ == other.id}
        with self.scene.stage.reading() as session:
            checks.check_merged(session, before, own, other)
            found = {links.resolve(session, token, self.now, LinkPurpose.UNSUBSCRIBE).enrolment_id for token in tokens}
            places = sa.select(Enrolment.id).where(
                Enrolment.study_id == self.study_id, Enrolment.participant_id == own.id
            )
            assert found == set(session.scalars(places))

    def pairs(self) -> list[tuple[str, str]]:
        """Who can be merged: not two with sessions ahead, nor somebody who opted out with one who has a session."""
        known = [name for name in self.ids if self.person(name).erased_at is None]

        def can_be(one: str, other: str) -> bool:
            booked = [self.seen.is_booked(self.ids[name]) for name in (one, other)]
            is_out = any(self.person(name).opted_out_at is not None for name in (one, other))
            return self.ids[one] != self.ids[other] and not all(booked) and not (is_out and any(booked))

        return [pair for pair in itertools.permutations(known, 2) if can_be(*pair)]

    @precondition(lambda self: not self.is_erased and self.those(*S))
    @rule(who=pick)
    def erase(self, who: int) -> None:
        """Once: who has come furthest."""
        name = self.one(who, *(TOOK_PART if self.those(*TOOK_PART) else S))
        person, before = self.person(name), self.seen
        if person.erased_at is None:
            self.attempt(lambda s: erasing.erase(s, self.world.admin, alias(person.number), self.now))
            self.is_erased = True
            words = [one for one, id_ in self.ids.items() if id_ == person.id]
            with self.scene.stage.reading() as session:
                checks.check_erased(session, before, person, words)
