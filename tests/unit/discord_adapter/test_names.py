"""Discord's ids made into references and taken apart again."""

import pytest

from adapters.discord import names
from bot.chat.identity import AccountRef, CommunityRef, PlaceKind, PlaceRef


def test_a_native_id_is_a_snowflake() -> None:
    assert names.community(9) == CommunityRef("discord", "9")
    assert names.account("123") == names.account(123) == AccountRef("discord", "123")
    assert names.channel(9, 45) == PlaceRef("discord", "45", PlaceKind.CHANNEL, "9")
    assert names.thread(9, 46) == PlaceRef("discord", "46", PlaceKind.THREAD, "9")
    assert names.direct(47) == PlaceRef("discord", "47", PlaceKind.DIRECT)
    assert names.group(48) == PlaceRef("discord", "48", PlaceKind.GROUP)


def test_ids_are_taken_as_numbers() -> None:
    assert names.snowflake("123456789012345678") == 123456789012345678


@pytest.mark.parametrize(
    "native_id", ["", "0", "T1/U1", "-1", "12x", "1" * 21, "99999999999999999999", "\u0661"]
)
def test_what_is_no_id_is_refused(native_id: str) -> None:
    assert not names.is_snowflake(native_id)
    with pytest.raises(ValueError, match="not an id"):
        names.snowflake(native_id)
