"""Two weeks of a small community, played on the console by one transcript."""

import subprocess
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import program

TRANSCRIPT = Path(__file__).with_name("two_weeks.txt")
END = "2026-03-16"

FIRST_WEEK = [f"2026-03-{day:02}" for day in range(2, 7)]
SECOND_WEEK = [f"2026-03-{day:02}" for day in range(9, 14)]
NEXT_MONDAY = "2026-03-16"

PROMPTS_DUE = {
    "#team": [f"{day} 09:30" for day in FIRST_WEEK + SECOND_WEEK],
    # 15:00 in Berlin, where the clocks change three weeks later.
    "#product": [f"{day} 14:00" for day in FIRST_WEEK + SECOND_WEEK],
    # Set up on Monday after its time of day, and Tuesday 3 March is a holiday in Bulgaria.
    "#design": [f"{day} 08:30" for day in [*FIRST_WEEK[2:], *SECOND_WEEK, NEXT_MONDAY]],
    # 09:00 in New York, and from Thursday 12 March on 10:00; the clocks change on Sunday 8 March.
    "dm ben": [f"{day} 14:00" for day in FIRST_WEEK]
    + [f"{day} 13:00" for day in SECOND_WEEK[:3]]
    + [f"{day} 14:00" for day in SECOND_WEEK[3:]],
    # One on Thursday was asked for.
    "dm ana": sorted(
        [f"{day} 08:00" for day in [*FIRST_WEEK[1:], *SECOND_WEEK, NEXT_MONDAY]]
        + ["2026-03-05 10:00"]
    ),
    # Joined on Monday; paused from Wednesday until the next Monday.
    "dm dia": ["2026-03-02 09:30"]
    + [f"{day} 00:00" for day in [*FIRST_WEEK[1:3], *SECOND_WEEK, NEXT_MONDAY]],
    "dm cora": [f"{day} 09:00" for day in (SECOND_WEEK[0], NEXT_MONDAY)],
}
ASKED_FOR = {("dm ana", "2026-03-05 10:00")}
SNOOZED = ("dm ben", "2026-03-05 14:00", "2026-03-06 14:00")


@dataclass(frozen=True)
class Answer:
    """An answer as the transcript gives it: to the prompt shown at `place` at `asked`."""

    via: str
    place: str | None
    asked: str | None
    parts: tuple[tuple[str, str], ...]
    edited: str | None = None


def answer(
    via: str,
    place: str | None,
    asked: str | None,
    *parts: tuple[str, str],
    edited: str | None = None,
) -> Answer:
    return Answer(via, place, asked, parts, edited)


ANSWERS: dict[str, list[Answer]] = {
    "ben": [
        answer(
            "thread",
            "#team",
            "2026-03-02 09:30",
            ("2026-03-02 09:30", "My first foreman signed every weld with chalk."),
        ),
        answer(
            "form",
            "dm ben",
            "2026-03-02 14:00",
            ("2026-03-02 14:00", "The release notes: three people thanked me for them."),
        ),
        answer(
            "direct",
            "dm ben",
            "2026-03-03 14:00",
            ("2026-03-03 14:00", "I asked Jo about the backup drill, a week late."),
            edited="2026-03-03 14:00",
        ),
        answer(
            "direct", "dm ben", "2026-03-04 14:00", ("2026-03-04 14:00", "The next one stands.")
        ),
        answer(
            "direct",
            "dm ben",
            "2026-03-06 14:00",
            ("2026-03-06 14:30", "I read the incident report aloud, and it got shorter."),
        ),
        answer(
            "thread",
            "#product",
            "2026-03-06 14:00",
            ("2026-03-06 14:30", "A half-finished diagram is a good question."),
            ("2026-03-06 14:34", "And nobody is afraid to draw into it."),
        ),
        answer(
            "direct", None, None, ("2026-03-08 15:00", "Sunday thought: a slow walk is also work.")
        ),
        answer(
            "direct",
            "dm ben",
            "2026-03-09 13:00",
            ("2026-03-09 13:00", "The clock went forward, and I was early for once."),
        ),
        answer(
            "direct",
            "dm ben",
            "2026-03-11 13:00",
            ("2026-03-11 13:30", "I paired with Jo for an hour, and both of us stayed."),
        ),
        answer(
            "thread",
            "#team",
            "2026-03-12 09:30",
            ("2026-03-12 14:00", "Thursday: I thanked the night shift by name."),
            edited="2026-03-12 14:00",
        ),
    ],
    "ana": [
        answer(
            "direct",
            "dm ana",
            "2026-03-03 08:00",
            ("2026-03-03 08:00", "I said too much in the planning, and listened after."),
            edited="2026-03-03 08:00",
        ),
        answer(
            "form",
            "#team",
            "2026-03-05 09:30",
            ("2026-03-05 09:30", "Nobody in the room knew how tired I was."),
        ),
        answer(
            "direct",
            "dm ana",
            "2026-03-05 10:00",
            ("2026-03-05 10:00", "A house with a workshop, and apprentices in it."),
        ),
        answer(
            "direct",
            "dm ana",
            "2026-03-13 08:00",
            ("2026-03-13 08:00", "The pair with ben gives me more than it takes."),
        ),
        answer(
            "thread",
            "#design",
            "2026-03-13 08:30",
            ("2026-03-13 10:00", "Grey on grey, and people still found the button."),
        ),
    ],
    "dia": [
        answer(
            "direct",
            "dm dia",
            "2026-03-02 09:30",
            ("2026-03-02 09:30", "I asked the new colleague what surprised her."),
            ("2026-03-02 09:30", "And I wrote her answer down."),
            ("2026-03-02 09:30", "Then I changed the page that she meant."),
        ),
        answer(
            "direct",
            "dm dia",
            "2026-03-04 00:00",
            ("2026-03-04 00:00", "The build is four minutes shorter."),
            ("2026-03-04 00:05", "It was one line in the cache key."),
        ),
        answer(
            "direct",
            "dm dia",
            "2026-03-10 00:00",
            ("2026-03-10 00:00", "Two people asked me for the same page."),
        ),
    ],
    "cora": [],
}

