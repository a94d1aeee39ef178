"""What `Compass` promises."""

from datetime import datetime, timedelta

import pytest

from bot.domain.compass import Stone, StoneKind
from bot.domain.membership import Membership
from bot.domain.reflection import Via
from bot.ports.storage import Storage, UnitOfWork
from tests.cast import NOW, found_programme, join, message


def days(count: int) -> datetime:
    return NOW + timedelta(days=count)


async def two_people(work: UnitOfWork) -> tuple[Membership, Membership]:
    guild = await found_programme(work)
    return await join(work, guild, "ana"), await join(work, guild, "bea")


async def reflect(work: UnitOfWork, author_id: int, text: str = "Learnt SQL.") -> int:
    return await work.reflections.add(
        author_id, via=Via.DIRECT, text=text, at=NOW, message=message("ana", text)
    )


async def test_a_new_why_replaces_the_one_before(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        await work.compass.write_why(bea.account_id, "Hers.", NOW)
        await work.compass.write_why(ana.account_id, "My kids.", NOW)
        await work.compass.write_why(ana.account_id, "My kids and me.", days(1))
        await work.compass.write_why(ana.account_id, "All of us.", days(2))

        whys = await work.compass.whys(ana.account_id)
        hers = await work.compass.whys(bea.account_id)

    assert [why.text for why in whys] == ["My kids.", "My kids and me.", "All of us."]
    assert [why.written_at for why in whys] == [NOW, days(1), days(2)]
    assert [why.replaced_at for why in whys] == [days(1), days(2), None]
    assert [(why.text, why.replaced_at) for why in hers] == [("Hers.", None)]


async def test_every_horizon_has_its_versions(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        await work.compass.write_vision(ana.account_id, 20, "A school.", NOW)
        await work.compass.write_vision(ana.account_id, 5, "Lead a team.", days(1))
        await work.compass.write_vision(ana.account_id, 5, "Lead two teams.", days(2))
        await work.compass.write_vision(bea.account_id, 5, "Hers.", days(3))

        visions = await work.compass.visions(ana.account_id)

    assert [(one.years, one.text, one.replaced_at) for one in visions] == [
        (5, "Lead a team.", days(2)),
        (5, "Lead two teams.", None),
        (20, "A school.", None),
    ]


async def test_stones_of_own_words_are_told_in_order(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        await work.compass.write_vision(ana.account_id, 5, "Lead a team.", NOW)
        [vision] = await work.compass.visions(ana.account_id)
        later = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.PROOF, at=days(2), text="Shipped it.", link="https://x/1"
        )
        first = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.SKILL, at=days(1), text="Python.", vision_id=vision.id
        )

        assert await work.compass.stones(ana.account_id) == (
            Stone(
                id=first,
                kind=StoneKind.SKILL,
                text="Python.",
                laid_at=days(1),
                vision_id=vision.id,
            ),
            Stone(
                id=later,
                kind=StoneKind.PROOF,
                text="Shipped it.",
                laid_at=days(2),
                link="https://x/1",
            ),
        )
        assert await work.compass.stones(bea.account_id) == ()


async def test_a_pinned_reflection_lends_its_words(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await reflect(work, ana.account_id)
        stone_id = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.SKILL, at=NOW, reflection_id=number
        )
        await work.reflections.append(
            ana.account_id, number, text="And indexes.", at=days(1), message=message("ana", "2")
        )
        [stone] = await work.compass.stones(ana.account_id)

    assert stone.id == stone_id
    assert stone.text == "Learnt SQL.\nAnd indexes."
    assert stone.reflection_id == number


async def test_pinning_again_changes_the_kind(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await reflect(work, ana.account_id)
        first = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.SKILL, at=NOW, reflection_id=number
        )
        again = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.PROOF, at=days(1), reflection_id=number
        )
        [stone] = await work.compass.stones(ana.account_id)

    assert first == again == stone.id
    assert stone.kind is StoneKind.PROOF
    assert stone.laid_at == NOW


async def test_a_stone_goes_with_the_reflection_that_it_was_pinned_from(storage: Storage) -> None:
    async with storage.work() as work:
        ana, _ = await two_people(work)
        number = await reflect(work, ana.account_id)
        await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.SKILL, at=NOW, reflection_id=number
        )
        await work.compass.lay_stone(ana.account_id, kind=StoneKind.SKILL, at=NOW, text="Stays.")
        await work.reflections.delete(ana.account_id, number)

        assert [one.text for one in await work.compass.stones(ana.account_id)] == ["Stays."]


async def test_only_the_author_changes_a_stone(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        stone_id = await work.compass.lay_stone(
            ana.account_id, kind=StoneKind.SKILL, at=NOW, text="Python."
        )
        assert not await work.compass.change_stone(bea.account_id, stone_id, StoneKind.PROOF)
        assert not await work.compass.change_stone(ana.account_id, stone_id + 1, StoneKind.PROOF)
        assert await work.compass.change_stone(ana.account_id, stone_id, StoneKind.CONNECTION)
        [stone] = await work.compass.stones(ana.account_id)

    assert stone.kind is StoneKind.CONNECTION


async def test_nobody_pins_another_ones_words(storage: Storage) -> None:
    async with storage.work() as work:
        ana, bea = await two_people(work)
        number = await reflect(work, ana.account_id)
        await work.compass.write_vision(ana.account_id, 5, "Lead a team.", NOW)
        [vision] = await work.compass.visions(ana.account_id)
        with pytest.raises(LookupError):
            await work.compass.lay_stone(
                bea.account_id, kind=StoneKind.SKILL, at=NOW, reflection_id=number
            )
        with pytest.raises(LookupError):
            await work.compass.lay_stone(
                bea.account_id, kind=StoneKind.SKILL, at=NOW, text="x", vision_id=vision.id
            )
        assert await work.compass.stones(bea.account_id) == ()
        assert await work.compass.stones(ana.account_id) == ()
