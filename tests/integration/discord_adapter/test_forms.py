"""Forms over the wire: opened first, corrected and continued without losing a word."""

from bot.chat.incoming import FormSubmitted
from bot.chat.wording import wording_for
from tests.integration.discord_adapter.line import Line

SAY = wording_for("en")


async def test_what_is_wrong_is_corrected_with_what_was_typed(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        shown = await line.ben.command("cairn settings", {}, channel=line.team)
        await line.ben.answered(shown)
        settings = line.ben.ephemerals[-1]
        opened = await line.ben.press(settings, settings.buttons()[0]["label"])
        assert opened.callback == 9
        typed = dict(zip(labels(opened.modal), ("Asia/Tokyo", "25:99"), strict=False))
        first = await line.ben.submit(typed)
        assert first.callback == 4
        opened = await line.ben.press(line.ben.ephemerals[-1], SAY("button.go_on"))
        assert len(labels(opened.modal)) > 0
        wrong = await line.ben.submit({})
        assert wrong.callback == 7
        assert line.kept(FormSubmitted) == []
        between = line.ben.ephemerals[-1]
        assert "25:99" in between.content + str(between.embeds)
        again = await line.ben.press(between, SAY("button.correct"))
        (label,) = labels(again.modal)
        done = await line.ben.submit({label: "10:30"})
        await line.ben.answered(done)
    (form,) = line.kept(FormSubmitted)
    assert (form.values["zone"], form.values["time"]) == ("Asia/Tokyo", "10:30")
    seen = line.ben.ephemerals[-1]
    assert "10:30" in seen.content
    assert seen.embeds == []


async def test_a_form_that_is_not_kept_is_given_back(line: Line) -> None:
    async with line.served():
        await line.ben_joined()
        opened = await line.ben.command("cairn why", {}, channel=line.team)
        line.house.keeps_nothing = True
        given = await line.ben.submit({labels(opened.modal)[0]: "So that nobody waits"})
        assert "So that nobody waits" in str(line.ben.ephemerals[-1].embeds)
        line.house.keeps_nothing = False
        again = await line.ben.press(line.ben.ephemerals[-1], SAY("button.send_again"))
        done = await line.ben.submit({labels(again.modal)[0]: "So that nobody waits"})
        await line.ben.answered(done)
        assert given.callback == 4
    assert [one.name for one in line.kept(FormSubmitted)] == ["why"]


async def test_the_answer_to_a_question_comes_by_its_form(line: Line) -> None:
    async with line.served():
        question = await line.ben_joined()
        opened = await line.ben.press(question, "Answer")
        done = await line.ben.submit({labels(opened.modal)[0]: "I found the leak"})
        await line.ben.answered(done)
        assert done.callback == 6
        assert any("Kept" in one.content for one in line.ben.visible(line.ben.direct))


def labels(modal: object) -> list[str]:
    """The labels of a form's fields, in order."""
    assert isinstance(modal, dict)
    return [one["label"] for one in modal["components"] if one.get("label")]
