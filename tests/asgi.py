"""Asking a web app without a port."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from starlette.applications import Starlette


def ask(app: Starlette, base_url: str, *requests: tuple[str, str, Mapping[str, Any]]) -> list[httpx.Response]:
    """The answers to requests, each a method, a path and what else httpx is given.

    In a thread of its own: in that of the tests Playwright's loop may be running.
    """

    async def every() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as browser:
            return [await browser.request(method, path, **given) for method, path, given in requests]

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, every()).result()
