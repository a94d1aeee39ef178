"""Checks the traffic that a test run recorded against the platforms' own schemas.

`python -m tests.servers.conformance RECORDING SPECS`; the schemas are not part of this project.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.servers.discord.conformance import DiscordSpecs
from tests.servers.slack.conformance import SlackSpecs

Entry = Mapping[str, Any]
Judge = Callable[[Entry], Iterator[str]]

_SHORT = 24
"""Texts up to this length may be names of the platform's; longer ones are people's words."""


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    recording, specs = (Path(word) for word in sys.argv[1:])
    for folder, remedy in ((recording, "run `make test` first"), (specs, "set SPECS=FOLDER")):
        if not folder.is_dir():
            print(f"{folder} is not there: {remedy}.", file=sys.stderr)
            return 2
    judges: dict[str, Judge] = {
        "discord": DiscordSpecs(specs).problems,
        "slack": SlackSpecs(specs).problems,
    }
    counted, problems = judged(entries(recording), judges)
    for kind, number in sorted(counted.items()):
        print(f"{number:8} {kind}")
    for problem, number in problems.most_common():
        print(f"{number:8} times: {problem}")
    if not counted:
        print(f"Nothing is recorded in {recording}: run `make test` first.", file=sys.stderr)
        return 2
    print(f"{sum(counted.values())} records, {len(problems)} problems.")
    return 1 if problems else 0


def entries(recording: Path) -> Iterator[Entry]:
    """Every line of every file of a recording."""
    for path in sorted(recording.rglob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                # a server that was killed may have been at its last line
                if line.endswith("\n"):
                    yield json.loads(line)


def judged(
    recorded: Iterator[Entry], judges: Mapping[str, Judge]
) -> tuple[Counter[str], Counter[str]]:
    """How many records there are of each kind, and how often each problem came.

    What has the same shape as something before is not judged again.
    """
    counted: Counter[str] = Counter()
    problems: Counter[str] = Counter()
    known: dict[str, tuple[str, ...]] = {}
    for entry in recorded:
        counted[entry["kind"]] += 1
        shape = json.dumps(_shape(entry), sort_keys=True)
        if shape not in known:
            known[shape] = tuple(judges[entry["kind"].partition(".")[0]](entry))
        problems.update(known[shape])
    return counted, problems


def _shape(value: object) -> object:
    match value:
        case dict():
            return {key: _shape(each) for key, each in value.items()}
        case list():
            return sorted({json.dumps(_shape(each), sort_keys=True) for each in value})
        case str() if len(value) > _SHORT or any(c.isdigit() for c in value):
            return "text"
        case bool() | None | str():
            return value
        case _:
            return type(value).__name__


if __name__ == "__main__":
    sys.exit(main())
