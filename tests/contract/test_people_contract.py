"""What `Programmes`, `Accounts`, `Memberships` and `Places` promise."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef
from bot.chat.incoming import Person
from bot.domain.membership import Cadence, MemberSettings
from bot.domain.reading import QuietHours, Weekdays
from bot.ports.people import Community
from bot.ports.storage import Storage
from tests.cast import NOW, SETTINGS, TOWN, channel, direct, found_programme, join, person


async def test_a_programme_is_found_by_number_and_community(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await work.programmes.create("Guild", "de")
        assert await work.programmes.of_community(TOWN) is None
        await work.programmes.attach(TOWN, "Town", guild.id)

    async with storage.reading() as work:
        assert (guild.name, guild.language) == ("Guild", "de")
        assert await work.programmes.get(guild.id) == guild
        assert await work.programmes.of_community(TOWN) == guild


async def test_a_community_moves_to_another_programme(storage: Storage) -> None:
    async with storage.work() as work:
        first = await work.programmes.create("First", "en")
        second = await work.programmes.create("Second", "en")
        await work.programmes.attach(TOWN, "Town", first.id)
        await work.programmes.removed(TOWN, NOW)
        assert await work.programmes.of_community(TOWN) == first

        await work.programmes.attach(TOWN, "Town", second.id)

        assert await work.programmes.of_community(TOWN) == second


async def test_a_programme_knows_its_communities_and_where_their_pairs_get_rooms(
    storage: Storage,
) -> None:
    village, other = CommunityRef("slack", "village"), CommunityRef("slack", "town")
    async with storage.work() as work:
        guild = await work.programmes.create("Guild", "en")
        elsewhere = await work.programmes.create("Elsewhere", "en")
        await work.programmes.attach(TOWN, "Town", guild.id)
        await work.programmes.attach(village, "Village", guild.id)
        await work.programmes.attach(other, "Other", elsewhere.id)
        await work.programmes.set_rooms_under(TOWN, channel("mentoring"))

    async with storage.work() as work:
        assert await work.programmes.communities(guild.id) == (
            Community(TOWN, "Town", channel("mentoring")),
            Community(village, "Village"),
        )
        await work.programmes.removed(village, NOW)
        assert [one.ref for one in await work.programmes.communities(guild.id)] == [TOWN]
        await work.programmes.attach(TOWN, "Town", guild.id)
        assert await work.programmes.communities(guild.id) == (
            Community(TOWN, "Town", channel("mentoring")),
        )


async def test_removing_an_unknown_community_is_no_error(storage: Storage) -> None:
    async with storage.work() as work:
        await work.programmes.removed(TOWN, NOW)


async def test_someone_seen_is_one_account(storage: Storage) -> None:
    async with storage.work() as work:
        first = await work.accounts.seen(person("ana"))

    async with storage.work() as work:
        assert await work.accounts.seen(person("ana")) == first
        assert await work.accounts.find(AccountRef("console", "ana")) == first
        assert await work.accounts.origin(first.id) == AccountRef("console", "ana")
        assert (await work.accounts.seen(person("bea"))).id != first.id
        assert await work.accounts.find(AccountRef("slack", "ana")) is None


async def test_what_is_known_is_not_forgotten_when_it_is_not_told(storage: Storage) -> None:
    ref = AccountRef("console", "ana")
    async with storage.work() as work:
        await work.accounts.seen(Person(ref, "Ana", "Asia/Tokyo", "ja"))
        renamed = await work.accounts.seen(Person(ref, "Ana B."))
        moved = await work.accounts.seen(Person(ref, "Ana B.", "Europe/Rome"))

    assert (renamed.name, renamed.zone, renamed.locale) == ("Ana B.", "Asia/Tokyo", "ja")
    assert (moved.zone, moved.locale) == ("Europe/Rome", "ja")
    assert moved.id == renamed.id


async def test_a_very_long_name_is_cut(storage: Storage) -> None:
    async with storage.work() as work:
        account = await work.accounts.seen(Person(AccountRef("console", "x"), "ä" * 300))
        again = await work.accounts.seen(Person(AccountRef("console", "x"), "ä" * 300))

    assert account.name == "ä" * 200
    assert again == account


async def test_a_membership_is_made_once_and_has_not_joined(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        account = await work.accounts.seen(person("ana"))
        assert await work.memberships.find(account.id, guild.id) is None
        made = await work.memberships.ensure(account.id, guild.id)

        assert made.joined_at is None
        assert made.settings is None
        assert (made.name, made.account_id, made.programme_id) == ("ana", account.id, guild.id)
        assert await work.memberships.ensure(account.id, guild.id) == made
        assert await work.memberships.find(account.id, guild.id) == made
        assert await work.memberships.get(made.id) == made


async def test_memberships_of_one_account_in_two_programmes(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        club = await found_programme(work, "Club")
        in_guild = await join(work, guild, "ana")
        in_club = await join(work, club, "ana")
        other = await join(work, club, "bea")

        assert await work.memberships.of_account(in_guild.account_id) == (in_guild, in_club)
        found = await work.memberships.many([other.id, in_guild.id, 999])
        assert found == {other.id: other, in_guild.id: in_guild}
        assert await work.memberships.many([]) == {}


async def test_saving_a_membership_leaves_settings_alone(storage: Storage) -> None:
    async with storage.work() as work:
        member = await join(work, await found_programme(work), "ana")
        changed = replace(
            member, is_coordinator=True, paused_until=NOW + timedelta(days=9), settings=None
        )
        await work.memberships.save(changed)

    async with storage.reading() as work:
        assert await work.memberships.get(member.id) == replace(changed, settings=SETTINGS)


@pytest.mark.parametrize("cadence", Cadence)
async def test_settings_come_back_as_they_were_written(storage: Storage, cadence: Cadence) -> None:
    settings = MemberSettings(
        zone="America/Argentina/ComodRivadavia",
        minute=0,
        days=Weekdays.of([2, 6]),
        quiet=QuietHours(),
        cadence=cadence,
        language="pt-BR",
    )
    async with storage.work() as work:
        member = await join(work, await found_programme(work), "ana", settings)

    async with storage.reading() as work:
        found = await work.memberships.get(member.id)
    assert found.settings == settings
    assert found.joined_at == NOW


async def test_a_place_has_one_number(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        await work.programmes.attach(TOWN, "Town", guild.id)
        account = await work.accounts.seen(person("ana"))
        assert await work.places.find(channel("general")) is None
        general = await work.places.ensure(channel("general"))
        own = await work.places.ensure(direct("ana"), account.id)

        assert general != own
        assert await work.places.ensure(channel("general")) == general
        assert await work.places.ensure(direct("ana")) == own
        assert await work.places.find(channel("general")) == general
        assert await work.places.get(general) == channel("general")
        assert await work.places.get(own) == direct("ana")


async def test_a_place_keeps_its_community_when_it_is_not_told(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        await work.programmes.attach(TOWN, "Town", guild.id)
        place_id = await work.places.ensure(channel("general"))
        await work.places.ensure(PlaceRef("console", "general", PlaceKind.CHANNEL))

        assert await work.places.get(place_id) == channel("general")


async def test_erasing_someone_leaves_everybody_else(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        ana = await join(work, guild, "ana")
        bea = await join(work, guild, "bea")
        await work.accounts.erase(ana.account_id)

    async with storage.work() as work:
        assert await work.accounts.find(AccountRef("console", "ana")) is None
        assert await work.memberships.of_account(ana.account_id) == ()
        assert await work.memberships.many([ana.id, bea.id]) == {bea.id: bea}
        assert await work.places.find(direct("ana")) is None
        assert await work.places.find(direct("bea")) == bea.direct_place_id
        again = await join(work, guild, "ana")

    assert not {again.id, again.account_id} & {ana.id, ana.account_id}


async def test_erasing_someone_takes_a_conversation_that_was_never_said_to_be_theirs(
    storage: Storage,
) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        account = await work.accounts.seen(person("ana"))
        member = await work.memberships.ensure(account.id, guild.id)
        place_id = await work.places.ensure(direct("ana"))
        await work.memberships.save(replace(member, direct_place_id=place_id))
        await work.accounts.erase(account.id)

        assert await work.places.find(direct("ana")) is None


async def test_what_raises_is_undone(storage: Storage) -> None:
    async def fail() -> None:
        async with storage.work() as work:
            await work.accounts.seen(person("ana"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    async with storage.reading() as work:
        assert await work.accounts.find(AccountRef("console", "ana")) is None


async def test_reading_keeps_no_change(storage: Storage) -> None:
    async with storage.work() as work:
        guild = await found_programme(work)
        member = await join(work, guild, "ana")

    async with storage.reading() as work:
        assert await work.memberships.get(member.id) == member
        assert (await work.accounts.seen(person("ana"))).id == member.account_id
