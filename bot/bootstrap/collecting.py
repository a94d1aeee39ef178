"""How often Python looks for objects that nothing needs any more."""

import gc

_NEW = 50_000
"""Objects made and not given up again; 700 is what Python begins with."""


def collect_seldom() -> None:
    """Look seldom, and never among what is there by now, which stays until the end.

    Nearly all that a wave makes is given up at once, and counted references see to that. Looking
    for the rest took a fifth of a delivery's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW)
