"""What `Letters` promises."""

from datetime import timedelta

from bot.domain.mentoring import Letter
from bot.ports.storage import Storage
from tests.cast import NOW, found_programme, join


async def test_a_letter_is_found_by_the_pairs_programme_and_by_its_author(
    storage: Storage,
) -> None:
    async with storage.work() as work:
        guild, club = await found_programme(work), await found_programme(work, "Club")
        mia, tom = await join(work, guild, "mia"), await join(work, guild, "tom")
        await work.mentoring.save_offer(mia.id, (), 1, NOW)
        pair_id = await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW)
        assert pair_id is not None
        later = NOW + timedelta(hours=1)
        answer = await work.letters.add(pair_id, mia.account_id, "Gladly.", later)
        first = await work.letters.add(pair_id, tom.account_id, "At ten?", NOW)

    async with storage.reading() as work:
        asked = Letter(
            id=first,
            pair_id=pair_id,
            author_name="tom",
            to_name="mia",
            text="At ten?",
            written_at=NOW,
        )
        assert await work.letters.get(guild.id, first) == asked
        assert await work.letters.of_author(tom.account_id) == (asked,)
        [written] = await work.letters.of_author(mia.account_id)
        assert (written.id, written.author_name, written.to_name) == (answer, "mia", "tom")
        assert await work.letters.get(club.id, first) is None
        assert await work.letters.get(guild.id, answer + first) is None


async def test_letters_are_erased_with_their_author_and_stay_when_the_other_is(
    storage: Storage,
) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        mia, tom = await join(work, guild, "mia"), await join(work, guild, "tom")
        await work.mentoring.save_offer(mia.id, (), 1, NOW)
        pair_id = await work.mentoring.add_pair(guild.id, mia.id, tom.id, NOW)
        assert pair_id is not None
        answer = await work.letters.add(pair_id, mia.account_id, "Gladly.", NOW)
        asked = await work.letters.add(pair_id, tom.account_id, "At ten?", NOW)

    async with storage.work() as work:
        await work.accounts.erase(mia.account_id)

    async with storage.reading() as work:
        assert await work.letters.get(guild.id, answer) is None
        assert await work.letters.get(guild.id, asked) is None
        [kept] = await work.letters.of_author(tom.account_id)
        assert (kept.text, kept.to_name, kept.pair_id) == ("At ten?", "", None)
        assert await work.letters.of_author(mia.account_id) == ()
