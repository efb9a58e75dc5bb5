"""The tables, one file a noun."""

from storage.models.base import Base
from storage.models.calendar import BusyTime, CalendarFeed
from storage.models.delivery import LedgerEntry, OutboxRow, OutboxState, Projection, ReceivedTrigger
from storage.models.interview import Attendee, Interview, ParticipantLink, SessionRating, TimelineEntry
from storage.models.invitation import InvitationList
from storage.models.mail import MailTemplate, SentMail
from storage.models.participant import Enrolment, Participant
from storage.models.scheduling import (
    MemberAvailability,
    SchedulingSetup,
    SetupDraft,
    SetupMember,
    SlotOffer,
    StudyReminder,
    WaitingEntry,
)
from storage.models.study import Study, StudyCollaborator
from storage.models.workspace import Installation, Member, OAuthState, Team, TeamMember, Workspace

__all__ = [
    "Attendee",
    "Base",
    "BusyTime",
    "CalendarFeed",
    "Enrolment",
    "Installation",
    "Interview",
    "InvitationList",
    "LedgerEntry",
    "MailTemplate",
    "Member",
    "MemberAvailability",
    "OAuthState",
    "OutboxRow",
    "OutboxState",
    "Participant",
    "ParticipantLink",
    "Projection",
    "ReceivedTrigger",
    "SchedulingSetup",
    "SentMail",
    "SessionRating",
    "SetupDraft",
    "SetupMember",
    "SlotOffer",
    "Study",
    "StudyCollaborator",
    "StudyReminder",
    "Team",
    "TeamMember",
    "TimelineEntry",
    "WaitingEntry",
    "Workspace",
]
