"""Answers: the reflect command, the buttons under a prompt, and everything said."""

from collections.abc import Mapping

from bot.chat.outgoing import Button, Buttons, Message, Quote, Text
from bot.chat.wording import Wording
from bot.commands.table import Call
from bot.domain.delivery import asked_slot
from bot.domain.errors import UserError
from bot.domain.practices import Practice
from bot.domain.prompts import Verdict
from bot.services import joining, reflecting
from bot.services.reflecting import Typed, TypedAnswer


async def reflect(call: Call) -> Message:
    """Keep words, answer a prompt, rewrite a reflection, or ask for a question."""
    text, member = call.args.maybe_text("text"), call.member
    delivery_id, reflection_id = (
        call.args.maybe_number("delivery"),
        call.args.maybe_number("reflection"),
    )
    if not text:
        return await _ask(call)
    if reflection_id is not None:
        await reflecting.rewrite(call.work, member, reflection_id, text, call.now)
        return Message((Text(call.say("reflection.changed")), Quote(text)))
    if delivery_id is not None:
        kept = await reflecting.answer(call.work, member, delivery_id, text, call.now)
    else:
        kept = await reflecting.write_down(call.work, member, text, call.now)
    return kept_message(call.say, kept)


async def _ask(call: Call) -> Message:
    member = call.member
    if member.settings is None:
        raise UserError("who.not_joined")
    practice, prompt_id = call.args.maybe_text("practice"), None
    if practice:
        prompt = await reflecting.choose_of_practice(call.work, member, Practice(practice))
        prompt_id = prompt.id
    slot = asked_slot(call.event.event_id)
    await joining.ask_now(call.work, member, call.now, slot=slot, prompt_id=prompt_id)
    return Message((Text(call.say("reflect.on_its_way")),))


async def reflect_values(call: Call) -> Mapping[str, str]:
    """The reflection as it reads now, when it is to be changed."""
    reflection_id = call.args.maybe_number("reflection")
    if reflection_id is None:
        return {}
    found = await call.work.reflections.get(call.author, reflection_id)
    return {"text": found.text} if found else {}


async def form_intro(call: Call) -> str:
    """The question that is answered, and who will read the answer."""
    delivery_id = call.args.maybe_number("delivery")
    reads = call.say("reflect.who_reads_form")
    if delivery_id is None:
        return reads
    prompt = await reflecting.asked_of(call.work, call.member, delivery_id)
    found = await call.work.prompts.many([prompt.prompt_id])
    return f"{found[prompt.prompt_id].text}\n{reads}"


def kept_message(say: Wording, kept: TypedAnswer) -> Message:
    """Kept, and what can be done with it."""
    number = (str(kept.reflection_id),)
    buttons = [
        Button(say("reflection.edit"), "edit", number),
        Button(say("reflection.pin"), "pin", number),
        Button(say("reflection.delete"), "delete", number),
    ]
    if kept.prompt_id is not None:
        prompt = (str(kept.prompt_id),)
        buttons += [
            Button(say("prompt.helped"), "helped", prompt),
            Button(say("prompt.not_for_me"), "not_for_me", prompt),
        ]
    sentence = "reflection.kept" if kept.prompt_id is not None else "reflection.kept_alone"
    return Message((Text(say(sentence)), Buttons(tuple(buttons))))


def typed_message(say: Wording, answer: TypedAnswer) -> Message | None:
    """One answer to typed words; more of them are added without another."""
    match answer.typed:
        case Typed.KEPT:
            return kept_message(say, answer)
        case Typed.ADDED:
            return None
        case Typed.ASKED:
            number = (str(answer.reflection_id),)
            return Message(
                (
                    Text(say("reflection.keep_it")),
                    Buttons(
                        (
                            Button(say("reflection.keep"), "keep", number),
                            Button(say("reflection.drop"), "delete", number),
                        )
                    ),
                )
            )


async def skip(call: Call) -> Message:
    """Let a prompt rest."""
    prompt = await reflecting.asked_of(call.work, call.member, call.args.number("delivery"))
    await reflecting.skip(call.work, call.member, prompt)
    return Message((Text(call.say("prompt.skipped")),))


async def snooze(call: Call) -> Message:
    """Ask the same again on the next working day."""
    if call.member.settings is None:
        raise UserError("who.not_joined")
    at = await reflecting.snooze(
        call.work, call.member, call.member.settings, call.args.number("delivery"), call.now
    )
    moment = call.moment(at)
    text = Text(call.say("prompt.snoozed", moment=moment.words))
    return Message((text,), moments=(moment,))


async def keep(call: Call) -> Message:
    """Keep a draft."""
    reflection_id = call.args.number("reflection")
    if not await call.work.reflections.keep(call.author, reflection_id):
        raise UserError("reflection.gone")
    return kept_message(call.say, TypedAnswer(Typed.KEPT, reflection_id, None))


async def delete(call: Call) -> Message:
    """Delete a reflection, or drop a draft."""
    if not await call.work.reflections.delete(call.author, call.args.number("reflection")):
        raise UserError("reflection.gone")
    return Message((Text(call.say("reflection.deleted")),))


async def helped(call: Call) -> Message:
    """Say that a prompt helped."""
    return await _rate(call, Verdict.HELPED)


async def not_for_me(call: Call) -> Message:
    """Never be asked this prompt again."""
    return await _rate(call, Verdict.NOT_FOR_ME)


async def _rate(call: Call, verdict: Verdict) -> Message:
    place_id = call.member.direct_place_id
    if place_id is None:
        raise UserError("who.not_joined")
    await call.work.prompts.rate(place_id, call.args.number("prompt"), verdict)
    return Message((Text(call.say(f"prompt.{verdict}_thanks")),))
