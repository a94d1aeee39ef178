"""What time another server says it is."""

import asyncio
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

_PATIENCE = 5.0


async def date_of(url: str) -> datetime | None:
    """The `Date` that a server gives with whatever it answers; None if it can't be known.

    To the second, and as old as the answer took to come. `url` begins with http.
    """
    return await asyncio.to_thread(_date_of, url)


def _date_of(url: str) -> datetime | None:
    try:
        # the settings take no other address than one of http or https
        with urlopen(Request(url, method="HEAD"), timeout=_PATIENCE) as answer:  # noqa: S310
            told = answer.headers.get("Date")
    except HTTPError as refusal:
        told = refusal.headers.get("Date")
    except (URLError, OSError):
        return None
    try:
        return parsedate_to_datetime(told) if told else None
    except ValueError:
        return None
