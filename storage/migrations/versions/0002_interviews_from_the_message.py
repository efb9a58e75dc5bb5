"""Interviews from the message: undo, hosts who did not come, own links, ratings, grouped posts"""

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATUS = sa.Enum("upcoming", "completed", "no_showed", "canceled", name="interviewstatus", native_enum=False, length=40)
OWN_LINKS = """
    UPDATE interviews SET link_is_own = true, link = (
        SELECT studies.location_text FROM studies WHERE studies.id = interviews.study_id
    ) WHERE (location = 'custom' OR link IS NOT NULL) AND study_id IN (
        SELECT studies.id FROM studies WHERE studies.location_text IS NOT NULL AND studies.location = interviews.location
    )
"""
"""Where the study gave the link, or for a custom location the place, the interview has it as its own."""


def upgrade() -> None:
    op.create_table(
        "session_ratings",
        sa.Column("interview_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interview_id"], ["interviews.id"], name=op.f("fk_session_ratings_interview_id_interviews"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_session_ratings_member_id_members"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("interview_id", "member_id", name=op.f("pk_session_ratings")),
    )
    with op.batch_alter_table("interviews", schema=None) as batch_op:
        for name in ("host_no_show", "link_is_own"):
            batch_op.add_column(sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
        for name in ("event_number", "meeting_number"):
            batch_op.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("settled_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("status_before", STATUS, nullable=True))
        batch_op.add_column(sa.Column("was_verified", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("host_no_show_before", sa.Boolean(), nullable=True))
        batch_op.create_index("ix_interviews_organizer_id_starts_at", ["organizer_id", "starts_at"], unique=False)
    with op.batch_alter_table("interviews", schema=None) as batch_op:
        for name in ("host_no_show", "link_is_own", "event_number", "meeting_number"):
            batch_op.alter_column(name, server_default=None)
    op.execute(OWN_LINKS)
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.add_column(sa.Column("outcome_before", STATUS, nullable=True))
    with op.batch_alter_table("timeline_entries", schema=None) as batch_op:
        batch_op.add_column(sa.Column("post_id", Id, nullable=True))
        batch_op.add_column(sa.Column("link", sa.Text(), nullable=True))
        batch_op.create_index(batch_op.f("ix_timeline_entries_post_id"), ["post_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("timeline_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_timeline_entries_post_id"))
        batch_op.drop_column("link")
        batch_op.drop_column("post_id")
    with op.batch_alter_table("attendees", schema=None) as batch_op:
        batch_op.drop_column("outcome_before")
    with op.batch_alter_table("interviews", schema=None) as batch_op:
        batch_op.drop_index("ix_interviews_organizer_id_starts_at")
        for name in (
            "host_no_show_before",
            "was_verified",
            "status_before",
            "settled_at",
            "meeting_number",
            "event_number",
            "link_is_own",
            "host_no_show",
        ):
            batch_op.drop_column(name)
    op.drop_table("session_ratings")
