"""Every sentence that the console itself says; what Cairn says stands in the catalogues."""

from collections.abc import Iterable
from datetime import datetime

MOMENT = "%A %Y-%m-%d %H:%M UTC"

HELP = (
    "Plain text is said where you are; a line that begins with /cairn is a command.",
    ":as NAME           be someone else; a new name is a new person who has not joined",
    ":in #CHANNEL       go to a channel; a new name opens one",
    ":dm                go to your own conversation with Cairn",
    ":press N           press a button, or choose an option, of the last message that has any",
    ":fill FIELD=VALUE  fill in a field of the open form; a line that begins with / leaves it",
    ":submit            send the form in",
    ":reply TEXT        answer in the thread of the last prompt",
    ":react NAME        react to the last prompt, or else to what somebody said",
    ":menu NAME         use an entry of the last message's menu, such as :menu pin",
    ":attach FILE       put a file with your next command or form",
    ":edit TEXT         change your last message",
    ":delete            take your last message back",
    ":wait 3d           let time pass (30m, 2h, 1w, until 2026-03-09 09:00)",
    ":history 20        show the last messages again",
    ":help              show this list",
    ":quit              end; Ctrl-D does too",
)

TOO_LONG = "That line has more than 50,000 characters. It was not said; send it in parts."
ONLY_CAIRN = "Commands begin with /cairn, such as /cairn help. Nothing was said."
BAD_NAME = (
    "A name has at most 32 of a-z, 0-9, dash, underscore and dot, such as :as dora. "
    "You are who you were."
)
BAD_CHANNEL = (
    "A channel has at most 80 of a-z, 0-9, dash and underscore, such as :in #team. "
    "You are where you were."
)
DM_ALONE = "The form is :dm alone. It opens your own conversation; :as NAME makes you someone else."
BAD_PRESS = "The form is :press N, N being the number before a button. Nothing was pressed."
BAD_FILL = "The form is :fill FIELD=VALUE. Nothing was filled in."
BAD_REPLY = "The form is :reply TEXT. Nothing was said."
BAD_REACT = "The form is :react NAME, such as :react heart. Nothing was added."
BAD_MENU = "The form is :menu NAME, such as :menu pin. Nothing was chosen."
BAD_ATTACH = "The form is :attach FILE. Nothing was attached."
BAD_EDIT = "The form is :edit TEXT, with all of the new text. Your message reads as before."
BAD_WAIT = (
    "I can't read that time. Try :wait 30m, :wait 3d or :wait until 2026-03-09 09:00. "
    "The clock has not moved."
)
WAIT_TOO_LONG = "One :wait moves the clock by at most 400 days. It has not moved."
PAST_THE_END = "The demo's calendar ends with the year 2199. The clock has not moved."
BAD_HISTORY = "The form is :history N, N being how many messages you want to see, up to 1000."

NO_PROMPT = "Cairn has asked nothing here yet, so there is nothing to reply to. Nothing was said."
NO_MESSAGE = "Nobody else has said anything here yet, so there is nothing to react to."
NO_HUMAN_MESSAGE = "Nobody has said anything here yet, so there is no message with a menu."
NO_OWN_MESSAGE = "You have said nothing here that could be changed."
NO_BUTTONS = "No message here has a button for you. A command may bring one: /cairn help."
NO_FORM = "No form is open. A command such as /cairn why, or a button, opens one."
FORM_LEFT = "The form is closed; nothing from it was kept."
NOT_KEPT = "Cairn could not keep that just now. It is in the log and goes in with your next line."
NOT_LOGGED = "The console's log can't be written, so nothing more is taken. Is the disk full?"
LOG_IN_USE = "Another demo uses this folder. End it first, or choose another with --data."

HOW_TO_FILL = "Fill it in with :fill {field}=..., then :submit ({label}). A line with / leaves it."
HOW_TO_ATTACH = "Add the file with :attach FILE, then :submit ({label}). A line with / leaves it."
HOW_TO_SUBMIT = "There is nothing to fill in: :submit ({label}), or leave it with a line with /."
STILL_OPEN = "Your words are still in the form. Change them with :fill, then :submit."


