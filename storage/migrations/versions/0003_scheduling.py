"""Scheduling: setups, availability, links of enrolments, the waiting list, mails that went out"""

import sqlalchemy as sa
from alembic import op

from storage.types import Id, Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MAIL_KIND = sa.Enum(
    "screener_invitation",
    "scheduler",
    "survey_invitation",
    "test_invitation",
    "slot_offer",
    "confirmation",
    "rescheduled",
    "cancellation",
    "host_change",
    "reminder",
    "incentive",
    "custom",
    "reschedule_request",
    name="mailkind",
    native_enum=False,
    length=40,
)
OF_SEATS = """
    UPDATE participant_links SET enrolment_id = (
        SELECT attendees.enrolment_id FROM attendees WHERE attendees.id = participant_links.attendee_id
    )
"""
REMINDERS = (24 * 60, 60)
"""Minutes before a session: every study that there is gets the standard reminders."""


def upgrade() -> None:
    op.create_table(
        "invitation_lists",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("participant_ids", Json, nullable=False),
        sa.Column("named_twice", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_invitation_lists_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_invitation_lists_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_lists")),
    )
    with op.batch_alter_table("invitation_lists", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_lists_member_id"), ["member_id"], unique=False)
        batch_op.create_index("ix_invitation_lists_study_id_sent_at", ["study_id", "sent_at"], unique=False)

    op.create_table(
        "mail_templates",
        sa.Column("team_id", Id, nullable=False),
        sa.Column("kind", MAIL_KIND, nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_mail_templates_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "kind", name=op.f("pk_mail_templates")),
    )
    op.create_table(
        "member_availabilities",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_availabilities_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_availabilities")),
    )
    op.create_table(
        "scheduling_setups",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("team_id", Id, nullable=False),
        sa.Column("study_id", Id, nullable=True),
        sa.Column("name", sa.String(length=80), nullable=True),
        sa.Column("document", Json, nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_scheduling_setups_study_id_studies"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_scheduling_setups_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduling_setups")),
        sa.UniqueConstraint("study_id", name=op.f("uq_scheduling_setups_study_id")),
        sa.UniqueConstraint("team_id", "name", name=op.f("uq_scheduling_setups_team_id_name")),
    )
    with op.batch_alter_table("scheduling_setups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scheduling_setups_team_id"), ["team_id"], unique=False)

    op.create_table(
        "scheduling_drafts",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_scheduling_drafts_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_scheduling_drafts_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduling_drafts")),
    )
    with op.batch_alter_table("scheduling_drafts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scheduling_drafts_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_scheduling_drafts_study_id"), ["study_id"], unique=False)
        batch_op.create_index("ix_scheduling_drafts_updated_at", ["updated_at"], unique=False)

    op.create_table(
        "study_reminders",
        sa.Column("study_id", Id, nullable=False),
        sa.Column("minutes_before", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_study_reminders_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("study_id", "minutes_before", name=op.f("pk_study_reminders")),
    )
    with op.batch_alter_table("study_reminders", schema=None) as batch_op:
        batch_op.create_index("ix_study_reminders_minutes_before", ["minutes_before"], unique=False)

    op.create_table(
        "scheduling_members",
        sa.Column("setup_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("role", sa.Enum("host", "guest", name="setuprole", native_enum=False, length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_scheduling_members_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["setup_id"],
            ["scheduling_setups.id"],
            name=op.f("fk_scheduling_members_setup_id_scheduling_setups"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("setup_id", "member_id", name=op.f("pk_scheduling_members")),
    )
    with op.batch_alter_table("scheduling_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scheduling_members_member_id"), ["member_id"], unique=False)

    op.create_table(
        "slot_offers",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "claimed", "lost", "expired", name="offerstate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("offered_by", sa.Text(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_slot_offers_enrolment_id_enrolments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_slot_offers_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot_offers")),
        sa.UniqueConstraint("enrolment_id", "starts_at", name=op.f("uq_slot_offers_enrolment_id_starts_at")),
    )
    with op.batch_alter_table("slot_offers", schema=None) as batch_op:
        batch_op.create_index("ix_slot_offers_state_expires_at", ["state", "expires_at"], unique=False)
        batch_op.create_index("ix_slot_offers_study_id_state", ["study_id", "state"], unique=False)

    op.create_table(
        "waiting_entries",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("study_id", Id, nullable=False),
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("wish", sa.Enum("any", "earlier", name="wish", native_enum=False, length=40), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.id"],
            name=op.f("fk_waiting_entries_enrolment_id_enrolments"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["study_id"], ["studies.id"], name=op.f("fk_waiting_entries_study_id_studies"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_entries")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_waiting_entries_enrolment_id")),
    )
    with op.batch_alter_table("waiting_entries", schema=None) as batch_op:
        batch_op.create_index("ix_waiting_entries_study_id_id", ["study_id", "id"], unique=False)

    op.create_table(
        "sent_mails",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("workspace_id", Id, nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("participant_id", Id, nullable=False),
        sa.Column("enrolment_id", Id, nullable=True),
        sa.Column("attendee_id", Id, nullable=True),
        sa.Column("kind", MAIL_KIND, nullable=False),
        sa.Column(
            "fate",
            sa.Enum("sent", "soft_bounced", "hard_bounced", name="mailfate", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=20), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("bounced_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attendee_id"], ["attendees.id"], name=op.f("fk_sent_mails_attendee_id_attendees"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_sent_mails_enrolment_id_enrolments"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"],
            ["participants.id"],
            name=op.f("fk_sent_mails_participant_id_participants"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.id"], name=op.f("fk_sent_mails_workspace_id_workspaces"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sent_mails")),
        sa.UniqueConstraint("message_id", name=op.f("uq_sent_mails_message_id")),
    )
    with op.batch_alter_table("sent_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sent_mails_attendee_id"), ["attendee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sent_mails_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sent_mails_participant_id"), ["participant_id"], unique=False)
        batch_op.create_index("ix_sent_mails_sent_at", ["sent_at"], unique=False)

    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seated_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("busy_times", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_busy", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.add_column(sa.Column("read_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("invited_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("moves", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("participant_links", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "purpose",
                sa.Enum("page", "unsubscribe", "claim", name="linkpurpose", native_enum=False, length=40),
                server_default="page",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("enrolment_id", Id, nullable=True))
        batch_op.add_column(sa.Column("offer_id", Id, nullable=True))
        batch_op.alter_column("attendee_id", existing_type=Id, nullable=True)
    op.execute(OF_SEATS)
    op.execute("DELETE FROM participant_links WHERE enrolment_id IS NULL")
    with op.batch_alter_table("participant_links", schema=None) as batch_op:
        batch_op.alter_column("enrolment_id", existing_type=Id, nullable=False)
        batch_op.alter_column("purpose", server_default=None)
        batch_op.create_index(batch_op.f("ix_participant_links_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_participant_links_enrolment_id_enrolments"),
            "enrolments",
            ["enrolment_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_participant_links_offer_id_slot_offers"),
            "slot_offers",
            ["offer_id"],
            ["id"],
            ondelete="CASCADE",
        )

    for table, name in (("busy_times", "is_busy"), ("enrolments", "moves")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(name, server_default=None)
    for minutes in REMINDERS:
        op.execute(f"INSERT INTO study_reminders (study_id, minutes_before) SELECT id, {minutes} FROM studies")

    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("soft_bounced_at", UtcDateTime(), nullable=True))

    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("location_passcode", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("sender_name", sa.String(length=100), nullable=True))
        batch_op.add_column(sa.Column("reply_to", sa.String(length=254), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_column("reply_to")
        batch_op.drop_column("sender_name")
        batch_op.drop_column("location_passcode")

    with op.batch_alter_table("participants", schema=None) as batch_op:
        batch_op.drop_column("soft_bounced_at")

    op.execute("DELETE FROM participant_links WHERE attendee_id IS NULL")
    with op.batch_alter_table("participant_links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_participant_links_offer_id_slot_offers"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_participant_links_enrolment_id_enrolments"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_participant_links_enrolment_id"))
        batch_op.alter_column("attendee_id", existing_type=Id, nullable=False)
        batch_op.drop_column("offer_id")
        batch_op.drop_column("enrolment_id")
        batch_op.drop_column("purpose")

    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_column("moves")
        batch_op.drop_column("invited_at")

    with op.batch_alter_table("calendar_feeds", schema=None) as batch_op:
        batch_op.drop_column("read_at")

    with op.batch_alter_table("busy_times", schema=None) as batch_op:
        batch_op.drop_column("is_busy")

    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.drop_column("seated_at")

    with op.batch_alter_table("sent_mails", schema=None) as batch_op:
        batch_op.drop_index("ix_sent_mails_sent_at")
        batch_op.drop_index(batch_op.f("ix_sent_mails_participant_id"))
        batch_op.drop_index(batch_op.f("ix_sent_mails_enrolment_id"))
        batch_op.drop_index(batch_op.f("ix_sent_mails_attendee_id"))

    op.drop_table("sent_mails")
    with op.batch_alter_table("waiting_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_waiting_entries_study_id_id")

    op.drop_table("waiting_entries")
    with op.batch_alter_table("slot_offers", schema=None) as batch_op:
        batch_op.drop_index("ix_slot_offers_study_id_state")
        batch_op.drop_index("ix_slot_offers_state_expires_at")

    op.drop_table("slot_offers")
    with op.batch_alter_table("scheduling_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scheduling_members_member_id"))

    op.drop_table("scheduling_members")
    with op.batch_alter_table("study_reminders", schema=None) as batch_op:
        batch_op.drop_index("ix_study_reminders_minutes_before")

    op.drop_table("study_reminders")
    with op.batch_alter_table("scheduling_drafts", schema=None) as batch_op:
        batch_op.drop_index("ix_scheduling_drafts_updated_at")
        batch_op.drop_index(batch_op.f("ix_scheduling_drafts_study_id"))
        batch_op.drop_index(batch_op.f("ix_scheduling_drafts_member_id"))

    op.drop_table("scheduling_drafts")
    with op.batch_alter_table("scheduling_setups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_scheduling_setups_team_id"))

    op.drop_table("scheduling_setups")
    op.drop_table("member_availabilities")
    op.drop_table("mail_templates")
    with op.batch_alter_table("invitation_lists", schema=None) as batch_op:
        batch_op.drop_index("ix_invitation_lists_study_id_sent_at")
        batch_op.drop_index(batch_op.f("ix_invitation_lists_member_id"))

    op.drop_table("invitation_lists")
