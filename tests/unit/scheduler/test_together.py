"""Several things at once: in order, and one error ends all."""

import asyncio

import pytest

from scheduler.together import together


async def _give(number: int) -> int:
    await asyncio.sleep(0)
    return number


async def test_what_each_gives_comes_in_order() -> None:
    assert await together(_give(number) for number in range(3)) == [0, 1, 2]


async def test_one_error_cancels_the_others_and_comes_out_as_it_is() -> None:
    ended: list[str] = []

    async def wait() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        return 0

    async def fail() -> int:
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await together([wait(), fail()])
    assert ended == ["cancelled"]


async def test_what_was_cancelled_from_inside_gives_nothing() -> None:
    async def give_up() -> int:
        raise asyncio.CancelledError

    assert await together([give_up(), _give(2)]) == [2]
