"""What all pages behind participants' links share: who may ask how often, whose forms are taken, one unit of work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import ceil
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.clock import Clock
from bot.web import pages
from bot.web.limits import RateLimit
from domain.person import LinkPurpose
from storage.engine import Database

Result = TypeVar("Result")

LARGEST_FORM = 16_000
"""Bytes. The largest form holds a reason of a few sentences."""
MOST_FIELDS = 20
LARGEST_ANSWERS = 400_000
"""Bytes of a page of a screener: a few long texts, of which a form makes nine bytes of many a letter."""
MOST_ANSWERS = 500
"""Fields of such a page: one for each box that is ticked."""
KINDS = {LinkPurpose.PAGE: "s", LinkPurpose.CLAIM: "c", LinkPurpose.SCREENER: "q", LinkPurpose.TASK: "t"}
"""How the path of a page begins, by what the link is for that opens it."""
LONGEST_TOKEN = 64
"""Characters of a link's secret that tell it from others: ours are shorter."""


class Visits:
    """Lets visitors in and does what they ask for, in a thread.

    `public_url` is where people reach the pages, as far as it is known: where forms may come from, and what paths begin
    with.
    """

    def __init__(self, database: Database, clock: Clock, public_url: str | None) -> None:
        self._database = database
        self._clock = clock
        self._public = urlsplit(public_url or "")
        self._per_address = RateLimit(burst=120, per_second=2)
        self._per_machine = RateLimit(burst=1_200, per_second=20)
        self._per_link = RateLimit(burst=30, per_second=0.5)
        self._joining = RateLimit(burst=20, per_second=1 / 30)
        self._joined = RateLimit(burst=200, per_second=2)

    def now(self) -> datetime:
        return self._clock.now()

    def path(self, request: Request, kind: str = "s", token: str | None = None) -> str:
        """Where the link's pages of a kind are, or those of another link."""
        return f"{self._public.path.rstrip('/')}/{kind}/{token or request.path_params['token']}"

    def home(self, purpose: LinkPurpose, token: str) -> str:
        """Where the pages of a link of that purpose are."""
        return f"{self._public.path.rstrip('/')}/{KINDS[purpose]}/{token}"

    def to(self, request: Request, path: str = "", kind: str = "s", token: str | None = None) -> Response:
        """Lead to one of the link's pages, or of another link's, by a GET."""
        return RedirectResponse(self.path(request, kind, token) + path, 303, pages.headers())

    def limit(self, request: Request, *, is_machine: bool = False) -> None:
        """Refuse who asks too often. Machines ask for many people from one address, so they may ask more often."""
        address = request.client.host if request.client else ""
        by_address = (self._per_machine if is_machine else self._per_address).wait(address)
        wait = by_address or self._per_link.wait(request.path_params["token"][:LONGEST_TOKEN])
        if wait:
            raise HTTPException(429, headers={"retry-after": str(ceil(wait))})

    def limit_shared(self, request: Request, *, is_joining: bool) -> None:
        """Refuse who asks too often for a page whose link many have. Few have a reason to join often."""
        address = request.client.host if request.client else ""
        wait = self._per_address.wait(address)
        if is_joining:
            wait = (
                wait or self._joining.wait(address) or self._joined.wait(request.path_params["token"][:LONGEST_TOKEN])
            )
        if wait:
            raise HTTPException(429, headers={"retry-after": str(ceil(wait))})

    def refuse_foreign(self, request: Request) -> None:
        """Forms of other sites may not answer for anybody.

        Because of `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own form, too; they tell by
        `Sec-Fetch-Site` whose it is.
        """
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "null")
        try:
            is_own = origin == "null" or urlsplit(origin).netloc in (request.url.netloc, self._public.netloc)
        except ValueError:
            is_own = False
        if site not in (None, "same-origin", "none") or not is_own:
            raise HTTPException(403)

    async def read(self, read: Callable[[Session, datetime], Result]) -> Result:
        """What a reading brings."""

        def reading() -> Result:
            with self._database.reading() as session:
                return read(session, self._clock.now())

        return await run_in_threadpool(reading)

    async def change(self, change: Callable[[Session, datetime], Result]) -> Result:
        """What a change brings, once it is committed."""

        def changing() -> Result:
            return self._database.carry_out(lambda session: change(session, self._clock.now()))

        return await run_in_threadpool(changing)


async def body_of(request: Request, largest: int = LARGEST_FORM) -> bytes:
    """The body of a form. One that is too large is refused."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise HTTPException(413)
    return bytes(body)


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, the last of each name."""
    return fields_of(await body_of(request))


async def answers_of(request: Request) -> Mapping[str, Sequence[str]]:
    """The fields of a page of a screener: all of each name, in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs_of(await body_of(request, LARGEST_ANSWERS), MOST_ANSWERS):
        found[name].append(value)
    return found


def fields_of(body: bytes) -> Mapping[str, str]:
    return dict(pairs_of(body, MOST_FIELDS))


def pairs_of(body: bytes, most: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=most)
    except ValueError as error:
        raise HTTPException(400) from error
