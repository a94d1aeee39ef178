"""The reference page of all commands, made from the command table: `make docs`."""

import sys

from bot.chat.wording import Wording, wording_for
from bot.commands.declared import COMMANDS
from bot.commands.table import Audience, Command

_HEADINGS = {
    Audience.ANYONE: "For everyone",
    Audience.MEMBER: "For members",
    Audience.COORDINATOR: "For coordinators",
}


def reference(say: Wording) -> str:
    """The page in Markdown, commands by who may use them."""
    lines = [
        "# Commands",
        "",
        "Written as `/cairn NAME words... option=value...`. Double quotes keep spaces; `TEXT` is",
        "all the rest; what stands in brackets may be left out. Where something is missing, a",
        "form opens. This page is made from the command table by `make docs`.",
    ]
    for audience, heading in _HEADINGS.items():
        lines += ["", f"## {heading}", ""]
        for command in COMMANDS:
            if command.audience is audience:
                lines += _entry(say, command)
    return "\n".join(lines) + "\n"


def _entry(say: Wording, command: Command) -> list[str]:
    about = say(f"command.{command.name}.help")
    lines = [f"- `{command.usage()}`", f"  {about if about.endswith('?') else f'{about}.'}"]
    for argument in command.arguments:
        if argument.hidden:
            continue
        facts = [say(f"argument.{argument.name}").lower()]
        if say.has(f"hint.{argument.name}"):
            facts.append(say(f"hint.{argument.name}"))
        if argument.choices:
            facts.append(", ".join(argument.choices))
        lines.append(f"    - `{argument.name}`: {'; '.join(facts)}")
    return lines


if __name__ == "__main__":
    sys.stdout.write(reference(wording_for()))
