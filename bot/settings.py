"""The settings: read from the environment and from `.env`, checked together, and named when they are wrong.

Slack's own names are used as they are; everything else begins with `CALLSHEET_`. Each setting's `description` ends the
sentence "… must be", and stands in `docs/configuration.md` with the rest of what there is to say about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Set
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

import sqlalchemy as sa
from cryptography.fernet import Fernet
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

SLACK_API_URL = "https://slack.com/api/"
SHORTEST_SECRET = 32
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
TOKEN_KINDS = {
    "xoxb-": "a bot token",
    "xapp-": "an app-level token",
    "xoxp-": "a user token",
    "xoxe": "a refresh token or a token that rotates",
}


class SettingsError(Exception):
    """Settings are wrong or missing. `sentences` says, one each, which and what to do."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


def _starts_with(prefix: str, found_in: str) -> Callable[[SecretStr], SecretStr]:
    """A check that a token is of one kind; the frequent mistake is to swap two of them."""

    def check(token: SecretStr) -> SecretStr:
        value = token.get_secret_value()
        if value.startswith(prefix):
            return token
        kind = next((kind for start, kind in TOKEN_KINDS.items() if value.startswith(start)), "something else")
        raise ValueError(f"must begin with {prefix}, but holds {kind}. Copy the right one from {found_in}.")

    return check


def _signing_secret(secret: SecretStr) -> SecretStr:
    if secret.get_secret_value().startswith(tuple(TOKEN_KINDS)):
        raise ValueError("holds a token. Copy the signing secret from “Basic Information” → “App Credentials”.")
    return secret


def _web_address(value: str) -> SplitResult:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be a whole address such as https://callsheet.example.com.")
    return parts


def _endpoint(value: str) -> str:
    _web_address(value)
    return value.rstrip("/") + "/"


def _public_url(value: str) -> str:
    parts = _web_address(value)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise ValueError("must begin with https://: participants' links are keys, and must not travel in the open.")
    return value.rstrip("/")


def _database_url(secret: SecretStr) -> SecretStr:
    examples = "sqlite:///callsheet.db or postgresql://user:password@host/callsheet"
    try:
        url = sa.make_url(secret.get_secret_value())
    except sa.exc.ArgumentError:
        raise ValueError(f"must be an address such as {examples}.") from None
    if url.get_backend_name() not in ("sqlite", "postgresql", "postgres"):
        raise ValueError(f"must name SQLite or PostgreSQL: {examples}.")
    return secret


def _smtp_url(secret: SecretStr) -> SecretStr:
    parts = urlsplit(secret.get_secret_value())
    try:
        fits = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "must be an address such as smtp://user:password@mail.example.com:587 (smtps:// for TLS at once)."
        )
    return secret


def _mail_address(value: str) -> str:
    local, _, domain = parseaddr(value)[1].rpartition("@")
    if not local or not domain or " " in domain:
        raise ValueError("must be an address such as research@example.com or Research team <research@example.com>.")
    return value


def _bounce_secret(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(
            f"must have at least {SHORTEST_SECRET} characters. Make one by: "
            "python -c 'import secrets; print(secrets.token_hex(32))'."
        )
    return secret


def _service_account(secret: SecretStr) -> SecretStr:
    """Take a key, or the path of its file, and keep the key."""
    value = secret.get_secret_value()
    if not value.startswith("{"):
        try:
            value = Path(value).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            raise ValueError(f"names a file that can't be read: {value}. Give its path, or the JSON itself.") from None
    try:
        key = json.loads(value)
    except ValueError:
        key = None
    if not isinstance(key, dict) or not {"client_email", "private_key", "token_uri"} <= key.keys():
        raise ValueError("is not a service account's key. Download it as JSON from the Google Cloud console.")
    return SecretStr(value)


def _fernet_keys(secret: SecretStr) -> SecretStr:
    for key in _split(secret.get_secret_value()):
        try:
            Fernet(key)
        except ValueError:
            raise ValueError(
                "must be Fernet keys, the newest first, with commas between. Make one by: python -c "
                "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'."
            ) from None
    return secret


def _split(value: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in value.split(","))))


