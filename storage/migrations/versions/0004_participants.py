"""Participants: history, governance, screeners, consent, quotas, audit"""

import sqlalchemy as sa
from alembic import op

from storage.types import Id, Json, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AUDIT_ACTION = sa.Enum(
    "saw",
    "exported",
    "imported",
    "changed_status",
    "changed_details",
    "changed_role",
    "changed_settings",
    "changed_rules",
    "overrode",
    "blocked",
    "unblocked",
    "merged",
    "erased",
    name="auditaction",
    native_enum=False,
    length=40,
)
CAUSE = sa.Enum(
    "added",
    "governance",
    "study_invitation",
    "scheduler",
    "test_invitation",
    "screener_opened",
    "screener_submitted",
    "reviewed",
    "booked",
    "booked_by_hand",
    "session",
    "task_opened",
    "task_finished",
    "incentive_owed",
    "paid",
    "claimed",
    "payment_canceled",
    "unsubscribed",
    "bounced",
    "delivered",
    "address_corrected",
    "by_hand",
    "restored",
    "undone",
    "merged",
    name="cause",
    native_enum=False,
    length=40,
)
DOOR = sa.Enum("slack", "page", "calendar", "mail", "import", "system", name="door", native_enum=False, length=40)
STATUS = sa.Enum(
    "Not Contacted",
    "Not Eligible",
    "Study Invited",
    "Screener Started",
    "Screener Completed",
    "Screener Qualified",
    "Screener Not Qualified",
    "Interview Invited",
    "Interview Scheduled",
    "Test Invited",
    "Test Started",
    "Survey Started",
    "Interview Completed",
    "Test Completed",
    "Survey Completed",
    "Incentive Not Sent",
    "Incentive Sent",
    "Incentive Claimed",
    "Canceled",
    "Interview Canceled",
    "No Showed",
    "Opted Out",
    "Hard Bounced",
    "Soft Bounced",
    name="participantstatus",
    native_enum=False,
    length=40,
)
RULE_KIND = sa.Enum(
    "most_invitations",
    "most_participations",
    "cooldown_after_invitation",
    "cooldown_after_taking_part",
    "incentive_cap",
    "suggest_blocklist",
    name="rulekind",
    native_enum=False,
    length=40,
)
STUDY_TYPE = sa.Enum(
    "interview", "group_interview", "survey", "unmoderated_test", name="studytype", native_enum=False, length=40
)
VERDICT = sa.Enum("qualified", "not_qualified", "undecided", name="verdict", native_enum=False, length=40)

