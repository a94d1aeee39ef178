"""Whatever is typed gets one clear sentence, and nothing is changed by it."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tests.e2e import program

ESC, NUL, RIGHT_TO_LEFT, MARK, NOT_UTF8 = "\x1b", "\x00", "\u202e", "\u200f", "\udcff"

LOOK = [
    ":as cora",
    ":in #team",
    "/cairn status",
    "/cairn admin nudge list",
    "/cairn export",
    ":as ben",
    "/cairn settings",
    "/cairn status",
    "/cairn export",
]
BEFORE = [":wait 30m", ":reply What stands stands.", "/cairn why For the river."]

AS_BEN = {
    "/cairn dance": "I don't know *dance*.",
    "/cairn stattus": "Did you mean `/cairn status`?",
    "/cairn mentor": "*mentor* needs one more word:",
    "/bogus thing": "Commands begin with /cairn",
    "/cairn vision five I lead.": "I can't use *five* for *years*: it takes a whole number",
    "/cairn vision 999 I lead.": "I can't use *999* for *years*: it takes a whole number",
    "/cairn settings zone=Europe/Atlantis": "I don't know the time zone *Europe/Atlantis*.",
    "/cairn settings time=25:99": "I can't read the time *25:99*.",
    "/cairn settings days=someday": "I can't read the days *someday*.",
    "/cairn settings quiet=maybe": "I can't read the quiet hours *maybe*.",
    "/cairn settings cadence=hourly": "I can't use *hourly* for *cadence*: it takes one of",
    "/cairn settings time=22:00": "22:00 lies in your quiet hours",
    "/cairn settings time=09:00 time=10:00": "*time* was given twice.",
    "/cairn settings zone=Asia/Tokyo colour=red": "I don't know what to do with *colour=red*.",
    "/cairn pause until=yesterday": "I can't read *yesterday*.",
    "/cairn pause for=ages": "I can't read *ages*.",
    "/cairn stone x vision=7": "You haven't written a vision with years=7 yet.",
    "/cairn stone x kind=gold": "I can't use *gold* for *kind*: it takes one of",
    "/cairn reflect practice=magic": "I can't use *magic* for *practice*: it takes one of",
    "/cairn mentor request @nobody": "I don't know @nobody here",
    "/cairn mentor request ana": "*mentor* takes a person, such as @ana",
    "/cairn mentor end": "You have no such pair.",
    "/cairn admin nudge pause 2": "This is for coordinators",
    f"/cairn why {'x' * 4001}": "*text* has 4001 characters; at most 4000 fit.",
    f"/cairn why {'y' * 49_000}": "That is over 40000 characters",
    "z" * 50_001: "That line has more than 50,000 characters.",
    f"/cairn settings zone={ESC}[31mred": "I don't know the time zone",
    f"/cairn dance{RIGHT_TO_LEFT}ecnad": "I don't know *dance",
    f"/cairn dan{NUL}ce": "I don't know *dan",
    f"/cairn dan{NOT_UTF8}ce": "I don't know *dan",
    f":as {ESC}]0;evil": "A name has at most 32",
    f":as {RIGHT_TO_LEFT}neb": "A name has at most 32",
    ":as": "A name has at most 32",
    ":in #Not A Channel": "A channel has at most 80",
    ":press 99": "The last message with buttons has",
    ":press": "The form is :press N",
    ":press one": "The form is :press N",
    ":fill text=nothing": "No form is open.",
    ":submit": "No form is open.",
    ":wait": "I can't read that time.",
    ":wait forever": "I can't read that time.",
    ":wait -3d": "I can't read that time.",
    ":wait until 2026-02-30 09:00": "I can't read that time.",
    ":wait until 2026-03-01 09:00": "The clock only moves on",
    ":wait 999999w": "One :wait moves the clock by at most 400 days.",
    ":attach /nowhere/at/all.zip": "I can't read a file at /nowhere/at/all.zip.",
    ":attach": "The form is :attach FILE.",
    ":react": "The form is :react NAME",
    ":edit": "The form is :edit TEXT",
    ":reply": "The form is :reply TEXT",
    ":menu": "The form is :menu NAME",
    ":history lots": "The form is :history N",
    ":prss 1": ":prss is not known here; did you mean :press?",
}
AS_CORA = {
    '/cairn admin nudge add channel=#team when="61 * * * *"': "The cron line *61 * * * **",
    '/cairn admin nudge add channel=#team when="0 9 30 2 *"': "The cron line *0 9 30 2 **",
    '/cairn admin nudge add channel=#team when="* * * * *"': "comes more than once an hour",
    '/cairn admin nudge add channel=#team when="now and then"': "I can't read *now and then*.",
    '/cairn admin nudge add channel=#team when="every weekday"': "has no time of day.",
    '/cairn admin nudge add channel=team when="every day 9:00"': "*channel* takes a channel",
    '/cairn admin nudge add channel=#team when="every day 9:00" zone=Mars': (
        "I don't know the time zone *Mars*."
    ),
    '/cairn admin nudge add channel=#team when="every day 9:00" holidays=ATLANTIS': (
        "I don't know the holidays of *ATLANTIS*."
    ),
    "/cairn admin nudge pause 77": "There is no nudge 77.",
    "/cairn admin nudge queue next=nothing-c1": "I don't know a channel prompt called",
}


IN_A_FORM = {
    ":fill colour=red": "The form has no field colour. It has: text, kind, vision.",
    ":fill": "The form is :fill FIELD=VALUE.",
    ":fill kind=gold": "gold can't be chosen.",
    f":fill text={'x' * 4001}": "text takes 4000 characters; that has 4001.",
    ":submit": "text is still empty.",
}


@dataclass(frozen=True)
class Step:
    """A typed line, and all that was shown until the next one."""

    typed: str
    shown: tuple[str, ...]


def _play(lines: list[str], folder: Path) -> list[Step]:
    ended = program.demo([*lines, ":quit"], "--data", "data", cwd=folder)
    assert (ended.code, ended.problems) == (0, [])
    _assert_harmless(ended.out)
    echoes = [number for number, line in enumerate(ended.lines) if program.typed(line) is not None]
    ends = [*echoes[1:], len(ended.lines)]
    shown = [tuple(ended.lines[start + 1 : end]) for start, end in zip(echoes, ends, strict=True)]
    assert len(shown) == len(lines) + 1
    return [Step(*each) for each in zip(lines, shown, strict=False)]


def _assert_harmless(text: str) -> None:
    """Nothing in it moves the cursor, colours the screen or turns the text round."""
    harmful = {
        character
        for character in text
        if character != "\n" and (unicodedata.category(character) in ("Cc", "Cf", "Cs"))
    }
    assert harmful == set()


def _sentence(line: str) -> str:
    return line.removeprefix("-- ").split(" | ", 1)[-1]


def _look(steps: list[Step], folder: Path, number: str) -> tuple[object, ...]:
    """What everyone sees, and what the exports hold."""
    seen = [line for step in steps for line in step.shown if "saved: " not in line]
    exports = [
        program.exported(folder / "out" / f"cairn-export-{name}-2026-03-02{number}.zip")
        for name in ("ben", "cora")
    ]
    return seen, exports


def test_each_mistake_gets_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    mistakes = {**AS_BEN, **AS_CORA}
    typed = [*BEFORE, *LOOK, *AS_BEN, ":as cora", *AS_CORA, *LOOK]
    steps = _play(typed, tmp_path)
    answered = {step.typed: step.shown for step in steps if step.typed in mistakes}
    assert {line: len(shown) for line, shown in answered.items()} == dict.fromkeys(mistakes, 1)
    sentences = {line: _sentence(shown[0]) for line, shown in answered.items()}
    assert {
        line: sentence for line, sentence in sentences.items() if mistakes[line] not in sentence
    } == {}
    start = len(BEFORE)
    before = _look(steps[start : start + len(LOOK)], tmp_path, "")
    # Only the first line tells where cora was before.
    assert _look(steps[-len(LOOK) :], tmp_path, "-2") == before


def test_a_mistake_in_a_form_leaves_the_form_as_it_was(tmp_path: Path) -> None:
    opening = ["/cairn stone", ":fill text=kept"]
    closing = [":submit", "/cairn export"]
    wrong = [line for line in IN_A_FORM if line != ":submit"]
    steps = _play(["/cairn stone", ":submit", *opening[1:], *wrong, *closing], tmp_path)
    for step in steps[3 : 3 + len(wrong)] + steps[1:2]:
        assert len(step.shown) == 1
        assert IN_A_FORM[step.typed] in step.shown[0]
    document, _ = program.exported(tmp_path / "out" / "cairn-export-ben-2026-03-02.zip")
    assert [stone["text"] for stone in document["stones"]] == ["kept"]


SIGNS = [f"{ESC}[2J", f"{ESC}]0;title\x07", "\x9b31m", RIGHT_TO_LEFT, MARK, "\u2066", "\b\r"]


def test_signs_that_steer_a_screen_never_reach_it_and_are_kept(tmp_path: Path) -> None:
    texts = [f"before{sign}after" for sign in SIGNS]
    lines = [
        line
        for sign, text in zip(SIGNS, texts, strict=True)
        for line in (
            f"/cairn why {text}",
            f"/cairn stone {text}",
            "/cairn tough",
            f"/cairn mentor find topics=x{sign}",
            f"/cairn settings zone={sign}",
            f":attach /{sign}",
            text,
            ":history 5",
            f":in #{sign}",
        )
    ]
    _play([*lines, "/cairn export"], tmp_path)
    document, _ = program.exported(tmp_path / "out" / "cairn-export-ben-2026-03-02.zip")
    assert [why["text"] for why in document["whys"]] == texts
    assert [stone["text"] for stone in document["stones"]] == texts


def test_null_bytes_and_invalid_utf8_become_a_sign_that_says_so(tmp_path: Path) -> None:
    _play([f"/cairn why a{NUL}b{NOT_UTF8}c", "/cairn export"], tmp_path)
    document, text = program.exported(tmp_path / "out" / "cairn-export-ben-2026-03-02.zip")
    assert document["whys"][0]["text"] == "a\ufffdb\ufffdc"
    assert "> a\ufffdb\ufffdc" in text


def test_as_many_characters_as_a_form_takes_are_kept_whole(tmp_path: Path) -> None:
    text = "wörter " * 571 + "abc"
    _play([f"/cairn why {text}", "/cairn export"], tmp_path)
    document, _ = program.exported(tmp_path / "out" / "cairn-export-ben-2026-03-02.zip")
    assert document["whys"][0]["text"] == text
    assert len(text) == 4000