COMPASS = ("whys", "visions", "stones")
# text, written, replaced
WHYS: dict[str, list[tuple[str, str, str | None]]] = {
    "ben": [("For Mira, who wants to see what her father builds.", "2026-03-03 14:00", None)],
    "dia": [("So that my sister's clinic never loses a file.", "2026-03-10 00:00", None)],
}
# years, text, written, replaced
VISIONS: dict[str, list[tuple[int, str, str, str | None]]] = {
    "ben": [
        (5, "I lead a small platform team near the sea.", "2026-03-04 14:00", "2026-03-09 13:00"),
        (5, "I lead the platform team, and the sea can wait.", "2026-03-09 13:00", None),
        (10, "I teach two days a week.", "2026-03-04 14:00", None),
    ],
    "ana": [(20, "A school for welders.", "2026-03-05 10:00", None)],
}
# kind, text, laid, number of the pinned answer, years of the vision
STONES: dict[str, list[tuple[str, str, str, int | None, int | None]]] = {
    "ben": [
        (
            "proof",
            "The release notes: three people thanked me for them.",
            "2026-03-02 14:00",
            2,
            None,
        ),
        ("proof", "Led the drill from start to end.", "2026-03-11 13:30", None, 5),
    ],
    "ana": [
        ("connection", "The apprentices remember my name.", "2026-03-05 10:00", None, 20),
        (
            "knowledge",
            "The pair with ben gives me more than it takes.",
            "2026-03-13 08:00",
            4,
            None,
        ),
    ],
    "dia": [
        (
            "knowledge",
            "The build is four minutes shorter.\nIt was one line in the cache key.",
            "2026-03-04 00:00",
            2,
            None,
        ),
    ],
}
# place and moment of the prompt, name, moment
REACTIONS = {"ben": [("#team", "2026-03-02 09:30", "heart", "2026-03-02 09:30")]}
# topics, purpose
SEARCHES = {"ben": [(["python", "career change"], "the step to lead")]}
# kind, person, text, written
NOTES = {
    "ben": [
        (
            "request",
            "ana",
            "My manager offers me the platform team from May on.",
            "2026-03-05 10:00",
        )
    ]
}
# zone, time, cadence, joined, coordinator
MEMBERS = {
    "ben": ("America/New_York", "10:00", "daily", "2026-02-27 15:00", False),
    "ana": ("Europe/Berlin", "09:00", "daily", "2026-02-27 15:00", False),
    "dia": ("Asia/Tokyo", "09:00", "daily", "2026-03-02 09:30", False),
    "cora": ("Europe/London", "09:00", "weekly", "2026-02-27 15:00", True),
}
NOT_KEPT = (
    "I forgot to ask Jo about the backup drill.",
    "I said too much in the planning, and too early.",
    "This sentence is taken back.",
    "Thursday: I thanked the night shift.",
    "That button is mine, and I take this back.",
    "Sunday, nothing to keep here.",
    "I am only passing by here.",
)
PRIVATE_AND_GONE = {
    "ben": [NOT_KEPT[0], NOT_KEPT[2]],
    "ana": [NOT_KEPT[1]],
    "dia": [NOT_KEPT[5]],
}