BotToken = Annotated[SecretStr, AfterValidator(_starts_with("xoxb-", "“OAuth & Permissions”"))]
AppToken = Annotated[SecretStr, AfterValidator(_starts_with("xapp-", "“Basic Information” → “App-Level Tokens”"))]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp_url)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
BounceSecret = Annotated[SecretStr, AfterValidator(_bounce_secret)]
ServiceAccountKey = Annotated[SecretStr, AfterValidator(_service_account)]
FernetKeys = Annotated[SecretStr, AfterValidator(_fernet_keys)]
Port = Annotated[int, Field(ge=0, le=65535, description="a whole number from 0 to 65535 (0: any free port)")]
MailBy = Annotated[Literal["smtp", "gmail"], BeforeValidator(str.lower), Field(description="smtp or gmail")]
MailsPerMinute = Annotated[int, Field(ge=1, description="a whole number from 1")]
LogFormat = Annotated[Literal["json", "console"], BeforeValidator(str.lower), Field(description="json or console")]
LogLevel = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR"],
    BeforeValidator(str.upper),
    Field(description="DEBUG, INFO, WARNING or ERROR"),
]


class Settings(BaseSettings):
    """What this Callsheet is told. Secrets don't show when it is printed."""

    model_config = SettingsConfigDict(
        env_prefix="CALLSHEET_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        str_strip_whitespace=True,
    )

    slack_bot_token: BotToken | None = Field(default=None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: AppToken | None = Field(default=None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SigningSecret | None = Field(default=None, validation_alias="SLACK_SIGNING_SECRET")
    slack_client_id: str | None = Field(default=None, validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: SecretStr | None = Field(default=None, validation_alias="SLACK_CLIENT_SECRET")
    slack_api_url: Endpoint = Field(default=SLACK_API_URL, validation_alias="SLACK_API_URL")

    database_url: DatabaseUrl = SecretStr("sqlite:///.callsheet/callsheet.db")
    encryption_keys: FernetKeys | None = None
    public_url: PublicUrl | None = None
    host: str = "127.0.0.1"
    port: Port = 3000
    mail_by: MailBy = "smtp"
    smtp_url: SmtpUrl | None = None
    mail_from: MailAddress | None = None
    bounce_address: MailAddress | None = None
    bounce_secret: BounceSecret | None = None
    mails_per_minute: MailsPerMinute = 30
    google_service_account: ServiceAccountKey | None = None
    google_api_endpoint: Endpoint | None = None
    gmail_api_endpoint: Endpoint | None = None
    log_format: LogFormat | None = None
    log_level: LogLevel = "INFO"

    @model_validator(mode="wrap")
    @classmethod
    def _together(cls, values: Mapping[str, Any], handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Check what belongs together, and say it along with what is wrong by itself."""
        given = {_name(key) for key, value in values.items() if value}
        ways = {str(value).lower() for key, value in values.items() if _name(key) == "CALLSHEET_MAIL_BY"}
        errors = [
            InitErrorDetails(type=PydanticCustomError("together", "{sentence}", {"sentence": sentence}), input=None)
            for sentence in _gaps(given, by_gmail="gmail" in ways)
        ]
        try:
            settings = handler(values)
        except ValidationError as error:
            own: Any = error.errors(include_url=False, include_input=False)
            each = [
                InitErrorDetails(
                    type=PydanticCustomError("single", "{sentence}", {"sentence": _sentence(one)}), input=None
                )
                for one in own
            ]
            raise ValidationError.from_exception_data(cls.__name__, each + errors, hide_input=True) from None
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors, hide_input=True)
        return settings

    @property
    def transport(self) -> Literal["socket", "http"]:
        """How Slack's payloads arrive: Socket Mode when there is an app-level token, else HTTP."""
        return "socket" if self.slack_app_token else "http"

    @property
    def wants_oauth(self) -> bool:
        """Whether workspaces install the app by themselves, instead of the one whose bot token is given."""
        return self.slack_client_id is not None

    @property
    def knows_slack(self) -> bool:
        """Whether a workspace can be joined at all; without one, `make run` opens the sandbox."""
        return self.slack_bot_token is not None or self.wants_oauth

    @property
    def mail_sender(self) -> tuple[str, str]:
        """The sender's name ("Callsheet" unless one is given) and address, which is empty when there is no mail."""
        name, address = parseaddr(self.mail_from or "")
        return name or "Callsheet", address

    @property
    def mail_bounces_to(self) -> str | None:
        """The address alone to which mail servers report what they could not deliver; None for the sender's."""
        return parseaddr(self.bounce_address)[1] if self.bounce_address else None

    @property
    def has_mail(self) -> bool:
        """Whether mail is set up, by whichever way."""
        return self.smtp_url is not None or self.mail_by == "gmail"

    @property
    def fernet_keys(self) -> tuple[str, ...]:
        """The keys for tokens at rest: the first encrypts, all decrypt."""
        return _split(self.encryption_keys.get_secret_value()) if self.encryption_keys else ()

    @property
    def google_key(self) -> dict[str, Any] | None:
        """The service account's key as Google's console gave it out."""
        if self.google_service_account is None:
            return None
        key: dict[str, Any] = json.loads(self.google_service_account.get_secret_value())
        return key


def load_settings(env_file: Path | None = Path(".env"), **values: Any) -> Settings:
    """The settings of the environment and of `env_file`, whose names give way to those of the environment.

    `values`, by field name (`database_url=…`), come before both. The folder of a SQLite file is made. Raises
    SettingsError with everything that is wrong at once.
    """
    try:
        settings = Settings(_env_file=env_file, **values)  # type: ignore[call-arg]
    except ValidationError as error:
        raise SettingsError(one["msg"] for one in error.errors(include_url=False, include_input=False)) from None
    _make_folder(sa.make_url(settings.database_url.get_secret_value()))
    return settings


def setting_names() -> list[str]:
    """Every setting by the name that it has in the environment."""
    return [_name(field) for field in Settings.model_fields]


def _name(key: str) -> str:
    """A setting's name in the environment, whether given by that or by its field's."""
    field = Settings.model_fields.get(key.lower().removeprefix("callsheet_"))
    if field is None or field.validation_alias:
        return key.upper()
    return f"CALLSHEET_{key.upper().removeprefix('CALLSHEET_')}"


def _sentence(error: Mapping[str, Any]) -> str:
    key = str(error["loc"][0])
    name = _name(key)
    if error["type"] == "value_error":
        return f"{name} {error['ctx']['error']}"
    field = Settings.model_fields[name.lower().removeprefix("callsheet_")]
    return f"{name} must be {field.description or 'a text'}."


def _gaps(given: Set[str], *, by_gmail: bool) -> list[str]:
    """What is missing for what is given, or does not go with it: a sentence each."""
    mail_gap = _gmail_gap(given) if by_gmail else _mail_gap(given)
    return [
        sentence
        for sentence in (_slack_gap(given), _oauth_gap(given), _request_gap(given), mail_gap)
        if sentence is not None
    ]


def _slack_gap(given: Set[str]) -> str | None:
    for_slack = {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} & given
    if not for_slack or {"SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"} & given:
        return None
    return (
        f"SLACK_BOT_TOKEN is missing, though {' and '.join(sorted(for_slack))} is set. "
        "Copy it (xoxb-…) from “OAuth & Permissions”, after “Install to workspace”."
    )


def _oauth_gap(given: Set[str]) -> str | None:
    wanted = {"SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"}
    if not wanted & given:
        return None
    if "SLACK_BOT_TOKEN" in given:
        return (
            "SLACK_BOT_TOKEN serves one workspace, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET any that installs the app: "
            "leave out the one or the others."
        )
    missing = sorted((wanted | {"CALLSHEET_ENCRYPTION_KEYS", "CALLSHEET_PUBLIC_URL"}) - given)
    if not missing:
        return None
    return f"For workspaces to install the app, set {' and '.join(missing)} too (see docs/configuration.md)."


def _request_gap(given: Set[str]) -> str | None:
    joins = {"SLACK_BOT_TOKEN", "SLACK_CLIENT_ID"} & given
    if not joins or {"SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"} & given:
        return None
    return (
        "SLACK_APP_TOKEN is missing: set it (xapp-…, from “Basic Information” → “App-Level Tokens”) for Socket Mode, "
        "or SLACK_SIGNING_SECRET for HTTP."
    )


def _mail_gap(given: Set[str]) -> str | None:
    both = {"CALLSHEET_SMTP_URL", "CALLSHEET_MAIL_FROM"}
    if len(both & given) != 1:
        return None
    return f"{min(both - given)} is missing: mail needs both the server and the sender's address."


def _gmail_gap(given: Set[str]) -> str | None:
    missing = sorted({"CALLSHEET_MAIL_FROM", "CALLSHEET_GOOGLE_SERVICE_ACCOUNT"} - given)
    if not missing:
        return None
    are = "are" if len(missing) > 1 else "is"
    return f"{' and '.join(missing)} {are} missing: Gmail needs both the mailbox and a key."


def _make_folder(url: sa.URL) -> None:
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                [f"CALLSHEET_DATABASE_URL names a folder that can't be made: {error.strerror} ({url.database})."]
            ) from None
