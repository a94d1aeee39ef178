"""What people meet in Slack: forms, the Home tab, menus, files, their own time zone."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.integration.slack_adapter.office import Office, prompts, said, texts
from tests.servers.slack.hands import PersonHands
from tests.servers.slack.server import SlackServer


@pytest.fixture
async def ben(office: Office) -> AsyncIterator[PersonHands]:
    """Somebody who has not joined yet, while Cairn is served."""
    office.by_socket()
    hands = office.slack.add_person(office.workspace, "UBEN", "ben", tz="America/New_York")
    async with office.served():
        yield hands


async def test_joining_takes_zone_and_language_from_the_profile(
    office: Office, ben: PersonHands
) -> None:
    await ben.command("start")
    assert initial(ben)["zone"] == "America/New_York"
    await ben.submit()
    await office.settled()
    assert len(prompts(said(ben))) == 1
    assert "America/New_York" in "\n".join(texts(ben))


async def test_a_changed_zone_and_name_are_followed(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    await ben.change_profile(tz="Asia/Tokyo", name="benjamin")
    await ben.command("status")
    await office.settled()
    assert "Asia/Tokyo" in texts(ben)[-1]
    assert "benjamin" in texts(ben)[-1]


async def test_a_zone_that_somebody_chose_stays(office: Office, ben: PersonHands) -> None:
    await office.join(ben, "zone=Europe/Lisbon")
    await ben.change_profile(tz="Asia/Tokyo")
    await ben.command("status")
    await office.settled()
    assert "Europe/Lisbon" in texts(ben)[-1]


async def test_a_form_opens_where_something_is_missing(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    await ben.command("vision 5")
    assert initial(ben)["years"] == "5"
    await ben.submit({"text": "A workshop of my own & <tea>"})
    assert not ben.has_form
    await office.settled()
    assert "A workshop of my own &amp; &lt;tea&gt;" in texts(ben)[-1]


async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    office: Office, ben: PersonHands
) -> None:
    await office.join(ben)
    await ben.command("settings")
    await office.settled()
    await ben.press(said(ben)[-1], number=1)
    await ben.submit({"time": "half past soon", "zone": "Europe/Atlantis"})
    assert set(ben.errors) == {"time", "zone"}
    assert "half past soon" in ben.errors["time"]
    assert "Europe/Atlantis" in ben.errors["zone"]
    # the form is still open
    await ben.submit({"time": "10:30", "zone": "Europe/Lisbon"})
    assert not ben.has_form
    await office.settled()
    assert "10:30" in texts(ben)[-1]


async def test_quotes_keep_words_together(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    await ben.command('mentor offer topics="data modelling, python" capacity=2')
    await office.settled()
    assert "data modelling" in texts(ben)[-1]


async def test_an_answer_in_a_channel_is_for_one_person_only(
    office: Office, ben: PersonHands
) -> None:
    await office.join(ben)
    channel = office.workspace.add_channel("C1", "team", members=(ben.id,))
    await ben.command("why For Mira", "C1")
    await office.settled()
    assert [message.ephemeral_to for message in channel.messages] == [ben.id]


async def test_the_home_tab_shows_what_is_mine_and_what_i_can_do(
    office: Office, ben: PersonHands
) -> None:
    ana = office.slack.add_person(office.workspace, "UANA", "ana")
    await ben.open_home()
    await office.settled()
    assert "Join" in shown(ben)
    for hands in (ben, ana):
        await office.join(hands)
    await ben.command("why For Mira")
    await ana.command("mentor offer topics=python")
    await office.settled()
    await ben.command('mentor request <@UANA> note="hello"')
    await office.settled()
    await ana.press(said(ana)[-1], "Yes")
    await office.settled()
    await ben.open_home()
    await office.settled()
    page = shown(ben)
    for part in ("next question", "For Mira", "ana", "America/New_York"):
        assert part in page
    for button in ("Reflect now", "Find a mentor"):
        assert button in page
    await ben.press_home("Reflect now")
    await office.settled()
    assert len(prompts(said(ben))) == 2


async def test_the_messages_tab_is_not_the_home_tab(office: Office, ben: PersonHands) -> None:
    assert (await ben.open_home(tab="messages")).acknowledged
    await office.settled()
    assert ben.home is None


async def test_ones_own_message_becomes_a_stone(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    office.workspace.add_channel("C1", "team", members=(ben.id,))
    own = await ben.say("The build is four minutes shorter.", "C1")
    await ben.message_shortcut("cairn:pin", own)
    await office.settled()
    assert "The build is four minutes shorter." in "\n".join(texts(ben))
    stones = (await exported(office, ben))["stones"]
    assert "The build is four minutes shorter." in json.dumps(stones)


async def test_of_another_persons_message_no_word_is_kept(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    dia = office.slack.add_person(office.workspace, "UDIA", "dia")
    office.workspace.add_channel("C1", "team", members=(ben.id, dia.id))
    theirs = await dia.say("Words of Dia alone", "C1")
    await ben.message_shortcut("cairn:pin", theirs)
    if ben.modal is not None:
        await ben.submit({"text": "She showed me how"})
    await office.settled()
    assert "Words of Dia alone" not in json.dumps(await exported(office, ben))


async def test_a_tough_day_is_met_from_anywhere(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    await ben.command("why For Mira")
    await ben.global_shortcut("cairn:tough")
    await office.settled()
    assert "For Mira" in texts(ben)[-1]
    assert said(ben)[-1].channel == ben.direct.id


async def test_an_export_is_handed_over_and_can_be_brought_in(
    office: Office, ben: PersonHands
) -> None:
    await office.join(ben)
    await ben.command("why For Mira")
    await office.settled()
    content = await handed_over(office, ben)
    office.slack.uploads["FIN"] = {"content": content}
    await ben.command("import")
    file = {
        "id": "FIN",
        "name": "cairn.zip",
        "size": len(content),
        "url_private_download": f"{office.slack.origin}/files/FIN",
    }
    await ben.submit({"file": json.dumps([file])})
    assert ben.errors == {}
    await office.settled()
    assert "brought" in texts(ben)[-1].lower() or "import" in texts(ben)[-1].lower()


async def test_a_file_from_elsewhere_gets_no_token(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    await ben.command("import")
    async with SlackServer() as elsewhere:
        address = f"{elsewhere.origin}/files/F1"
        file = {"id": "F1", "name": "x", "size": 3, "url_private_download": address}
        await ben.submit({"file": json.dumps([file])})
    assert "could not be taken" in ben.errors["file"]


async def test_prompts_and_answers_go_round_without_a_stranger_seeing_them(
    office: Office, ben: PersonHands
) -> None:
    await office.join(ben)
    dia = office.slack.add_person(office.workspace, "UDIA", "dia")
    (prompt,) = prompts(said(ben))
    await ben.press(prompt, "Answer")
    assert ben.modal is not None
    await ben.submit({"text": "Whoever reads this"})
    await office.settled()
    assert said(dia) == []
    assert all(m.text for m in said(ben))


async def test_what_is_said_again_elsewhere_stays_one(office: Office, ben: PersonHands) -> None:
    await office.join(ben)
    first = await ben.say_direct("I asked Jo about the drill.")
    await ben.edit(first, "I asked Jo about the backup drill.")
    await ben.unfurl(first)
    second = await ben.say_direct("This is taken back.")
    await office.settled()
    await ben.delete(second)
    await office.settled()
    words = json.dumps(await exported(office, ben))
    assert "backup drill" in words
    assert "taken back" not in words


def initial(hands: PersonHands) -> dict[str, str]:
    """What the open form's fields hold when it opens."""
    assert hands.modal is not None, "no form is open"
    found = {}
    for block in hands.modal.content["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            chosen = element.get("initial_option") or {}
            found[block["block_id"]] = element.get("initial_value") or chosen.get("value", "")
    return found


def shown(hands: PersonHands) -> str:
    assert hands.home is not None
    return json.dumps(hands.home.content, ensure_ascii=False)


async def handed_over(office: Office, hands: PersonHands) -> bytes:
    """The bytes of an export."""
    await hands.command("export")
    await office.settled()
    await office.pass_time(timedelta(seconds=2))
    shared = [m for m in hands.direct.messages if m.files]
    content = shared[-1].files[0]["bytes"]["content"]
    assert isinstance(content, bytes)
    return content


async def exported(office: Office, hands: PersonHands) -> dict[str, object]:
    content = await handed_over(office, hands)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        document: dict[str, object] = json.loads(archive.read("cairn.json"))
    return document
