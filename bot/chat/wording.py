"""Sentences by key and language, from the gettext catalogues in `bot/locale`."""

import gettext
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DOMAIN = "cairn"
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
    """The languages that there is a catalogue for, in order."""
    folders = files("bot.locale").iterdir()
    return tuple(sorted(f.name for f in folders if f.joinpath("LC_MESSAGES").is_dir()))


def wording_for(*wanted: str | None) -> Wording:
    """The wording of the first wanted language tag that there is a catalogue for, or English."""
    for tag in wanted:
        if tag and (language := tag.replace("_", "-").split("-")[0].lower()) in languages():
            return _load(language)
    return _load(DEFAULT_LANGUAGE)


@cache
def _load(language: str) -> Wording:
    source = files("bot.locale").joinpath(language, "LC_MESSAGES", f"{DOMAIN}.po")
    compiled = io.BytesIO()
    with source.open("rb") as lines:
        write_mo(compiled, read_po(lines, locale=language))
    compiled.seek(0)
    return Wording(language, gettext.GNUTranslations(compiled), Locale.parse(language))
