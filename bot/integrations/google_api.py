"""Calls to Google on somebody's behalf: signing in, connections, and what its errors mean for us.

Google's client is large, so it is imported when it is first called.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.integrations.ports import Refused, Unavailable
from bot.integrations.wording import without_addresses

if TYPE_CHECKING:
    from google.auth.exceptions import RefreshError
    from google.oauth2.service_account import Credentials
    from google_auth_httplib2 import AuthorizedHttp
    from googleapiclient.errors import HttpError
    from googleapiclient.http import HttpRequest

Resource = TypeVar("Resource")
TIMEOUT = 10.0
"""Seconds that Google has for each step of a call."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of Google's services: its name and version in Google's directory, the scopes to ask for, its name for people.

    `locked_out` is the sentence for somebody for whom Google does not let us act, `not_found` for what is not there.
    """

    api: str
    version: str
    scopes: tuple[str, ...]
    label: str
    locked_out: str
    not_found: str


CALENDAR = Service(
    api="calendar",
    version="v3",
    scopes=("https://www.googleapis.com/auth/calendar.events",),
    label="Google Calendar",
    locked_out="Google no longer lets Callsheet use this calendar. Reconnect the calendar.",
    not_found="This person has no Google calendar that Callsheet may use.",
)

_RATE_LIMITS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"})
_LOCKED_OUT = frozenset({"invalid_grant", "access_denied", "admin_policy_enforced"})
_SIGN_IN_REFUSALS = {
    "unauthorized_client": (
        "Google does not let Callsheet act for the people of this domain. An administrator of the Google Workspace "
        "must allow its service account, under domain-wide delegation, the scope {scopes}."
    ),
    "invalid_client": "Google does not know Callsheet's service account. Give Callsheet a new key of it.",
    "disabled_client": "Callsheet's service account is disabled in Google. Enable it, or give Callsheet another's key.",
}
_MOST_IDLE = 32
_LONGEST_IDLE = 4.0
"""Seconds after which a connection is not used again: the other side may have closed it."""
_MOST_CREDENTIALS = 512


class Rejected(Refused):
    """Google said no for good. `status` is its HTTP status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class GoogleApi(Generic[Resource]):
    """A service of Google's through a service account that may act for the people of a domain. Safe for many threads.

    `account` is the content of the account's key file. `api_endpoint` is another server's address of the service,
    such as `http://127.0.0.1:3100/google/calendar/v3/`; `timeout` the seconds that each step of a call may take.
    """

    def __init__(
        self,
        account: Mapping[str, Any],
        api_endpoint: str | None = None,
        timeout: float = TIMEOUT,
        service: Service = CALENDAR,
    ) -> None:
        self._account = dict(account)
        self._of = service
        self._api_endpoint = api_endpoint
        self._timeout = timeout
        self._connections = _Connections()
        self._credentials = lru_cache(maxsize=_MOST_CREDENTIALS)(self._credentials_of)

    def call(self, subject: str, request: Callable[[Resource], HttpRequest], timeout: float | None = None) -> Any:
        """Google's answer to one request made as `subject`, the address of a person.

        `timeout` takes the place of the usual one. Nothing is tried twice. Raises Rejected, Refused (nobody may act
        for the person), or Unavailable.
        """
        key = (subject, timeout or self._timeout)
        with _translated(self._of), self._connections.lent(key, self._connect) as connection:
            return request(self._service).execute(http=connection)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._connections.close()

    @cached_property
    def _service(self) -> Resource:
        import httplib2
        from googleapiclient.discovery import build

        options = {"api_endpoint": self._api_endpoint} if self._api_endpoint else None
        # Every call brings its own connection: this one only keeps `build` from looking for credentials.
        of: tuple[Any, Any] = (self._of.api, self._of.version)
        built: Any = build(*of, http=httplib2.Http(), static_discovery=True, client_options=options)
        found: Resource = built
        return found

    @cached_property
    def _account_credentials(self) -> Any:
        from google.oauth2 import service_account

        untyped: Any = service_account.Credentials
        return untyped.from_service_account_info(self._account, scopes=self._of.scopes)

    def _credentials_of(self, subject: str) -> Credentials:
        credentials: Credentials = self._account_credentials.with_subject(subject)
        return credentials

    def _connect(self, key: tuple[str, float]) -> AuthorizedHttp:
        import httplib2
        from google_auth_httplib2 import AuthorizedHttp

        subject, timeout = key
        return AuthorizedHttp(self._credentials(subject), http=httplib2.Http(timeout=timeout))


