"""What every fake repository keeps its things in."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Rows(dict[int, T]):
    """Things by number; a number is never given twice."""

    last = 0

    def add(self, make: Callable[[int], T]) -> T:
        """Keep what `make` makes of the next number."""
        self.last += 1
        self[self.last] = made = make(self.last)
        return made

    def drop(self, unwanted: Callable[[T], bool]) -> int:
        """Drop all that are unwanted; gives how many."""
        numbers = [number for number, row in self.items() if unwanted(row)]
        for number in numbers:
            del self[number]
        return len(numbers)