TOOK_PART = """
    UPDATE enrolments SET took_part_at = status_changed_at
    WHERE status IN ('Interview Completed', 'Incentive Not Sent', 'Incentive Sent', 'Incentive Claimed')
"""
NO_SHOWED = "UPDATE enrolments SET no_showed_at = status_changed_at WHERE status = 'No Showed'"
INVITED = """
    INSERT INTO sent_invitations (participant_id, enrolment_id, at)
    SELECT participant_id, id, invited_at FROM enrolments WHERE invited_at IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "governance_rules",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("kind", RULE_KIND, nullable=False),
        sa.Column("period_days", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("study_type", STUDY_TYPE, nullable=True),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_governance_rules_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governance_rules")),
    )
    with op.batch_alter_table("governance_rules", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_governance_rules_workspace_id"), ["workspace_id"], unique=False)

    op.create_table(
        "suppressed_addresses",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_suppressed_addresses_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "email_hash", name=op.f("pk_suppressed_addresses")),
    )
    op.create_table(
        "blocklist_suggestions",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_blocklist_suggestions_member_id_members"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_blocklist_suggestions_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_blocklist_suggestions_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocklist_suggestions")),
    )
    with op.batch_alter_table("blocklist_suggestions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_blocklist_suggestions_participant_id"), ["participant_id"], unique=False)
        batch_op.create_index(
            "ix_blocklist_suggestions_workspace_id_is_approved", ["workspace_id", "is_approved"], unique=False
        )

    op.create_table(
        "merged_participants",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("merged_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_merged_participants_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_merged_participants_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_merged_participants")),
    )
    with op.batch_alter_table("merged_participants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_merged_participants_participant_id"), ["participant_id"], unique=False)

    op.create_table(
        "participant_addresses",
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column(
            "email",
            sa.String(length=254).with_variant(sa.String(length=254, collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_participant_addresses_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_participant_addresses_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "email", name=op.f("pk_participant_addresses")),
    )
    with op.batch_alter_table("participant_addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participant_addresses_participant_id"), ["participant_id"], unique=False)

    op.create_table(
        "participant_notes",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_participant_notes_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant_notes")),
    )
    with op.batch_alter_table("participant_notes", schema=None) as batch_op:
        batch_op.create_index("ix_participant_notes_participant_id_id", ["participant_id", "id"], unique=False)

    op.create_table(
        "pending_imports",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("file", Json, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("columns", Json, nullable=False),
        sa.Column("chosen", Json, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_pending_imports_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_imports")),
    )
    with op.batch_alter_table("pending_imports", schema=None) as batch_op:
        batch_op.create_index("ix_pending_imports_made_at", ["made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_pending_imports_member_id"), ["member_id"], unique=False)

    op.create_table(
        "audit_entries",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("door", DOOR, nullable=False),
        sa.Column("action", AUDIT_ACTION, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("participant_id", Id, nullable=True),
        sa.Column("study_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_audit_entries_member_id_members"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_audit_entries_participant_id_participants"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_audit_entries_study_id_studies"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.id"],
            name=op.f("fk_audit_entries_workspace_id_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entries_participant_id_id", ["participant_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entries_workspace_id_id", ["workspace_id", "id"], unique=False)

    op.create_table(
        "bulk_changes",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("status", STATUS, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("enrolment_ids", Json, nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=True),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_bulk_changes_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_bulk_changes_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_changes")),
    )
    with op.batch_alter_table("bulk_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bulk_changes_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bulk_changes_study_id"), ["study_id"], unique=False)

    op.create_table(
        "consent_texts",
        sa.Column("study_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_consent_texts_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "version", name=op.f("pk_consent_texts")),
    )
    op.create_table(
        "governance_overrides",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_governance_overrides_member_id_members"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_governance_overrides_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_governance_overrides_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_governance_overrides")),
    )
    with op.batch_alter_table("governance_overrides", schema=None) as batch_op:
        batch_op.create_index(
            "ix_governance_overrides_participant_id_study_id", ["participant_id", "study_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_governance_overrides_study_id"), ["study_id"], unique=False)

    op.create_table(
        "screener_drafts",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_screener_drafts_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_screener_drafts_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screener_drafts")),
        sa.UniqueConstraint("study_id", "member_id", name=op.f("uq_screener_drafts_study_id_member_id")),
    )
    with op.batch_alter_table("screener_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screener_drafts_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_screener_drafts_updated_at", ["updated_at"], unique=False)

    op.create_table(
        "screener_versions",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_screener_versions_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screener_versions")),
        sa.UniqueConstraint("study_id", "number", name=op.f("uq_screener_versions_study_id_number")),
    )
    op.create_table(
        "study_quotas",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("property_name", sa.String(length=80), nullable=False),
        sa.Column("property_value", sa.String(length=200), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_study_quotas_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_quotas")),
        sa.UniqueConstraint(
            "study_id",
            "property_name",
            "property_value",
            name=op.f("uq_study_quotas_study_id_property_name_property_value"),
        ),
    )
    op.create_table(
        "consents",
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_consents_enrolment_id_enrolments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "version", name=op.f("pk_consents")),
    )
    op.create_table(
        "screener_responses",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("answers", Json, nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("verdict", VERDICT, nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_screener_responses_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["screener_versions.id"],
            name=op.f("fk_screener_responses_version_id_screener_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screener_responses")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_screener_responses_enrolment_id")),
    )
    with op.batch_alter_table("screener_responses", schema=None) as batch_op:
        batch_op.create_index(
            "ix_screener_responses_version_id_submitted_at", ["version_id", "submitted_at"], unique=False
        )

    op.create_table(
        "sent_invitations",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_sent_invitations_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_sent_invitations_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_invitations")),
    )
    with op.batch_alter_table("sent_invitations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_invitations_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index("ix_sent_invitations_participant_id_at", ["participant_id", "at"], unique=False)

    op.create_table(
        "status_changes",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("was", STATUS, nullable=True),
        sa.Column("to", STATUS, nullable=False),
        sa.Column("cause", CAUSE, nullable=False),
        sa.Column("door", DOOR, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("bulk_id", Id, nullable=True),
        sa.Column("former_id", Id, nullable=True),
        sa.ForeignKeyConstraint(
            ["bulk_id"], ["bulk_changes.id"], name=op.f("fk_status_changes_bulk_id_bulk_changes"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_status_changes_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_changes")),
    )
    with op.batch_alter_table("status_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_status_changes_bulk_id"), ["bulk_id"], unique=False)
        batch_op.create_index("ix_status_changes_enrolment_id_id", ["enrolment_id", "id"], unique=False)

    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("took_part_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("no_showed_at", UtcDateTime(), nullable=True))
        batch_op.drop_index(batch_op.f("ix_enrolments_participant_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_study_id_status"))
        batch_op.create_index(
            "ix_enrolments_study_id_status", ["study_id", "status", "status_changed_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_enrolments_participant_id_no_showed_at",
            ["participant_id", "no_showed_at"],
            unique=False,
            sqlite_where=sa.text("no_showed_at IS NOT NULL"),
            postgresql_where=sa.text("no_showed_at IS NOT NULL"),
        )
        batch_op.create_index("ix_enrolments_participant_id_study_id", ["participant_id", "study_id"], unique=False)
        batch_op.create_index(
            "ix_enrolments_participant_id_took_part_at",
            ["participant_id", "took_part_at"],
            unique=False,
            sqlite_where=sa.text("took_part_at IS NOT NULL"),
            postgresql_where=sa.text("took_part_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_enrolments_study_id_status_changed_at", ["study_id", "status_changed_at", "id"], unique=False
        )

    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blocklist_reason", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("recheck_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("erased_at", UtcDateTime(), nullable=True))
        batch_op.create_index("ix_participants_recheck_at", ["recheck_at"], unique=False)
        batch_op.create_index(
            "ix_participants_workspace_id_blocklisted_at",
            ["workspace_id", "blocklisted_at"],
            unique=False,
            sqlite_where=sa.text("blocklisted_at IS NOT NULL"),
            postgresql_where=sa.text("blocklisted_at IS NOT NULL"),
        )

    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("task_url", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("share_token", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("is_immediate", sa.Boolean(), nullable=False))
        batch_op.add_column(sa.Column("consent_version", sa.Integer(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_studies_share_token"), ["share_token"])

    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recheck_after_id", Id, nullable=True))
        batch_op.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("address_key", sa.String(length=64), nullable=True))

    op.execute(TOOK_PART)
    op.execute(NO_SHOWED)
    op.execute(INVITED)


def downgrade() -> None:
    with op.batch_alter_table("workspaces", schema=None) as batch_op:
        batch_op.drop_column("address_key")
        batch_op.drop_column("retention_days")
        batch_op.drop_column("recheck_after_id")

    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_studies_share_token"), type_="unique")
        batch_op.drop_column("consent_version")
        batch_op.drop_column("is_immediate")
        batch_op.drop_column("share_token")
        batch_op.drop_column("task_url")

    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_participants_workspace_id_blocklisted_at",
            sqlite_where=sa.text("blocklisted_at IS NOT NULL"),
            postgresql_where=sa.text("blocklisted_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_participants_recheck_at")
        batch_op.drop_column("erased_at")
        batch_op.drop_column("recheck_at")
        batch_op.drop_column("blocklist_reason")

    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index("ix_enrolments_study_id_status_changed_at")
        batch_op.drop_index(
            "ix_enrolments_participant_id_took_part_at",
            sqlite_where=sa.text("took_part_at IS NOT NULL"),
            postgresql_where=sa.text("took_part_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_enrolments_participant_id_study_id")
        batch_op.drop_index(
            "ix_enrolments_participant_id_no_showed_at",
            sqlite_where=sa.text("no_showed_at IS NOT NULL"),
            postgresql_where=sa.text("no_showed_at IS NOT NULL"),
        )
        batch_op.drop_index("ix_enrolments_study_id_status")
        batch_op.create_index(batch_op.f("ix_enrolments_study_id_status"), ["study_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_participant_id"), ["participant_id"], unique=False)
        batch_op.drop_column("no_showed_at")
        batch_op.drop_column("took_part_at")

    with op.batch_alter_table("status_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_status_changes_enrolment_id_id")
        batch_op.drop_index(batch_op.f("ix_status_changes_bulk_id"))

    op.drop_table("status_changes")
    with op.batch_alter_table("sent_invitations", schema=None) as batch_op:
        batch_op.drop_index("ix_sent_invitations_participant_id_at")
        batch_op.drop_index(batch_op.f("ix_sent_invitations_enrolment_id"))

    op.drop_table("sent_invitations")
    with op.batch_alter_table("screener_responses", schema=None) as batch_op:
        batch_op.drop_index("ix_screener_responses_version_id_submitted_at")

    op.drop_table("screener_responses")
    op.drop_table("consents")
    op.drop_table("study_quotas")
    op.drop_table("screener_versions")
    with op.batch_alter_table("screener_drafts", schema=None) as batch_op:
        batch_op.drop_index("ix_screener_drafts_updated_at")
        batch_op.drop_index(batch_op.f("ix_screener_drafts_member_id"))

    op.drop_table("screener_drafts")
    with op.batch_alter_table("governance_overrides", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_governance_overrides_study_id"))
        batch_op.drop_index("ix_governance_overrides_participant_id_study_id")

    op.drop_table("governance_overrides")
    op.drop_table("consent_texts")
    with op.batch_alter_table("bulk_changes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bulk_changes_study_id"))
        batch_op.drop_index(batch_op.f("ix_bulk_changes_member_id"))

    op.drop_table("bulk_changes")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_workspace_id_id")
        batch_op.drop_index("ix_audit_entries_participant_id_id")

    op.drop_table("audit_entries")
    with op.batch_alter_table("pending_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pending_imports_member_id"))
        batch_op.drop_index("ix_pending_imports_made_at")

    op.drop_table("pending_imports")
    with op.batch_alter_table("participant_notes", schema=None) as batch_op:
        batch_op.drop_index("ix_participant_notes_participant_id_id")

    op.drop_table("participant_notes")
    with op.batch_alter_table("participant_addresses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participant_addresses_participant_id"))

    op.drop_table("participant_addresses")
    with op.batch_alter_table("merged_participants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_merged_participants_participant_id"))

    op.drop_table("merged_participants")
    with op.batch_alter_table("blocklist_suggestions", schema=None) as batch_op:
        batch_op.drop_index("ix_blocklist_suggestions_workspace_id_is_approved")
        batch_op.drop_index(batch_op.f("ix_blocklist_suggestions_participant_id"))

    op.drop_table("blocklist_suggestions")
    op.drop_table("suppressed_addresses")
    with op.batch_alter_table("governance_rules", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_governance_rules_workspace_id"))

    op.drop_table("governance_rules")
