"""What people are called, as Discord told it last."""

from collections import OrderedDict

from bot.chat.incoming import Person

MOST = 20_000


class People:
    """The names of the people who were seen last."""

    def __init__(self, *, most: int = MOST) -> None:
        """Remember so many."""
        self._most = most
        self._names: OrderedDict[str, str] = OrderedDict()

    def seen(self, person: Person) -> None:
        """Remember what someone is called."""
        if not person.name:
            return
        key = person.account.native_id
        self._names[key] = person.name
        self._names.move_to_end(key)
        while len(self._names) > self._most:
            self._names.popitem(last=False)

    def name(self, native_id: str) -> str | None:
        """What to call someone, by their account's id; it may be out of date."""
        return self._names.get(native_id)