@dataclass(frozen=True)
class Run:
    """What one run of the transcript gave."""

    code: int
    out: bytes
    err: bytes
    folder: Path

    @property
    def lines(self) -> list[str]:
        return self.out.decode().splitlines()

    def export(self, name: str) -> tuple[dict[str, Any], str]:
        return program.exported(self.folder / "out" / f"cairn-export-{name}-{END}.zip")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The transcript played twice at the same time, each in a folder of its own."""
    started = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp(name)
        with TRANSCRIPT.open("rb") as transcript:
            process = subprocess.Popen(
                program.command("demo", "--data", "data", "--out", "out"),
                stdin=transcript,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=program.environment(),
            )
        started.append((process, folder))
    ended = []
    for process, folder in started:
        with process:
            try:
                out, err = process.communicate(timeout=program.PATIENCE)
            finally:
                process.kill()
        ended.append(Run(process.returncode, out, err, folder))
    return ended


@pytest.fixture(scope="module")
def run(runs: list[Run]) -> Run:
    return runs[0]


def _shown(run: Run) -> dict[tuple[str, str], dict[str, str]]:
    """The prompt that was shown at each place and moment, as an export names it."""
    return {
        (line.place, line.at): program.library()[line.text] for line in program.prompts(run.lines)
    }


def _time(at: str | None) -> str | None:
    return None if at is None else f"{at.replace(' ', 'T')}:00Z"


def _expected(run: Run, name: str) -> dict[str, Any]:
    shown = _shown(run)
    zone, time, cadence, joined, is_coordinator = MEMBERS[name]
    return {
        "format": "cairn-export",
        "version": 1,
        "exported_at": "2026-03-16T09:00:00Z",
        "origin": {"platform": "console", "account": name},
        "name": name,
        "memberships": [
            {
                "joined_at": _time(joined),
                "coordinator": is_coordinator,
                "settings": {
                    "zone": zone,
                    "time": time,
                    "days": "mon-fri",
                    "quiet": "20:00-08:00",
                    "cadence": cadence,
                    "language": "en",
                },
            }
        ],
        "whys": [
            {"text": text, "written_at": _time(written), "replaced_at": _time(replaced)}
            for text, written, replaced in WHYS.get(name, [])
        ],
        "visions": [
            {
                "years": years,
                "text": text,
                "written_at": _time(written),
                "replaced_at": _time(replaced),
            }
            for years, text, written, replaced in VISIONS.get(name, [])
        ],
        "stones": [
            {
                "kind": kind,
                "text": text,
                "laid_at": _time(laid),
                "reflection": number,
                "vision_years": years,
                "origin": {"link": None},
            }
            for kind, text, laid, number, years in STONES.get(name, [])
        ],
        "mentoring": {
            "searches": [
                {"topics": topics, "purpose": purpose} for topics, purpose in SEARCHES.get(name, [])
            ],
            "written": [
                {"kind": kind, "to": to, "text": text, "written_at": _time(at)}
                for kind, to, text, at in NOTES.get(name, [])
            ],
        },
        "reflections": [
            {
                "number": number,
                "prompt": shown[given.place, given.asked] if given.place and given.asked else None,
                "via": given.via,
                "text": "\n".join(text for _, text in given.parts),
                "written_at": _time(given.parts[0][0]),
                "edited_at": _time(given.edited),
                "parts": [{"text": text, "said_at": _time(at)} for at, text in given.parts],
            }
            for number, given in enumerate(ANSWERS[name], 1)
        ],
        "reactions": [
            {"prompt": shown[place, asked], "name": reaction, "at": _time(at)}
            for place, asked, reaction, at in REACTIONS.get(name, [])
        ],
    }


def _texts(document: dict[str, Any], part: str) -> list[str]:
    return [each["text"] for each in document[part]]


def test_the_transcript_plays_to_its_end(run: Run) -> None:
    assert (run.code, program.problems(run.err.decode())) == (0, [])
    echoes = [text for line in run.lines if (text := program.typed(line)) is not None]
    assert echoes == TRANSCRIPT.read_text("utf-8").splitlines()


def test_every_line_says_when_and_where(run: Run) -> None:
    assert [line for line in run.lines if not program.has_known_form(line)] == []


def test_prompts_come_at_exactly_their_minute_and_no_others_come(run: Run) -> None:
    came = defaultdict(list)
    for line in program.prompts(run.lines):
        came[line.place].append(line.at)
    assert dict(came) == PROMPTS_DUE


def test_nobody_is_asked_twice_in_a_day_of_theirs_unless_they_asked(run: Run) -> None:
    # Each person's prompts fall on one date of theirs and of UTC alike.
    days = Counter(
        (line.place, line.at[:10])
        for line in program.prompts(run.lines)
        if line.place.startswith("dm ") and (line.place, line.at) not in ASKED_FOR
    )
    assert set(days.values()) == {1}


def test_no_question_comes_twice_to_the_same_recipient_unless_snoozed(run: Run) -> None:
    place, first, again = SNOOZED
    asked: dict[str, list[str]] = defaultdict(list)
    texts = {(line.place, line.at): line.text for line in program.prompts(run.lines)}
    assert texts[place, first] == texts.pop((place, again))
    for (recipient, _), text in texts.items():
        asked[recipient].append(text)
    assert {r: Counter(each).most_common(1)[0][1] for r, each in asked.items()} == dict.fromkeys(
        PROMPTS_DUE, 1
    )


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_export_holds_exactly_what_was_said_as_json(run: Run, name: str) -> None:
    assert run.export(name)[0] == _expected(run, name)


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_the_export_holds_exactly_what_was_said_as_markdown(run: Run, name: str) -> None:
    document = _expected(run, name)
    written = [text for part in (*COMPASS, "reflections") for text in _texts(document, part)]
    written += [text for _, _, text, _ in NOTES.get(name, [])]
    asked = [r["prompt"]["text"] if r["prompt"] else "Unasked" for r in document["reflections"]]
    ahead = [f"In {vision['years']} years" for vision in document["visions"]]
    lines = run.export(name)[1].splitlines()
    quoted = [line.removeprefix("> ") for line in lines if line.startswith(">")]
    assert quoted == "\n".join(written).splitlines()
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    notes = [f"When you asked {to}" for _, to, _, _ in NOTES.get(name, [])]
    assert headings == [*ahead, *asked, *notes]
    others = [line for line in lines if line and not line.startswith((">", "#", "*"))]
    assert others == []


def test_nothing_taken_back_is_exported(run: Run) -> None:
    for name in ANSWERS:
        document, text = run.export(name)
        everything = str(document) + text
        assert [gone for gone in NOT_KEPT if gone in everything] == []


def test_only_the_origin_names_the_platform(run: Run) -> None:
    for name in ANSWERS:
        document, text = run.export(name)
        for holder in (document, *document["stones"]):
            holder.pop("origin")
        assert "console" not in str(document)
        assert "dm:" not in str(document)
        assert "console" not in text


def test_the_same_transcript_gives_the_same_bytes_again(runs: list[Run]) -> None:
    one, two = runs
    assert one.out == two.out
    zips = [{p.name: p.read_bytes() for p in (r.folder / "out").iterdir()} for r in runs]
    assert len(zips[0]) == len(ANSWERS)
    assert zips[0] == zips[1]


def test_private_words_are_shown_to_nobody_else(run: Run) -> None:
    for name in ANSWERS:
        document = _expected(run, name)
        private = [r["text"] for r in document["reflections"] if r["via"] != "thread"]
        private += [text for part in COMPASS for text in _texts(document, part)]
        private += PRIVATE_AND_GONE.get(name, [])
        for text in "\n".join(private).splitlines():
            places = {line.place for line in program.said(run.lines) if text in line.text}
            assert places <= {f"dm {name}"}, text


def test_a_pair_is_found_asked_questioned_and_made(run: Run) -> None:
    spoken = program.said(run.lines)
    to_ben = [line.text for line in spoken if line.place == "dm ben"]
    to_ana = [line.text for line in spoken if line.place == "dm ana"]
    assert "ana: you both named python and career change, and your working days share 2 hours." in (
        to_ben
    )
    assert to_ana.count("ben would like you as a mentor.") == 2
    assert "ana said yes: you are a pair now." in to_ben
    assert "You and ben are a pair now." in to_ana
    assert "ana is your mentor, since 5 March 2026." in to_ben
    assert "You mentor ben, since 5 March 2026." in to_ana
