"""The rules of contact, and what they look at of people: a fixed number of statements for any number of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from domain.contact_rules import Rule, RuleKind
from domain.errors import NotFound
from domain.governance import About, ContactFacts, Evaluation, Facts, Invitation, NoShows, Participation, evaluate
from domain.participant import ParticipantStatus
from domain.study import StudyStatus
from storage.among import is_among
from storage.models import (
    BlocklistSuggestion,
    Enrolment,
    GovernanceOverride,
    GovernanceRule,
    Participant,
    SentInvitation,
    Study,
    Workspace,
)

FOLLOWING = frozenset({ParticipantStatus.NOT_CONTACTED, ParticipantStatus.NOT_ELIGIBLE})
"""Where enrolments stand that follow what governance says."""
CALLSHEET = "Callsheet"


def touch(session: Session, participant_ids: Collection[int], now: datetime) -> None:
    """Let people be looked at again at the next sweep: one statement.

    It is written also where it is due already: a sweep that is just looking at somebody sees that more has happened.
    """
    if participant_ids:
        session.execute(
            sa.update(Participant)
            .where(Participant.id.in_(participant_ids))
            .values(recheck_at=now)
            .execution_options(synchronize_session=False)
        )


def touch_study(session: Session, study_id: int, now: datetime) -> None:
    """As `touch`, for the people whose enrolments in a study follow what governance says."""
    people = (
        sa.select(Participant.id)
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .where(Enrolment.study_id == study_id, Enrolment.status.in_(FOLLOWING))
        .order_by(Participant.id)
        .with_for_update(key_share=True, of=Participant)
    )
    session.execute(
        sa.update(Participant)
        .where(Participant.id.in_(people))
        .values(recheck_at=now)
        .execution_options(synchronize_session=False)
    )


def rules(session: Session, workspace_id: int) -> list[Rule]:
    """The workspace's rules, by kind and period."""
    rows = session.scalars(
        sa.select(GovernanceRule)
        .where(GovernanceRule.workspace_id == workspace_id)
        .execution_options(populate_existing=True)
    )
    order = list(RuleKind)
    return sorted(map(rule_of, rows), key=lambda rule: (order.index(rule.kind), rule.period_days, rule.id))


def rule_of(row: GovernanceRule) -> Rule:
    return Rule(row.kind, row.period_days, row.most, row.currency, row.study_type, row.id)


def rule_row(session: Session, workspace_id: int, rule_id: int) -> GovernanceRule:
    """The rule as it is stored. Raises NotFound."""
    found = session.scalar(
        sa.select(GovernanceRule).where(GovernanceRule.id == rule_id, GovernanceRule.workspace_id == workspace_id)
    )
    if found is None:
        raise NotFound("This rule is gone: somebody else has removed it. Open /callsheet governance again.")
    return found


def look_at_everybody(session: Session, workspace_id: int) -> None:
    """Have the sweep look at all people of the workspace again. Its row is locked until the commit."""
    session.execute(
        sa.update(Workspace)
        .where(Workspace.id == workspace_id)
        .values(recheck_after_id=0)
        .execution_options(synchronize_session=False)
    )


def looking_at_everybody(session: Session) -> Sequence[tuple[int, int]]:
    """The workspaces of which all people are being looked at, each with the person up to whom that is done."""
    rows = session.execute(
        sa.select(Workspace.id, Workspace.recheck_after_id)
        .where(Workspace.recheck_after_id.is_not(None))
        .order_by(Workspace.id)
    )
    return [(workspace_id, after or 0) for workspace_id, after in rows]


def advance(session: Session, workspace_id: int, seen: int, after: int | None) -> None:
    """Note up to whom the people have been looked at, unless it stands elsewhere than at `seen` by now."""
    session.execute(
        sa.update(Workspace)
        .where(Workspace.id == workspace_id, Workspace.recheck_after_id == seen)
        .values(recheck_after_id=after)
        .execution_options(synchronize_session=False)
    )


def next_people(session: Session, workspace_id: int, after: int, limit: int) -> Sequence[int]:
    """The workspace's next people by id."""
    return session.scalars(
        sa.select(Participant.id)
        .where(Participant.workspace_id == workspace_id, Participant.id > after)
        .order_by(Participant.id)
        .limit(limit)
    ).all()


def due(session: Session, now: datetime, limit: int, without: Collection[int] = ()) -> dict[int, list[int]]:
    """The people who are due to be looked at, `without` some, the longest due first, by workspace."""
    wanted = (
        sa.select(Participant.workspace_id, Participant.id)
        .where(Participant.recheck_at <= now)
        .order_by(Participant.recheck_at, Participant.id)
        .limit(limit)
    )
    rows = session.execute(wanted.where(~is_among(session, Participant.id, without)) if without else wanted)
    found: dict[int, list[int]] = defaultdict(list)
    for workspace_id, participant_id in rows:
        found[workspace_id].append(participant_id)
    return found


