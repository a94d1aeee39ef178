"""How every benchmark is called, and how it tells its figures: one JSON object a line."""

import argparse
import json
import resource
import sys
from collections.abc import Iterable


def is_full(description: str) -> bool:
    """Read the command line; whether the full size was asked for."""
    return bool(asked(description).full)


def asked(description: str, **choices: Iterable[str]) -> argparse.Namespace:
    """Read the command line: `full`, and of each of the choices one, or None for all of them."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--full", action="store_true", help="the size that the figures quote")
    for name, values in choices.items():
        parser.add_argument(f"--{name}", choices=tuple(values), help="this one only")
    return parser.parse_args()


def report(benchmark: str, case: str, value: float, unit: str, baseline: float) -> None:
    """Print one figure beside its baseline; `ratio` is value by baseline."""
    figures = {
        "benchmark": benchmark,
        "case": case,
        "value": round(value, 3),
        "unit": unit,
        "baseline": round(baseline, 3),
        "ratio": round(value / baseline, 3),
    }
    print(json.dumps(figures), flush=True)


def progress(text: str) -> None:
    """Say on stderr what is going on."""
    print(text, file=sys.stderr, flush=True)


def peak_memory() -> float:
    """The most memory that this process has had so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