def welcome(now: datetime, who: str, where: str) -> tuple[str, ...]:
    """The first screen: where this is, and three lines of what to try."""
    return (
        f"Cairn in one terminal: it is {now:{MOMENT}}, and you are {who} in {where}.",
        ":wait 30m lets the morning's nudge come; then :reply and your words answer it.",
        "/cairn mentor find looks for a mentor; :as ana makes you ana, who is one.",
        "/cairn help shows what Cairn does, :help what this terminal does, :quit ends.",
    )


def welcome_back(now: datetime, who: str, where: str, messages: int, typed: str) -> tuple[str, ...]:
    """The first screen over kept data; `typed` is the last line that Cairn took, if any."""
    kept = "1 message is kept" if messages == 1 else f"{messages} messages are kept"
    taken = (f"Cairn has taken this line last: {typed}",) if typed else ()
    return (
        f"Cairn in one terminal: it is {now:{MOMENT}}, and you are {who} in {where}.",
        f"{kept}; :history shows the last ones of where you are.",
        *taken,
        "/cairn status says what comes next; :help shows what this terminal does.",
    )


def unknown_directive(word: str, near: str) -> str:
    """For a `:word` that does not exist."""
    return f":{word[:32]} is not known here; did you mean :{near}? :help lists them all."


def now_is(now: datetime) -> str:
    """After the clock has moved."""
    return f"It is {now:{MOMENT}}."


def already_past(now: datetime) -> str:
    """For a moment that the clock has passed."""
    return f"The clock only moves on, and it is {now:{MOMENT}} already."


def now_in(who: str, where: str, *, is_new: bool) -> str:
    """After going somewhere, or being someone else."""
    return f"You are {who} in {where}{', new here' if is_new else ''}."


def out_of_range(highest: int) -> str:
    """For a button's number that the message does not have."""
    choice = "only [1]" if highest == 1 else f"[1] to [{highest}]"
    return f"The last message with buttons has {choice}. Nothing was pressed."


def unknown_field(name: str, names: Iterable[str]) -> str:
    """For a field that the form does not have."""
    return f"The form has no field {name[:64]}. It has: {', '.join(names)}."


def not_an_option(value: str, options: Iterable[str]) -> str:
    """For a value that can't be chosen."""
    return f"{value[:64]} can't be chosen. You can choose: {', '.join(options)}."


def value_too_long(name: str, length: int, limit: int) -> str:
    """For more characters than a field takes."""
    return f"{name} takes {limit} characters; that has {length}. The field is as it was."


def attach_instead(name: str) -> str:
    """For a file field that was filled with words."""
    return f"{name} takes a file: :attach FILE, then :submit."


def filled(name: str, value: str) -> str:
    """After a field was filled."""
    return f"{name} is filled in. :submit sends the form." if value else f"{name} is empty now."


def needed(name: str) -> str:
    """For a form that lacks something."""
    return f"{name} is still empty. Fill it in with :fill {name}=..., then :submit."


def file_needed(name: str) -> str:
    """For a form that lacks its file."""
    return f"{name} is a file: :attach FILE, then :submit."


def attached(name: str) -> str:
    """After a file was read."""
    return f"{name} goes with your next command or form."


def no_file(path: str) -> str:
    """For a file that can't be read."""
    return f"I can't read a file at {path[:200]}. Nothing was attached."


def file_too_large(name: str, limit: int) -> str:
    """For a file over the limit, in bytes."""
    return f"{name} is larger than {limit // 1_000_000} MB, the most there can be. Not attached."


def nothing_said(where: str) -> str:
    """For a history without messages."""
    return f"Nothing has been said in {where} yet."


def log_unreadable(path: str, line: int) -> str:
    """For a log that is damaged in its middle."""
    return f"Line {line} of {path} can't be read. Move the folder away to begin anew."


def log_sealed_otherwise(path: str, _line: int) -> str:
    """For a log that the keys don't open."""
    return (
        f"{path} was written with other keys. Put back the file `keys` that belongs to it, or "
        "move the folder away to begin anew."
    )


def log_unusable(path: str, problem: str) -> str:
    """For a log that can't be opened."""
    return f"The console's log {path} can't be opened: {problem}."