def set_rechecks(session: Session, at: Mapping[int, datetime | None]) -> None:
    """When people are to be looked at next, None: not by time alone."""
    by_time: dict[datetime | None, list[int]] = defaultdict(list)
    for participant_id, moment in at.items():
        by_time[moment].append(participant_id)
    nothing_due = by_time.pop(None, [])
    if nothing_due:
        session.execute(
            sa.update(Participant)
            .where(Participant.id.in_(nothing_due), Participant.recheck_at.is_not(None))
            .values(recheck_at=None)
            .execution_options(synchronize_session=False)
        )
    rows = [{"person": id_, "at": moment} for moment, ids in by_time.items() for id_ in ids]
    if rows:
        table = Participant.__table__
        statement = sa.update(Participant).where(table.c.id == sa.bindparam("person"))
        session.connection().execute(statement.values(recheck_at=sa.bindparam("at")), rows)


@dataclass(frozen=True, slots=True)
class Following:
    """An enrolment in an open study that is Not Contacted or Not Eligible, whichever governance says."""

    enrolment_id: int
    participant_id: int
    status: ParticipantStatus
    about: About


def following(session: Session, participant_ids: Collection[int]) -> list[Following]:
    """Those people's enrolments that follow what governance says."""
    rows = session.execute(
        sa.select(
            Enrolment.id,
            Enrolment.participant_id,
            Enrolment.status,
            Enrolment.study_id,
            Study.incentive_amount_minor,
            Study.incentive_currency,
        )
        .join(Study, Study.id == Enrolment.study_id)
        .where(
            is_among(session, Enrolment.participant_id, participant_ids),
            Enrolment.status.in_(FOLLOWING),
            Study.status != StudyStatus.CLOSED,
        )
    )
    return [Following(row[0], row[1], row[2], About(row[3], row[4], row[5])) for row in rows]


def about_study(session: Session, workspace_id: int, study_id: int) -> About:
    """A study, as rules look at it. Raises NotFound."""
    row = session.execute(
        sa.select(Study.incentive_amount_minor, Study.incentive_currency).where(
            Study.id == study_id, Study.workspace_id == workspace_id
        )
    ).first()
    if row is None:
        raise NotFound("There is no such study.", "study")
    return About(study_id, row[0], row[1])


def overrides(session: Session, participant_ids: Collection[int]) -> set[tuple[int, int]]:
    """For which of these people the rules are overridden, in which studies: their ids, and the studies'."""
    rows = session.execute(
        sa.select(GovernanceOverride.participant_id, GovernanceOverride.study_id).where(
            is_among(session, GovernanceOverride.participant_id, participant_ids),
            GovernanceOverride.ended_at.is_(None),
        )
    )
    return {(row[0], row[1]) for row in rows}


def facts(
    session: Session,
    workspace_id: int,
    rules: Sequence[Rule],
    participant_ids: Collection[int],
    now: datetime,
    study_of: Mapping[int, int],
) -> dict[int, Facts]:
    """What the rules look at of those people, as far back as the rules do: at most three statements.

    `study_of` are the studies of those enrolments for which it is asked; an invitation to another is of study 0. People
    are asked for by their ids alone: SQLite would go through the whole workspace.
    """
    people = session.execute(
        sa.select(
            Participant.id,
            Participant.blocklisted_at,
            Participant.opted_out_at,
            Participant.do_not_contact_reason,
            Participant.cooldown_until,
            Participant.blocklist_reason,
            Participant.bounced_at,
            Participant.workspace_id,
        ).where(is_among(session, Participant.id, participant_ids))
    )
    found = {row[0]: Facts(ContactFacts(*row[1:5]), row[5], row[6]) for row in people if row[7] == workspace_id}
    invited = invitations(session, found, since(rules, INVITATIONS, now), study_of)
    took_part = participations(session, found, since(rules, PARTICIPATIONS, now))
    for id_ in invited.keys() | took_part.keys():
        found[id_] = replace(found[id_], invitations=invited.get(id_, ()), participations=took_part.get(id_, ()))
    return found


INVITATIONS = frozenset({RuleKind.MOST_INVITATIONS, RuleKind.COOLDOWN_AFTER_INVITATION})
PARTICIPATIONS = frozenset({RuleKind.MOST_PARTICIPATIONS, RuleKind.COOLDOWN_AFTER_TAKING_PART, RuleKind.INCENTIVE_CAP})


def since(rules: Sequence[Rule], kinds: Collection[RuleKind], now: datetime) -> datetime | None:
    """How far back rules of these kinds look, None when there are none."""
    periods = [rule.period for rule in rules if rule.kind in kinds]
    return now - max(periods) if periods else None


