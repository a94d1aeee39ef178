"""How well two people fit."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.mentoring import Offer, Pair, Search, overlap_hours, suggest
from bot.domain.wall_time import zone_names
from tests.cast import NOW, SETTINGS

zones = st.sampled_from(zone_names())
moments = st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))


def offer(number: int, *topics: str, capacity: int = 2, mentees: int = 0) -> Offer:
    return Offer(
        membership_id=number,
        name=f"mentor {number}",
        topics=topics,
        capacity=capacity,
        offered_at=NOW,
        mentees=mentees,
    )


def names(search: Search, *offers: Offer, most: int = 3) -> list[int]:
    offered = [(one, SETTINGS) for one in offers]
    return [fit.offer.membership_id for fit in suggest(search, SETTINGS, offered, NOW, most)]


@pytest.mark.parametrize(
    ("one", "other", "hours"),
    [
        ("Europe/Berlin", "Europe/Berlin", 8),
        ("Europe/Berlin", "Europe/London", 7),
        ("Europe/Berlin", "America/New_York", 2),
        ("Europe/Berlin", "America/Los_Angeles", 0),
        ("Asia/Kolkata", "Europe/Berlin", 3.5),
        ("Pacific/Kiritimati", "Pacific/Pago_Pago", 7),
        ("Pacific/Auckland", "America/Los_Angeles", 5),
    ],
)
def test_shared_hours_are_counted_over_the_date_line_too(
    one: str, other: str, hours: float
) -> None:
    assert overlap_hours(one, other, NOW) == hours


def test_shared_hours_follow_the_clocks() -> None:
    # New York changes three weeks before Berlin does
    assert (
        overlap_hours("Europe/Berlin", "America/New_York", datetime(2026, 3, 10, tzinfo=UTC)) == 3
    )


@given(zones, zones, moments)
def test_shared_hours_are_mutual_and_never_more_than_a_day_s(
    one: str, other: str, now: datetime
) -> None:
    hours = overlap_hours(one, other, now)
    assert hours == overlap_hours(other, one, now)
    assert 0 <= hours <= 8
    assert overlap_hours(one, one, now) == 8


def test_more_shared_topics_come_first_then_hours_then_the_lighter_load() -> None:
    search = Search(membership_id=1, topics=("python", "writing"))
    offers = [
        (offer(2, "welding"), SETTINGS),
        (offer(3, "python", mentees=1), SETTINGS),
        (offer(4, "Python"), SETTINGS),
        (offer(5, "python"), replace(SETTINGS, zone="America/New_York")),
        (offer(6, "writing", "PYTHON"), replace(SETTINGS, zone="Asia/Tokyo")),
    ]
    fits = suggest(search, SETTINGS, offers, NOW, most=9)
    assert [fit.offer.membership_id for fit in fits] == [6, 4, 3, 5, 2]
    assert fits[0].shared_topics == ("writing", "python")


def test_nobody_full_closed_unwanted_or_the_same_person_is_suggested() -> None:
    search = Search(membership_id=1, topics=("python",), not_with=frozenset({3}))
    closed = replace(offer(5, "python"), open=False)
    full = offer(4, "python", mentees=2)
    offers = [offer(1, "python"), offer(2, "python"), offer(3, "python"), full, closed]
    assert names(search, *offers) == [2]


def test_only_the_best_few_are_suggested_and_ties_fall_by_name() -> None:
    search = Search(membership_id=1, topics=("python",))
    offers = [offer(number, "python") for number in (5, 3, 4, 2)]
    assert names(search, *offers) == [2, 3, 4]
    assert names(search, *offers, most=1) == [2]
    assert names(search) == []


@given(
    st.lists(st.tuples(st.integers(2, 30), st.sets(st.sampled_from("abcde")), zones), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_offers_does_not_matter(
    offered: list[tuple[int, set[str], str]], chance: Random
) -> None:
    search = Search(membership_id=1, topics=tuple("abc"))
    offers = [
        (offer(number, *sorted(topics)), replace(SETTINGS, zone=zone))
        for number, topics, zone in {one[0]: one for one in offered}.values()
    ]
    expected = suggest(search, SETTINGS, offers, NOW)
    shuffled = list(offers)
    chance.shuffle(shuffled)
    assert suggest(search, SETTINGS, shuffled, NOW) == expected
    assert list(expected) == sorted(expected, key=lambda fit: fit.rank)


def test_a_pair_knows_the_other_one() -> None:
    pair = Pair(
        id=1,
        programme_id=1,
        mentor_id=2,
        mentee_id=3,
        mentor_name="Ana",
        mentee_name="Ben",
        since=NOW,
    )
    assert (pair.partner_of(2), pair.partner_name(2)) == (3, "Ben")
    assert (pair.partner_of(3), pair.partner_name(3)) == (2, "Ana")
