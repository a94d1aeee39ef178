"""Every command can be shown in a menu, in every language that names them."""

import re
from pathlib import Path

import pytest

from bot.chat.wording import command_languages, command_words, languages, wording_for
from bot.commands.declared import COMMANDS

GROUPS = sorted(
    {" ".join(c.name.split()[:n]) for c in COMMANDS for n in range(1, len(c.name.split()))}
)
PATHS = [*GROUPS, *(command.name for command in COMMANDS)]
VISIBLE = [a for command in COMMANDS for a in command.arguments if not a.hidden]

each_language = pytest.mark.parametrize("language", command_languages())


def is_a_name(word: str) -> bool:
    return re.fullmatch(r"[\w-]{1,32}", word) is not None and word == word.lower()


def test_which_languages_name_commands() -> None:
    assert command_languages() == ("de", "en", "es", "fr")


def test_a_language_that_only_names_commands_is_not_spoken() -> None:
    assert languages() == ("en",)
    assert wording_for("de").language == "en"


@each_language
def test_every_command_and_group_has_a_name_and_help(language: str) -> None:
    words = command_words(language)
    for path in PATHS:
        if path != "admin":
            assert is_a_name(words.name(path)), path
        assert 1 <= len(words.help(path)) <= 100, path
    assert 1 <= len(words.help("cairn")) <= 100


@each_language
def test_names_are_unique_among_siblings(language: str) -> None:
    words = command_words(language)
    for parent in {path.rpartition(" ")[0] for path in PATHS}:
        siblings = [path for path in PATHS if path.rpartition(" ")[0] == parent and path != "admin"]
        assert len({words.name(path) for path in siblings}) == len(siblings), parent


@each_language
def test_every_argument_and_choice_has_a_name(language: str) -> None:
    words = command_words(language)
    for argument in VISIBLE:
        assert is_a_name(words.argument(argument.name)), argument.name
        assert 1 <= len(words.argument_help(argument.name)) <= 100, argument.name
        choices = [words.choice(argument.name, value) for value in argument.choices]
        assert all(is_a_name(choice) for choice in choices), choices
        assert len(set(choices)) == len(choices)


@each_language
def test_names_of_arguments_are_unique_in_a_command(language: str) -> None:
    words = command_words(language)
    for command in COMMANDS:
        names = [words.argument(a.name) for a in command.arguments if not a.hidden]
        assert len(set(names)) == len(names), command.name


@pytest.mark.parametrize("language", [one for one in command_languages() if one != "en"])
def test_nothing_is_named_that_does_not_exist(language: str) -> None:
    known = {
        *(f"name.{path}" for path in PATHS if path != "admin"),
        *(f"help.{path}" for path in ("cairn", *PATHS)),
        *(f"argument.{a.name}.{part}" for a in VISIBLE for part in ("name", "help")),
        *(f"choice.{a.name}.{value}" for a in VISIBLE for value in a.choices),
    }
    catalogue = Path("bot/locale", language, "LC_MESSAGES", "commands.po").read_text()
    assert {*re.findall(r'^msgid "(.+)"', catalogue, re.MULTILINE)} == known


@each_language
def test_a_command_in_a_menu_stays_below_eight_thousand_characters(language: str) -> None:
    english, words = command_words("en"), command_words(language)
    for is_admin in (False, True):
        inside = [c for c in COMMANDS if c.name.startswith("admin ") is is_admin]
        longest = sum(
            max(len(one.name(c.name)) + len(one.help(c.name)) for one in (english, words))
            + sum(
                max(
                    len(one.argument(a.name))
                    + len(one.argument_help(a.name))
                    + sum(len(one.choice(a.name, v)) + len(v) for v in a.choices)
                    for one in (english, words)
                )
                for a in c.arguments
                if not a.hidden
            )
            for c in inside
        )
        assert longest <= 8000


@pytest.mark.parametrize(
    ("path", "name", "about"),
    [
        ("mentor offer", "offer", "Offer to mentor: topics, and for how many"),
        ("mentor", "mentor", "Mentoring: offer, find, write to each other"),
    ],
)
def test_english_is_what_the_table_says(path: str, name: str, about: str) -> None:
    words = command_words("en")
    assert (words.name(path), words.help(path)) == (name, about)
    assert words.argument_help("zone") == "Time zone: such as Europe/Berlin"
    assert words.argument_help("note") == "Note"


def test_a_name_that_is_missing_is_a_defect() -> None:
    with pytest.raises(LookupError):
        command_words("de").name("mentor dance")
