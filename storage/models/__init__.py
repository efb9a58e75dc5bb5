"""The tables, one file a noun."""

from storage.models.audit import AuditEntry, SuppressedAddress
from storage.models.base import Base
from storage.models.calendar import BusyTime, CalendarFeed
from storage.models.delivery import LedgerEntry, OutboxRow, OutboxState, Projection, ReceivedTrigger
from storage.models.governance import BlocklistSuggestion, GovernanceOverride, GovernanceRule
from storage.models.imports import PendingImport
from storage.models.interview import Attendee, Interview, ParticipantLink, SessionRating, TimelineEntry
from storage.models.invitation import InvitationList
from storage.models.mail import MailTemplate, SentMail
from storage.models.participant import (
    BulkChange,
    Enrolment,
    MergedParticipant,
    Participant,
    ParticipantAddress,
    ParticipantNote,
    SentInvitation,
    StatusChange,
)
from storage.models.scheduling import (
    MemberAvailability,
    SchedulingSetup,
    SetupDraft,
    SetupMember,
    SlotOffer,
    StudyReminder,
    WaitingEntry,
)
from storage.models.screener import ScreenerDraft, ScreenerResponse, ScreenerVersion
from storage.models.study import Consent, ConsentText, Study, StudyCollaborator, StudyQuota
from storage.models.workspace import Installation, Member, OAuthState, Team, TeamMember, Workspace

__all__ = [
    "Attendee",
    "AuditEntry",
    "Base",
    "BlocklistSuggestion",
    "BulkChange",
    "BusyTime",
    "CalendarFeed",
    "Consent",
    "ConsentText",
    "Enrolment",
    "GovernanceOverride",
    "GovernanceRule",
    "Installation",
    "Interview",
    "InvitationList",
    "LedgerEntry",
    "MailTemplate",
    "Member",
    "MemberAvailability",
    "MergedParticipant",
    "OAuthState",
    "OutboxRow",
    "OutboxState",
    "Participant",
    "ParticipantAddress",
    "ParticipantLink",
    "ParticipantNote",
    "PendingImport",
    "Projection",
    "ReceivedTrigger",
    "SchedulingSetup",
    "ScreenerDraft",
    "ScreenerResponse",
    "ScreenerVersion",
    "SentInvitation",
    "SentMail",
    "SessionRating",
    "SetupDraft",
    "SetupMember",
    "SlotOffer",
    "StatusChange",
    "Study",
    "StudyCollaborator",
    "StudyQuota",
    "StudyReminder",
    "SuppressedAddress",
    "Team",
    "TeamMember",
    "TimelineEntry",
    "WaitingEntry",
    "Workspace",
]
