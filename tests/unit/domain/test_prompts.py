"""Which prompt a recipient gets next."""

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.practices import Practice
from bot.domain.prompts import Prompt, Room, Rotation, choose_prompt

PRACTICES = list(Practice)


def prompt(number: int, practice: Practice = Practice.VALUES) -> Prompt:
    return Prompt(number, f"{practice}.{number:03}", practice, Room.DIRECT, f"What {number}?")


pools = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from(PRACTICES[:4])),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one[0],
).map(lambda made: [prompt(number, practice) for number, practice in made])


def ask(pool: list[Prompt], rotation: Rotation, times: int, recipient: int = 1) -> list[Prompt]:
    asked: list[Prompt] = []
    for _ in range(times):
        chosen = choose_prompt(pool, rotation, recipient)
        assert chosen is not None
        asked.append(chosen)
        rotation = rotation.after(chosen.id)
    return asked


@given(pools, st.integers(1, 10**12))
def test_nothing_comes_again_before_the_whole_pool_has_come(
    pool: list[Prompt], recipient: int
) -> None:
    asked = ask(pool, Rotation(), 3 * len(pool), recipient)
    size = len(pool)
    for at in range(len(asked) - size + 1):
        assert len({one.id for one in asked[at : at + size]}) == size


@given(st.integers(2, 6), st.integers(1, 5), st.integers(1, 10**9))
def test_practices_take_turns(practices: int, each: int, recipient: int) -> None:
    pool = [
        prompt(100 * at + number, practice)
        for at, practice in enumerate(PRACTICES[:practices])
        for number in range(1, each + 1)
    ]
    asked = ask(pool, Rotation(), len(pool), recipient)
    for at in range(0, len(asked), practices):
        assert len({one.practice for one in asked[at : at + practices]}) == practices


@given(pools, st.data())
def test_what_is_avoided_never_comes(pool: list[Prompt], data: st.DataObject) -> None:
    avoided = frozenset(data.draw(st.sets(st.sampled_from([one.id for one in pool]))))
    if len(avoided) == len(pool):
        assert choose_prompt(pool, Rotation(avoided=avoided), 1) is None
        return
    asked = ask(pool, Rotation(avoided=avoided), 2 * len(pool))
    assert not {one.id for one in asked} & avoided
    assert len({one.id for one in asked}) == len(pool) - len(avoided)


@given(pools, pools, st.integers(0, 40))
def test_prompts_may_come_and_go(before: list[Prompt], after: list[Prompt], times: int) -> None:
    rotation = Rotation()
    for one in ask(before, rotation, times):
        rotation = rotation.after(one.id)
    fresh = {one.id for one in after} - {*rotation.seen}
    asked = ask(after, rotation, len(after))
    assert {one.id for one in asked[: len(fresh)]} == fresh
    assert len({one.id for one in asked}) == len(after)


@given(pools, st.integers(1, 10**9))
def test_every_replica_chooses_alike(pool: list[Prompt], recipient: int) -> None:
    rotation = Rotation((pool[0].id,))
    assert choose_prompt(pool, rotation, recipient) == choose_prompt(
        list(pool), rotation, recipient
    )


def test_neighbours_are_asked_different_things() -> None:
    pool = [prompt(number) for number in range(1, 13)]
    firsts = {
        chosen.id
        for recipient in range(1, 101)
        if (chosen := choose_prompt(pool, Rotation(), recipient))
    }
    assert len(firsts) >= 6


def test_an_empty_pool_has_nothing_to_ask() -> None:
    assert choose_prompt([], Rotation((1, 2)), 1) is None


def test_what_was_asked_is_at_the_front_once() -> None:
    rotation = Rotation((1, 2, 3), frozenset({9}))
    assert rotation.after(2) == Rotation((2, 1, 3), frozenset({9}))
    assert rotation.after(4) == Rotation((4, 1, 2, 3), frozenset({9}))
