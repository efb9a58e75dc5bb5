"""Whether somebody may be contacted: every rule and fact, all reasons, when it ends, and rules as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import contact_rules
from domain.contact_rules import Rule, RuleKind, checked
from domain.errors import RuleError
from domain.governance import (
    SEVERITY,
    About,
    ContactFacts,
    ContactStatus,
    Facts,
    Invitation,
    NoShows,
    Participation,
    evaluate,
    suggestion,
)
from domain.study import StudyType

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
C, K = ContactStatus, RuleKind


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def took_part(*days: float, kind: StudyType = StudyType.INTERVIEW, amount: int | None = None) -> list[Participation]:
    return [Participation(ago(day), 100 + n, kind, amount, "EUR" if amount else None) for n, day in enumerate(days)]


def invited(*days: float) -> list[Invitation]:
    return [Invitation(ago(day), 100 + n) for n, day in enumerate(days)]


RULES = {
    K.MOST_INVITATIONS: Rule(K.MOST_INVITATIONS, 30, 2),
    K.MOST_PARTICIPATIONS: Rule(K.MOST_PARTICIPATIONS, 90, 2),
    K.COOLDOWN_AFTER_INVITATION: Rule(K.COOLDOWN_AFTER_INVITATION, 14),
    K.COOLDOWN_AFTER_TAKING_PART: Rule(K.COOLDOWN_AFTER_TAKING_PART, 30),
    K.INCENTIVE_CAP: Rule(K.INCENTIVE_CAP, 365, 20_000, "EUR"),
}


@pytest.mark.parametrize(
    ("kind", "facts", "status", "sentence"),
    [
        (
            K.MOST_INVITATIONS,
            Facts(invitations=invited(29, 10, 3)),
            C.DO_NOT_CONTACT,
            "was invited 3 times within 30 days; at most 2 are allowed; free again on 16 December",
        ),
        (
            K.MOST_PARTICIPATIONS,
            Facts(participations=took_part(82, 80, 60)),
            C.DO_NOT_CONTACT,
            "took part in 3 studies within 90 days; at most 2 are allowed; free again on 6 December",
        ),
        (
            K.COOLDOWN_AFTER_INVITATION,
            Facts(invitations=invited(13)),
            C.IN_COOLDOWN,
            "was invited within 14 days; free again on 27 November",
        ),
        (
            K.COOLDOWN_AFTER_TAKING_PART,
            Facts(participations=took_part(1)),
            C.IN_COOLDOWN,
            "took part in a study within 30 days; free again on 25 December",
        ),
        (
            K.INCENTIVE_CAP,
            Facts(participations=took_part(100, 50, amount=10_000)),
            C.DO_NOT_CONTACT,
            "has earned 200.00 EUR within 365 days; at most 200.00 EUR is allowed; free again on 18 August 2027",
        ),
    ],
)
def test_each_rule_says_what_bars_somebody_and_until_when(
    kind: RuleKind, facts: Facts, status: ContactStatus, sentence: str
) -> None:
    found = evaluate([RULES[kind]], facts, NOW)
    assert (found.status, found.sentences("Europe/Berlin", NOW)) == (status, (sentence,))


def test_all_reasons_are_given_and_the_worst_status_is_shown_first() -> None:
    facts = Facts(
        ContactFacts(NOW, NOW, "asked us to wait", NOW + timedelta(days=3)),
        blocklist_reason="was rude",
        bounced_at=NOW,
        invitations=invited(1, 2),
        participations=took_part(1, 2, amount=10_000),
    )
    found = evaluate(list(RULES.values()), facts, NOW)
    assert found.status is C.IN_BLOCKLIST
    assert len(found.reasons) == 10
    severities = [SEVERITY[reason.status] for reason in found.reasons]
    assert severities == sorted(severities)
    assert "is on the blocklist: was rude" in found.sentences("UTC", NOW)
    assert "is not to be contacted: asked us to wait" in found.sentences("UTC", NOW)
    assert "is in a cooldown that somebody set; free again on 29 November" in found.sentences("UTC", NOW)


def test_an_override_lifts_cooldowns_and_do_not_contact_and_nothing_else() -> None:
    light = Facts(ContactFacts(None, None, "busy", NOW + timedelta(days=1)), invitations=invited(1, 2))
    found = evaluate(list(RULES.values()), light, NOW, is_overridden=True)
    assert (found.status, found.is_overridden, found.may_be_overridden) == (C.FREE_TO_CONTACT, True, False)
    assert len(found.reasons) == 4, "what is overridden is still said"
    for facts, status in (
        (Facts(ContactFacts(blocklisted_at=NOW), invitations=invited(1)), C.IN_BLOCKLIST),
        (Facts(ContactFacts(opted_out_at=NOW), invitations=invited(1)), C.OPTED_OUT),
        (Facts(bounced_at=NOW, invitations=invited(1)), C.DO_NOT_CONTACT),
    ):
        held = evaluate(list(RULES.values()), facts, NOW, is_overridden=True)
        assert (held.status, held.may_be_overridden) == (status, False)
        assert not evaluate(list(RULES.values()), facts, NOW).may_be_overridden


def test_an_override_of_nothing_is_none() -> None:
    assert not evaluate([], Facts(), NOW, is_overridden=True).is_overridden


@pytest.mark.parametrize("kind", RULES)
def test_a_period_ends_at_the_exact_instant(kind: RuleKind) -> None:
    """What happened N times 24 hours ago to the microsecond counts no more; a moment later it does."""
    rule = RULES[kind]
    edge = NOW - rule.period

    def at(instant: datetime) -> Facts:
        both = [instant, NOW - TICK] if rule.most else [instant]
        return Facts(
            invitations=[Invitation(each, 1) for each in both],
            participations=[Participation(each, 1, StudyType.SURVEY, 10_000, "EUR") for each in both],
        )

    assert evaluate([rule], at(edge), NOW).is_free
    held = evaluate([rule], at(edge + TICK), NOW)
    assert (held.is_free, held.clears_at) == (False, NOW + TICK)


def test_what_happened_in_the_study_itself_does_not_count_for_it() -> None:
    facts = Facts(invitations=[Invitation(ago(1), 7), Invitation(ago(2), 7)])
    assert evaluate(list(RULES.values()), facts, NOW, about=About(7)).is_free
    assert not evaluate(list(RULES.values()), facts, NOW, about=About(8)).is_free
    assert not evaluate(list(RULES.values()), facts, NOW).is_free


def test_a_rule_for_one_type_counts_studies_of_that_type_only() -> None:
    rule = Rule(K.MOST_PARTICIPATIONS, 90, 1, study_type=StudyType.SURVEY)
    assert evaluate([rule], Facts(participations=took_part(1)), NOW).is_free
    held = evaluate([rule], Facts(participations=took_part(1, kind=StudyType.SURVEY)), NOW)
    assert held.reasons[0].text == "took part in a study of type Survey within 90 days; at most 1 is allowed"


def test_a_cap_looks_at_what_the_study_would_pay_and_at_its_own_currency_only() -> None:
    cap, facts = RULES[K.INCENTIVE_CAP], Facts(participations=took_part(10, amount=15_000))
    assert evaluate([cap], facts, NOW, about=About(1, 5_000, "EUR")).is_free
    held = evaluate([cap], facts, NOW, about=About(1, 5_001, "EUR"))
    assert "and would earn 50.01 EUR" in held.reasons[0].text
    assert evaluate([cap], facts, NOW, about=About(1, 9_000_000, "USD")).is_free
    never = evaluate([cap], facts, NOW, about=About(1, 20_001, "EUR"))
    assert (never.is_free, never.clears_at) == (False, None), "the study alone pays more than anybody may earn"


CURRENCIES = st.sampled_from(["EUR", "USD"])
STUDY_IDS = st.integers(1, 3)
INSTANTS = st.integers(-40, 0).map(lambda hours: NOW + timedelta(hours=hours * 12))
INVITATIONS = st.lists(st.builds(Invitation, INSTANTS, STUDY_IDS), max_size=6)
PARTICIPATIONS = st.lists(
    st.builds(
        Participation,
        INSTANTS,
        STUDY_IDS,
        st.sampled_from([StudyType.SURVEY, StudyType.INTERVIEW]),
        st.sampled_from([None, 0, 500, 1000]),
        CURRENCIES,
    ),
    max_size=6,
)
CONTACTS = st.builds(
    ContactFacts,
    st.sampled_from([None, None, NOW]),
    st.sampled_from([None, None, NOW]),
    st.sampled_from([None, None, "why"]),
    st.none() | INSTANTS.map(lambda at: at + timedelta(days=10)),
)
A_RULE = st.one_of(
    st.builds(Rule, st.sampled_from(sorted(contact_rules.COOLDOWNS)), st.integers(1, 12)),
    st.builds(Rule, st.just(K.MOST_INVITATIONS), st.integers(1, 12), st.integers(1, 3)),
    st.builds(
        Rule,
        st.just(K.MOST_PARTICIPATIONS),
        st.integers(1, 12),
        st.integers(1, 3),
        st.none(),
        st.sampled_from([None, StudyType.SURVEY]),
    ),
    st.builds(
        Rule, st.just(K.INCENTIVE_CAP), st.integers(1, 12), st.integers(1, 2500), st.sampled_from(["EUR", "USD"])
    ),
    st.builds(Rule, st.just(K.SUGGEST_BLOCKLIST), st.integers(1, 12), st.integers(1, 3)),
)
ABOUT = st.none() | st.builds(About, STUDY_IDS, st.sampled_from([None, 700]), st.just("EUR"))


def barred_by(rule: Rule, facts: Facts, now: datetime, about: About | None) -> bool:
    """Counted by hand, event by event."""
    days = timedelta(days=rule.period_days)
    own = about.study_id if about else 0
    asked = sum(1 for one in facts.invitations if now - one.at < days and one.study_id != own)
    came = [one for one in facts.participations if now - one.at < days and one.study_id != own]
    match rule.kind:
        case K.MOST_INVITATIONS:
            return not asked < (rule.most or 0)
        case K.COOLDOWN_AFTER_INVITATION:
            return asked > 0
        case K.COOLDOWN_AFTER_TAKING_PART:
            return len(came) > 0
        case K.MOST_PARTICIPATIONS:
            of_type = [one for one in came if rule.study_type is None or one.study_type is rule.study_type]
            return not len(of_type) < (rule.most or 0)
        case K.INCENTIVE_CAP:
            earned = sum(one.amount_minor or 0 for one in came if one.currency == rule.currency)
            pays = about.pays_minor or 0 if about and about.currency == rule.currency else 0
            return earned >= (rule.most or 0) or earned + pays > (rule.most or 0)
        case _:
            return False


def expected(rules: Sequence[Rule], facts: Facts, now: datetime, about: About | None, lifted: bool) -> ContactStatus:
    """What the status is, from the worst on."""
    contact = facts.contact
    barred = {rule.kind for rule in rules if barred_by(rule, facts, now, about)}
    if contact.blocklisted_at:
        return C.IN_BLOCKLIST
    if contact.opted_out_at:
        return C.OPTED_OUT
    if facts.bounced_at:
        return C.DO_NOT_CONTACT
    if lifted:
        return C.FREE_TO_CONTACT
    if contact.do_not_contact_reason or barred - contact_rules.COOLDOWNS:
        return C.DO_NOT_CONTACT
    if barred or (contact.cooldown_until and contact.cooldown_until > now):
        return C.IN_COOLDOWN
    return C.FREE_TO_CONTACT


@given(
    rules=st.lists(A_RULE, max_size=4),
    facts=st.builds(Facts, CONTACTS, st.none(), st.sampled_from([None, None, NOW]), INVITATIONS, PARTICIPATIONS),
    about=ABOUT,
    lifted=st.booleans(),
    later=st.integers(0, 400).map(lambda hours: timedelta(hours=hours)),
)
def test_it_agrees_with_counting_by_hand_now_and_whenever_time_has_passed(
    rules: list[Rule], facts: Facts, about: About | None, lifted: bool, later: timedelta
) -> None:
    now = NOW + later
    found = evaluate(rules, facts, now, about=about, is_overridden=lifted)
    assert found.status is expected(rules, facts, now, about, lifted)
    by_rules = [reason.rule for reason in found.reasons if reason.rule is not None]
    assert sorted(by_rules, key=repr) == sorted((r for r in rules if barred_by(r, facts, now, about)), key=repr)
    what = [(reason.status, reason.rule) for reason in found.reasons]
    if found.clears_at is None:
        soon = NOW + timedelta(days=3000)
        assert evaluate(rules, facts, soon, about=about, is_overridden=lifted).status is found.status
        return
    assert found.clears_at > now
    before = evaluate(rules, facts, found.clears_at - TICK, about=about, is_overridden=lifted)
    after = evaluate(rules, facts, found.clears_at, about=about, is_overridden=lifted)
    assert [(reason.status, reason.rule) for reason in before.reasons] == what, "until then nothing changes"
    assert [(reason.status, reason.rule) for reason in after.reasons] != what, "and then something does"
    for reason in found.reasons:
        if reason.clears_at is not None and reason.rule is not None:
            assert barred_by(reason.rule, facts, reason.clears_at - TICK, about)
            assert not barred_by(reason.rule, facts, reason.clears_at, about)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(K.MOST_INVITATIONS, 0, 1), "period_days"),
        (Rule(K.MOST_INVITATIONS, 731, 1), "period_days"),
        (Rule(K.MOST_INVITATIONS, 30, 0), "most"),
        (Rule(K.MOST_INVITATIONS, 30), "most"),
        (Rule(K.SUGGEST_BLOCKLIST, 30, 1001), "most"),
        (Rule(K.INCENTIVE_CAP, 30, 0, "EUR"), "amount"),
        (Rule(K.INCENTIVE_CAP, 30, 100, "EURO"), "currency"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_at_its_field(rule: Rule, field: str) -> None:
    with pytest.raises(RuleError) as refusal:
        checked(rule, [])
    assert refusal.value.field == field


def test_the_same_rule_twice_is_refused_with_the_one_that_there_is() -> None:
    one = Rule(K.MOST_INVITATIONS, 30, 3, id=1)
    with pytest.raises(RuleError, match="There is such a rule already: Nobody is invited who was invited to other"):
        checked(Rule(K.MOST_INVITATIONS, 30, 5), [one])
    assert checked(Rule(K.MOST_INVITATIONS, 365, 5), [one]).most == 5
    assert checked(Rule(K.MOST_INVITATIONS, 30, 5, id=1), [one]).most == 5, "it is that rule, changed"
    cooldown = Rule(K.COOLDOWN_AFTER_INVITATION, 14, id=2)
    with pytest.raises(RuleError, match="already"):
        checked(Rule(K.COOLDOWN_AFTER_INVITATION, 30), [cooldown])
    survey = Rule(K.MOST_PARTICIPATIONS, 90, 2, study_type=StudyType.SURVEY, id=3)
    assert checked(Rule(K.MOST_PARTICIPATIONS, 90, 2), [survey]).study_type is None


def test_what_a_kind_has_no_use_for_is_left_out() -> None:
    assert checked(Rule(K.COOLDOWN_AFTER_INVITATION, 14, 3, "EUR", StudyType.SURVEY), []) == Rule(
        K.COOLDOWN_AFTER_INVITATION, 14
    )


@pytest.mark.parametrize("text", ["", "ninety", "1.5", "-3", "٣", "9999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    for read in (contact_rules.period, contact_rules.most):
        with pytest.raises(RuleError):
            read(text)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule(K.MOST_INVITATIONS, 30, 3), "Nobody is invited who was invited to other studies 3 times within 30 days."),
        (
            Rule(K.MOST_PARTICIPATIONS, 1, 1, study_type=StudyType.SURVEY),
            "Nobody is invited who took part in a study of type Survey within 24 hours.",
        ),
        (Rule(K.COOLDOWN_AFTER_TAKING_PART, 7), "Nobody is invited who took part in a study within 7 days."),
        (
            Rule(K.SUGGEST_BLOCKLIST, 365, 2),
            "Whoever did not come twice within 365 days is suggested for the blocklist.",
        ),
    ],
)
def test_rules_read_as_sentences(rule: Rule, text: str) -> None:
    assert rule.text == text


def test_who_missed_too_often_is_suggested_once_for_each_streak() -> None:
    rules = [Rule(K.SUGGEST_BLOCKLIST, 365, 2)]
    assert suggestion(rules, NoShows([ago(3)]), NOW) is None
    assert suggestion(rules, NoShows([ago(400), ago(3)]), NOW) is None
    assert suggestion(rules, NoShows([ago(9), ago(3)]), NOW) == "did not come twice within 365 days"
    assert suggestion(rules, NoShows([ago(9), ago(3)], suggested_at=ago(2)), NOW) is None
    assert suggestion(rules, NoShows([ago(9), ago(3), ago(1)], suggested_at=ago(2)), NOW) is None
    assert suggestion(rules, NoShows([ago(9), ago(1), ago(0.5)], suggested_at=ago(2)), NOW) is not None
    assert suggestion([RULES[K.MOST_INVITATIONS]], NoShows([ago(1)] * 9), NOW) is None
