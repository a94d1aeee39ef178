"""Sentences by key and language, from the gettext catalogues in `bot/locale`."""

import gettext
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "cairn"
COMMANDS = "commands"
"""What commands are called and what each is, for platforms that show them in a menu."""

DEFAULT_LANGUAGE = "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """All sentences of one language; calling it with a key gives the sentence.

    A key that the catalogue lacks raises LookupError: a missing sentence is a defect.
    """

    language: str
    catalogue: gettext.GNUTranslations
    locale: Locale

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with this key, its gaps filled."""
        return self._found(key, self.catalogue.gettext(key)).format_map(values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The sentence with this key in the right plural; `number` fills its own gap."""
        found = self._found(key, self.catalogue.ngettext(key, key, number))
        return found.format_map({**values, "number": number})

    def has(self, key: str) -> bool:
        """Whether there is a sentence with this key."""
        return self.catalogue.gettext(key) != key

    def day(self, day: date) -> str:
        """A date with its weekday, such as `Monday, 2 March`."""
        return format_date(day, "EEEE, d MMMM", locale=self.locale)

    def full_day(self, day: date) -> str:
        """A date with its year, such as `2 March 2026`."""
        return format_date(day, "d MMMM y", locale=self.locale)

    def moment(self, at: datetime, zone: str) -> str:
        """A moment in someone's own zone, such as `Monday, 2 March at 09:30`."""
        wall = at.astimezone(ZoneInfo(zone))
        time = format_time(wall, "HH:mm", locale=self.locale)
        return self("format.moment", day=self.day(wall.date()), time=time)

    def listing(self, items: Iterable[str]) -> str:
        """`a, b and c`."""
        return format_list(list(items), locale=self.locale)

    @staticmethod
    def _found(key: str, sentence: str) -> str:
        if sentence == key:
            message = f"no sentence for {key!r}"
            raise LookupError(message)
        return sentence


def clock_time(minute: int) -> str:
    """A minute of the day as `09:30`, which every language of ours writes alike."""
    return f"{minute // 60:02}:{minute % 60:02}"


@cache
def languages() -> tuple[str, ...]:
    """The languages that there is a catalogue of all sentences for, in order."""
    return _languages_of(DOMAIN)


@cache
def command_languages() -> tuple[str, ...]:
    """The languages that commands have names in, English among them, in order."""
    return tuple(sorted((DEFAULT_LANGUAGE, *_languages_of(COMMANDS))))


def _languages_of(domain: str) -> tuple[str, ...]:
    folders = files("bot.locale").iterdir()
    found = (f.name for f in folders if f.joinpath("LC_MESSAGES", f"{domain}.po").is_file())
    return tuple(sorted(found))


def wording_for(*wanted: str | None) -> Wording:
    """The wording of the first wanted language tag that there is a catalogue for, or English."""
    for tag in wanted:
        if tag and (language := tag.replace("_", "-").split("-")[0].lower()) in languages():
            return _load(language, DOMAIN)
    return _load(DEFAULT_LANGUAGE, DOMAIN)


class CommandWords(Protocol):
    """What commands are called in one language. A command is named in English, with its groups.

    Every name is in lower case, of letters, digits and dashes, at most 32 of them, and every help
    at most 100 characters. A name that there is none for raises LookupError.
    """

    def name(self, path: str) -> str:
        """The last word of a command or a group: of `mentor offer`, what `offer` is called."""
        ...

    def help(self, path: str) -> str:
        """What a command or group is for; `cairn` and `admin` are the two that hold the others."""
        ...

    def argument(self, name: str) -> str:
        """What an argument is called."""
        ...

    def argument_help(self, name: str) -> str:
        """What an argument takes."""
        ...

    def choice(self, argument: str, value: str) -> str:
        """What one of the choices of an argument is called."""
        ...


def command_words(language: str) -> CommandWords:
    """The words of one of `command_languages`."""
    if language == DEFAULT_LANGUAGE:
        return _EnglishWords(_load(DEFAULT_LANGUAGE, DOMAIN))
    return _TranslatedWords(_load(language, COMMANDS))


@dataclass(frozen=True, slots=True)
class _EnglishWords:
    """Names as they are in the command table, with the sentences of the catalogue."""

    say: Wording

    def name(self, path: str) -> str:
        return path.rpartition(" ")[2]

    def help(self, path: str) -> str:
        if self.say.has(f"command.{path}.help"):
            return self.say(f"command.{path}.help")
        return self.say(f"group.{path}.help")

    def argument(self, name: str) -> str:
        return name

    def argument_help(self, name: str) -> str:
        label = self.say(f"argument.{name}")
        return f"{label}: {self.say(f'hint.{name}')}" if self.say.has(f"hint.{name}") else label

    def choice(self, argument: str, value: str) -> str:
        return value


@dataclass(frozen=True, slots=True)
class _TranslatedWords:
    """Names from a catalogue of their own."""

    words: Wording

    def name(self, path: str) -> str:
        return self.words(f"name.{path}")

    def help(self, path: str) -> str:
        return self.words(f"help.{path}")

    def argument(self, name: str) -> str:
        return self.words(f"argument.{name}.name")

    def argument_help(self, name: str) -> str:
        return self.words(f"argument.{name}.help")

    def choice(self, argument: str, value: str) -> str:
        return self.words(f"choice.{argument}.{value}")


@cache
def _load(language: str, domain: str) -> Wording:
    source = files("bot.locale").joinpath(language, "LC_MESSAGES", f"{domain}.po")
    compiled = io.BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return Wording(language, gettext.GNUTranslations(compiled), Locale.parse(language))
