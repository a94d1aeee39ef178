"""The shipped prompts keep the promises that the voice of Cairn makes about every question."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.resources import files
from itertools import combinations
from typing import Any, NamedTuple

from bot.domain.practices import Practice

PRACTICES = {practice.value for practice in Practice}
ROOMS = {"channel": "c", "direct": "d"}
FEWEST_PER_ROOM = 6
LONGEST = 240
MOSTLY_UNDER = 140
LONGEST_CLOSING = 40
SAME_OPENING_AT_MOST = 4
TOO_ALIKE = 0.5

POSTER_WORDS = (
    "leverage",
    "synergy",
    "synergies",
    "unlock",
    "journey",
    "above and beyond",
    "goals",
    "networking",
    "passion",
)
GUILT_WORDS = (
    "don't forget",
    "remember to",
    "keep learning",
    "streak",
    "overdue",
    "should have",
)
ASSUMING_WORDS = (
    "manager",
    "boss",
    "promotion",
    "degree",
    "office",
    "roadmap",
    "your family",
    "your children",
    "your kids",
    "your partner",
    "your health",
    "love your job",
)
NOT_BEFORE_COLLEAGUES = (
    "pay",
    "salary",
    "wage",
    "pay rise",
    "quit",
    "resign",
    "leave your job",
    "another employer",
    "doubt",
    "company",
    "drains",
    "avoiding",
)


class Prompt(NamedTuple):
    practice: str
    room: str
    id: str
    text: str


def library() -> dict[str, dict[str, Any]]:
    """Every practice file of the package, by the name of the file."""
    folder = files("bot.library") / "prompts"
    return {
        entry.name.removesuffix(".toml"): tomllib.loads(entry.read_text(encoding="utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def prompts() -> list[Prompt]:
    """Every prompt of the library in one list."""
    return [
        Prompt(practice, room, name, text)
        for practice, content in library().items()
        for room in ROOMS
        for name, text in content.get(room, {}).items()
    ]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:'[a-z]+)?", text.lower())


def said(text: str, phrases: Sequence[str]) -> list[str]:
    """Those of the phrases that stand in the text as whole words."""
    return [phrase for phrase in phrases if re.search(rf"\b{re.escape(phrase)}\b", text.lower())]


def alike(one: str, other: str) -> float:
    """The share of words two texts have in common, from 0 to 1."""
    a, b = set(words(one)), set(words(other))
    return len(a & b) / len(a | b)


def report(problems: Sequence[str]) -> str:
    return "\n" + "\n".join(problems)


def test_every_practice_has_its_file_and_no_other_file_is_there() -> None:
    found = set(library())
    assert found == PRACTICES, f"missing {PRACTICES - found}, unknown {found - PRACTICES}"


def test_every_file_names_its_practice_and_holds_only_the_two_rooms() -> None:
    problems = [
        f"{name}.toml: practice is {content.get('practice')!r}, keys are {sorted(content)}"
        for name, content in library().items()
        if content.get("practice") != name or set(content) != {"practice", *ROOMS}
    ]
    assert not problems, report(problems)


def test_every_room_of_every_practice_has_enough_prompts() -> None:
    counted = Counter((prompt.practice, prompt.room) for prompt in prompts())
    problems = [
        f"{practice}, {room}: {counted[practice, room]} of {FEWEST_PER_ROOM}"
        for practice in sorted(PRACTICES)
        for room in ROOMS
        if counted[practice, room] < FEWEST_PER_ROOM
    ]
    assert not problems, report(problems)


def test_every_id_says_its_practice_and_its_room() -> None:
    problems = [
        f"{prompt.id} stands in {prompt.practice}.toml under {prompt.room}"
        for prompt in prompts()
        if not re.fullmatch(
            rf"{prompt.practice.replace('_', '-')}-{ROOMS[prompt.room]}[1-9][0-9]*",
            prompt.id,
        )
    ]
    assert not problems, report(problems)


def test_no_id_is_used_twice() -> None:
    problems = [
        f"{name} is used {times} times"
        for name, times in Counter(prompt.id for prompt in prompts()).items()
        if times > 1
    ]
    assert not problems, report(problems)


def test_every_prompt_asks_exactly_one_question() -> None:
    problems = [
        f"{prompt.id} has {prompt.text.count('?')} question marks: {prompt.text}"
        for prompt in prompts()
        if prompt.text.count("?") != 1
    ]
    assert not problems, report(problems)


def test_after_the_question_comes_at_most_a_short_closing_sentence() -> None:
    problems = []
    for prompt in prompts():
        closing = prompt.text.rpartition("?")[2]
        if closing and (len(closing) > LONGEST_CLOSING or not closing.endswith(".")):
            problems.append(f"{prompt.id} goes on after its question: {closing!r}")
    assert not problems, report(problems)


def test_every_prompt_can_be_said_in_one_breath() -> None:
    problems = [
        f"{prompt.id} has {len(prompt.text)} characters, {LONGEST} are the most"
        for prompt in prompts()
        if not 0 < len(prompt.text) <= LONGEST
    ]
    assert not problems, report(problems)


def test_at_least_half_of_each_practice_is_short() -> None:
    lengths: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for prompt in prompts():
        lengths[prompt.practice][prompt.id] = len(prompt.text)
    problems = []
    for practice, by_id in lengths.items():
        long = {name: length for name, length in by_id.items() if length >= MOSTLY_UNDER}
        if len(long) * 2 > len(by_id):
            problems.append(f"{practice}: too many reach {MOSTLY_UNDER} characters: {long}")
    assert not problems, report(problems)


def test_no_prompt_raises_its_voice_or_carries_decoration() -> None:
    problems = [
        f"{prompt.id}: exclamation mark, emoji or typographic sign in {prompt.text!r}"
        for prompt in prompts()
        if "!" in prompt.text or not prompt.text.isascii()
    ]
    assert not problems, report(problems)


def test_every_prompt_is_one_tidy_line() -> None:
    problems = [
        f"{prompt.id}: stray white space in {prompt.text!r}"
        for prompt in prompts()
        if prompt.text != " ".join(prompt.text.split())
    ]
    assert not problems, report(problems)


def test_no_prompt_sounds_like_a_poster_scolds_or_assumes_a_life() -> None:
    problems = [
        f"{prompt.id} says {found}: {prompt.text}"
        for prompt in prompts()
        if (found := said(prompt.text, POSTER_WORDS + GUILT_WORDS + ASSUMING_WORDS))
    ]
    assert not problems, report(problems)


def test_channel_prompts_stay_off_what_colleagues_should_not_have_to_say_aloud() -> None:
    problems = [
        f"{prompt.id} says {found}: {prompt.text}"
        for prompt in prompts()
        if prompt.room == "channel" and (found := said(prompt.text, NOT_BEFORE_COLLEAGUES))
    ]
    assert not problems, report(problems)


def test_no_question_is_asked_twice() -> None:
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for prompt in prompts():
        ids[" ".join(words(prompt.text))].append(prompt.id)
    problems = [f"{same} all ask: {text}" for text, same in ids.items() if len(same) > 1]
    assert not problems, report(problems)


def test_no_two_prompts_are_nearly_the_same() -> None:
    problems = [
        f"{one.id} and {other.id} share {alike(one.text, other.text):.0%} of their words:"
        f" {one.text} / {other.text}"
        for one, other in combinations(prompts(), 2)
        if alike(one.text, other.text) >= TOO_ALIKE
    ]
    assert not problems, report(problems)


def test_prompts_do_not_keep_opening_with_the_same_three_words() -> None:
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for prompt in prompts():
        ids[" ".join(words(prompt.text)[:3])].append(prompt.id)
    problems = [
        f"{len(same)} prompts open with {opening!r}: {same}"
        for opening, same in ids.items()
        if len(same) > SAME_OPENING_AT_MOST
    ]
    assert not problems, report(problems)
