"""How often Python looks for objects that nothing needs any more."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW = 50_000
"""Objects made and not given up again; 700 is what Python begins with."""


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """In this block look seldom, and never among what is there at its beginning.

    Nearly all that a wave makes is given up at once, and counted references see to that. Looking
    for the rest took a fifth of a delivery's time.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
