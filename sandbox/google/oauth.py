"""Signing in: the grant by which a service account acts for a user of the domain (JWT bearer, delegation by `sub`)."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CALENDAR_SCOPE = "https://www.googleapis.com/auth/calendar"
GMAIL_SEND = "https://www.googleapis.com/auth/gmail.send"
GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
"""What Google's own library names as audience, wherever it sends the assertion."""
_TOKEN_LIFE = timedelta(hours=1)


class TokenError(Exception):
    """An OAuth error: `error` is the code for the program, the message its description."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token allows: to act as `subject`, within `scopes`, until `expires` (UNIX seconds)."""

    subject: str
    scopes: list[str]
    expires: float


class ServiceAccount:
    """One service account with domain-wide delegation, for calendars and to send mail. Its key is made when needed."""

    def __init__(self, token_uri: str) -> None:
        self.email = "callsheet@sandbox-project.iam.gserviceaccount.example"
        self.token_uri = token_uri
        self._key_id = secrets.token_hex(20)
        self._key: rsa.RSAPrivateKey | None = None
        self._making = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def info(self) -> dict[str, Any]:
        """The key file's content, as Google's console would give it out."""
        return {
            "type": "service_account",
            "project_id": "sandbox-project",
            "private_key_id": self._key_id,
            "private_key": self._pem(),
            "client_email": self.email,
            "client_id": "100000000000000000001",
            "token_uri": self.token_uri,
            "universe_domain": "googleapis.com",
        }

    def grant(self, assertion: str, is_user: Callable[[str], bool], now: datetime) -> dict[str, Any]:
        """The token endpoint's answer to a signed assertion. Raises TokenError for what Google refuses."""
        claims = self._verified(assertion)
        subject = claims.get("sub", self.email)
        if subject != self.email and not is_user(subject):
            raise TokenError("invalid_grant", "Invalid email or User ID")
        scopes = claims.get("scope", "").split()
        if not scopes:
            raise TokenError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        if not all(_is_delegated(scope) for scope in scopes):
            raise TokenError(
                "unauthorized_client",
                "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any "
                "of the scopes requested.",
                401,
            )
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._grants = {t: g for t, g in self._grants.items() if g.expires > now.timestamp()}
        self._grants[token] = Grant(subject.lower(), scopes, (now + _TOKEN_LIFE).timestamp())
        return {"access_token": token, "expires_in": int(_TOKEN_LIFE.total_seconds()), "token_type": "Bearer"}

    def allowed(self, token: str, now: datetime) -> Grant | None:
        """What a token allows now; None when it is wrong or too old."""
        grant = self._grants.get(token)
        return grant if grant is not None and grant.expires > now.timestamp() else None

    def dump(self) -> dict[str, Any]:
        grants = {token: asdict(grant) for token, grant in list(self._grants.items())}
        return {"key_id": self._key_id, "private_key": self._pem(), "grants": grants}

    def load(self, data: dict[str, Any]) -> None:
        key = serialization.load_pem_private_key(data["private_key"].encode("ascii"), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key_id, self._key = data["key_id"], key
        self._grants = {token: Grant(**grant) for token, grant in data["grants"].items()}

    def _private_key(self) -> rsa.RSAPrivateKey:
        with self._making:
            if self._key is None:
                self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            return self._key

    def _pem(self) -> str:
        octets = self._private_key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return octets.decode("ascii")

    def _verified(self, assertion: str) -> dict[str, Any]:
        """The claims of an RS256 assertion by this account.

        Its times are by the signer's clock, and the sandbox's may be ahead: only its length of life is looked at.
        """
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(body))
            self._private_key().public_key().verify(
                _decoded(signature), f"{head}.{body}".encode("ascii"), padding.PKCS1v15(), hashes.SHA256()
            )
        except (ValueError, InvalidSignature):
            raise TokenError("invalid_grant", "Invalid JWT Signature.") from None
        if not isinstance(claims, dict) or not isinstance(header, dict) or header.get("alg") != "RS256":
            raise TokenError("invalid_grant", "Invalid JWT: RS256 is needed.")
        if claims.get("iss") != self.email:
            raise TokenError("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (self.token_uri, GOOGLE_AUDIENCE):
            raise TokenError("invalid_grant", "Invalid JWT: Failed audience check.")
        if not 0 < claims.get("exp", 0) - claims.get("iat", 0) <= _TOKEN_LIFE.total_seconds():
            raise TokenError("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes).")
        return claims


def _is_delegated(scope: str) -> bool:
    return scope in (CALENDAR_SCOPE, GMAIL_SEND) or scope.startswith(f"{CALENDAR_SCOPE}.")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