@dataclass(frozen=True, slots=True)
class _Idle:
    """A connection that nobody uses, and since when (monotonic seconds)."""

    key: tuple[str, float]
    connection: AuthorizedHttp
    since: float


class _Connections:
    """Connections between calls, by subject and timeout. Each serves one thread at a time: httplib2 asks for that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: deque[_Idle] = deque()

    @contextmanager
    def lent(
        self, key: tuple[str, float], connect: Callable[[tuple[str, float]], AuthorizedHttp]
    ) -> Iterator[AuthorizedHttp]:
        """A connection for one call. It is used again unless it failed; an error that Google answers is no failure."""
        from googleapiclient.errors import HttpError

        connection = self._take(key) or connect(key)
        try:
            yield connection
        except HttpError:
            self._keep(key, connection)
            raise
        except BaseException:
            connection.close()
            raise
        self._keep(key, connection)

    def close(self) -> None:
        with self._lock:
            while self._idle:
                self._idle.pop().connection.close()

    def _take(self, key: tuple[str, float]) -> AuthorizedHttp | None:
        with self._lock:
            while self._idle and time.monotonic() - self._idle[0].since > _LONGEST_IDLE:
                self._idle.popleft().connection.close()
            found = next((idle for idle in self._idle if idle.key == key), None)
            if found is None:
                return None
            self._idle.remove(found)
            return found.connection

    def _keep(self, key: tuple[str, float], connection: AuthorizedHttp) -> None:
        with self._lock:
            self._idle.append(_Idle(key, connection, time.monotonic()))
            if len(self._idle) > _MOST_IDLE:
                self._idle.popleft().connection.close()


@contextmanager
def _translated(service: Service) -> Iterator[None]:
    """Turn what Google's client raises into our errors. Its own are dropped: they quote people's addresses."""
    from google.auth.exceptions import RefreshError, TransportError
    from googleapiclient.errors import HttpError
    from httplib2 import HttpLib2Error, ServerNotFoundError

    try:
        yield
    except HttpError as error:
        raise _answered(service, error) from None
    except RefreshError as error:
        raise _not_signed_in(service, error) from None
    except (ConnectionRefusedError, ServerNotFoundError, TransportError):
        raise Unavailable(f"{service.label} can't be reached.", went_out=False) from None
    except TimeoutError:
        raise Unavailable(f"{service.label} did not answer in time.") from None
    except (OSError, HTTPException, HttpLib2Error):
        raise Unavailable(f"The connection to {service.label} broke off.") from None


def _answered(service: Service, error: HttpError) -> Exception:
    status, reason = error.status_code, _reason(error)
    wait = _seconds(error.resp.get("retry-after"))
    if status == 429 or reason in _RATE_LIMITS:
        said = f"{service.label} asks for fewer calls: {without_addresses(error.reason)}"
        return Unavailable(said, retry_after=wait, went_out=False)
    if status >= 500 or status == 408:
        return Unavailable(f"{service.label} failed (HTTP {status}).", retry_after=wait)
    if status == 401 and not reason.startswith("push."):
        return Rejected(status, service.locked_out)
    if status == 404:
        return Rejected(status, service.not_found)
    return Rejected(status, f"{service.label} refused it: {without_addresses(error.reason)} (HTTP {status})")


def _reason(error: HttpError) -> str:
    """Google's word for the error, such as `rateLimitExceeded`."""
    details = error.error_details
    if isinstance(details, list) and details and isinstance(details[0], dict):
        return str(details[0].get("reason", ""))
    return ""


def _seconds(header: str | None) -> float | None:
    return float(header) if header is not None and header.isdecimal() else None


def _not_signed_in(service: Service, error: RefreshError) -> Exception:
    """Without a token the call itself was never made."""
    answer = error.args[1] if len(error.args) > 1 else None
    code = answer.get("error") if isinstance(answer, dict) else None
    if not isinstance(code, str):
        return Unavailable("Google's sign-in failed.", went_out=False)
    if code in _LOCKED_OUT:
        return Refused(service.locked_out)
    if code in _SIGN_IN_REFUSALS:
        return Refused(_SIGN_IN_REFUSALS[code].format(scopes=", ".join(service.scopes)))
    return Unavailable("Google's sign-in failed.", went_out=False)
