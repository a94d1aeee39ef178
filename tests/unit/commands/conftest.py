"""A town to talk in."""

import pytest

from tests.fakes.conversation import Conversation


@pytest.fixture
async def talk() -> Conversation:
    """A town in which ana and ben have joined, at nine on a Monday in UTC; cora coordinates."""
    return await Conversation.begin("ana", "ben")