def invitations(
    session: Session, participant_ids: Collection[int], after: datetime | None, study_of: Mapping[int, int]
) -> dict[int, list[Invitation]]:
    """To what people were invited after then, by person."""
    found: dict[int, list[Invitation]] = defaultdict(list)
    if after is None or not participant_ids:
        return found
    rows = session.execute(
        sa.select(SentInvitation.participant_id, SentInvitation.at, SentInvitation.enrolment_id).where(
            is_among(session, SentInvitation.participant_id, participant_ids), SentInvitation.at > after
        )
    )
    for participant_id, at, enrolment_id in rows:
        found[participant_id].append(Invitation(at, study_of.get(enrolment_id, 0)))
    return found


def participations(
    session: Session, participant_ids: Collection[int], after: datetime | None
) -> dict[int, list[Participation]]:
    """In what people took part after then, by person."""
    found: dict[int, list[Participation]] = defaultdict(list)
    if after is None or not participant_ids:
        return found
    rows = session.execute(
        sa.select(
            Enrolment.participant_id,
            Enrolment.took_part_at,
            Study.id,
            Study.type,
            Study.incentive_amount_minor,
            Study.incentive_currency,
        )
        .join(Study, Study.id == Enrolment.study_id)
        .where(is_among(session, Enrolment.participant_id, participant_ids), Enrolment.took_part_at > after)
    )
    for participant_id, at, study_id, kind, amount, currency in rows:
        if at is not None:
            found[participant_id].append(Participation(at, study_id, kind, amount, currency))
    return found


def evaluations(
    session: Session,
    workspace_id: int,
    rules: Sequence[Rule],
    participant_ids: Collection[int],
    now: datetime,
    study_id: int | None = None,
) -> dict[int, Evaluation]:
    """What the rules say of those people of the workspace, for the study if one is named."""
    if not participant_ids:
        return {}
    about = about_study(session, workspace_id, study_id) if study_id is not None else None
    overridden = overrides(session, participant_ids) if study_id is not None else set()
    own = enrolments_in(session, study_id, participant_ids) if study_id is not None else {}
    return {
        id_: evaluate(rules, known, now, about=about, is_overridden=(id_, study_id) in overridden)
        for id_, known in facts(session, workspace_id, rules, participant_ids, now, own).items()
    }


def enrolments_in(session: Session, study_id: int, participant_ids: Collection[int]) -> dict[int, int]:
    """Those people's enrolments in the study, each with the study."""
    ids = session.scalars(
        sa.select(Enrolment.id).where(
            Enrolment.study_id == study_id, is_among(session, Enrolment.participant_id, participant_ids)
        )
    )
    return dict.fromkeys(ids, study_id)


def no_shows(session: Session, participant_ids: Collection[int], after: datetime) -> dict[int, NoShows]:
    """When those people did not come, after then, and when Callsheet last suggested them for it. Without those who are
    on the blocklist already, or suggested for it: two statements.
    """
    waits = sa.exists().where(
        BlocklistSuggestion.participant_id == Enrolment.participant_id, BlocklistSuggestion.is_approved.is_(None)
    )
    rows = session.execute(
        sa.select(Enrolment.participant_id, Enrolment.no_showed_at)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(
            Enrolment.participant_id.in_(participant_ids),
            Enrolment.no_showed_at > after,
            Participant.blocklisted_at.is_(None),
            Participant.erased_at.is_(None),
            ~waits,
        )
    )
    missed: dict[int, list[datetime]] = defaultdict(list)
    for participant_id, at in rows:
        if at is not None:
            missed[participant_id].append(at)
    if not missed:
        return {}
    suggested = session.execute(
        sa.select(BlocklistSuggestion.participant_id, sa.func.max(BlocklistSuggestion.at))
        .where(
            BlocklistSuggestion.participant_id.in_(missed),
            BlocklistSuggestion.member_id.is_(None),
            BlocklistSuggestion.author == CALLSHEET,
        )
        .group_by(BlocklistSuggestion.participant_id)
    )
    before = {row[0]: row[1] for row in suggested}
    return {id_: NoShows(at, before.get(id_)) for id_, at in missed.items()}


def longest_for_no_shows(rules: Sequence[Rule]) -> timedelta | None:
    """How far back no-shows matter, None when no rule looks at them."""
    periods = [rule.period for rule in rules if rule.kind is RuleKind.SUGGEST_BLOCKLIST]
    return max(periods, default=None)


def lock_people(session: Session, participant_ids: Collection[int]) -> None:
    """Wait for whoever else does something about these people, until the commit, in a fixed order."""
    session.execute(
        sa.select(Participant.id)
        .where(Participant.id.in_(participant_ids))
        .order_by(Participant.id)
        .with_for_update(key_share=True)
    ).all()


def number_not_eligible(session: Session, workspace_id: int) -> int:
    """How many places in open studies the rules and facts bar from contact now."""
    return session.scalars(
        sa.select(sa.func.count())
        .select_from(Enrolment)
        .join(Study, Study.id == Enrolment.study_id)
        .where(
            Study.workspace_id == workspace_id,
            Study.status != StudyStatus.CLOSED,
            Enrolment.status == ParticipantStatus.NOT_ELIGIBLE,
        )
    ).one()
