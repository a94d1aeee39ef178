"""What people write about their hours is read, or refused with a sentence."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import UserError
from bot.domain.reading import QuietHours, Weekdays, read_days, read_quiet, read_time

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


class TestTime:
    @pytest.mark.parametrize(
        ("words", "minute"),
        [
            ("9", 540),
            ("9am", 540),
            ("9 AM", 540),
            ("9:30", 570),
            ("09:30", 570),
            ("9.30", 570),
            (" 9:30  pm ", 1290),
            ("5pm", 1020),
            ("5 p.m.", 1020),
            ("12am", 0),
            ("12pm", 720),
            ("12:05 am", 5),
            ("0:00", 0),
            ("23:59", 1439),
            ("noon", 720),
            ("Midnight", 0),
        ],
    )
    def test_is_read(self, words: str, minute: int) -> None:
        assert read_time(words) == minute

    @pytest.mark.parametrize(
        "words",
        [
            "", "soon", "24:00", "9:60", "9:3", "13pm", "0am", "9:30:00", "-1", "9 30", "930am1",
            "٩:٣٠", "²", "9" * 300,
        ],
    )  # fmt: skip
    def test_is_refused(self, words: str) -> None:
        with pytest.raises(UserError) as caught:
            read_time(words)

        assert (caught.value.key, caught.value.values) == ("time.unreadable", {"time": words})


class TestDays:
    @pytest.mark.parametrize(
        ("words", "days"),
        [
            ("mon-fri", {MON, TUE, WED, THU, FRI}),
            ("Mon - Fri", {MON, TUE, WED, THU, FRI}),
            ("monday to friday", {MON, TUE, WED, THU, FRI}),
            ("mon–wed", {MON, TUE, WED}),  # noqa: RUF001
            ("mon,wed,fri", {MON, WED, FRI}),
            ("mon, wed & fri", {MON, WED, FRI}),
            ("Monday, Wednesday, and Friday", {MON, WED, FRI}),
            ("mon-wed,fri", {MON, TUE, WED, FRI}),
            ("sat-mon", {SAT, SUN, MON}),
            ("sun-sat", set(range(7))),
            ("mon-mon", {MON}),
            ("tuesdays and thurs", {TUE, THU}),
            ("every day", set(range(7))),
            ("daily", set(range(7))),
            ("weekdays", {MON, TUE, WED, THU, FRI}),
            ("every weekday", {MON, TUE, WED, THU, FRI}),
            ("weekends", {SAT, SUN}),
            ("weekend and monday", {SAT, SUN, MON}),
            ("every friday", {FRI}),
        ],
    )
    def test_are_read(self, words: str, days: set[int]) -> None:
        assert set(read_days(words)) == days

    @pytest.mark.parametrize(
        "words", ["", "never", "mon-", "-", "mon tue", "mon-tue-wed", "m", "1-5", "mon,", "s" * 300]
    )
    def test_are_refused(self, words: str) -> None:
        with pytest.raises(UserError) as caught:
            read_days(words)

        assert (caught.value.key, caught.value.values) == ("days.unreadable", {"days": words})


class TestWeekdays:
    @pytest.mark.parametrize(
        ("days", "text"),
        [
            ({MON, TUE, WED, THU, FRI}, "mon-fri"),
            ({MON, WED}, "mon,wed"),
            ({SAT, SUN}, "sat,sun"),
            ({MON, SAT, SUN}, "mon,sat,sun"),
            ({MON, TUE, WED, FRI}, "mon-wed,fri"),
            (set(range(7)), "mon-sun"),
        ],
    )
    def test_have_a_short_form(self, days: set[int], text: str) -> None:
        assert str(Weekdays.of(days)) == text

    def test_are_a_set_of_days(self) -> None:
        days = Weekdays(0b0000101)

        assert list(days) == [MON, WED]
        assert len(days) == 2
        assert WED in days
        assert TUE not in days
        assert -7 not in days
        assert 7 not in days

    @pytest.mark.parametrize("mask", [0, -1, 128])
    def test_need_a_day(self, mask: int) -> None:
        with pytest.raises(ValueError, match="weekdays"):
            Weekdays(mask)

    @given(st.integers(1, 127))
    def test_are_read_back_from_their_short_form(self, mask: int) -> None:
        days = Weekdays(mask)

        assert read_days(str(days)) == days
        assert Weekdays.of(days) == days
        assert read_days(" and ".join(days.names())) == days


class TestQuietHours:
    @pytest.mark.parametrize(
        ("words", "quiet"),
        [
            ("20:00-08:00", QuietHours(1200, 480)),
            ("8pm to 8am", QuietHours(1200, 480)),
            ("20 – 8", QuietHours(1200, 480)),  # noqa: RUF001
            ("noon-13:30", QuietHours(720, 810)),
            ("none", QuietHours()),
            (" OFF ", QuietHours()),
        ],
    )
    def test_are_read(self, words: str, quiet: QuietHours) -> None:
        assert read_quiet(words) == quiet

    @pytest.mark.parametrize(
        "words", ["", "20:00", "20:00-", "9-9", "9-10-11", "25-8", "always", "-" * 300]
    )
    def test_are_refused(self, words: str) -> None:
        with pytest.raises(UserError) as caught:
            read_quiet(words)

        assert (caught.value.key, caught.value.values) == ("quiet.unreadable", {"quiet": words})

    def test_cover_the_night_over_midnight(self) -> None:
        night = QuietHours(1200, 480)

        assert [night.covers(m) for m in (1199, 1200, 1439, 0, 479, 480)] == [
            False, True, True, True, True, False,
        ]  # fmt: skip

    def test_cover_part_of_a_day(self) -> None:
        lunch = QuietHours(720, 780)

        assert [lunch.covers(m) for m in (719, 720, 779, 780)] == [False, True, True, False]

    def test_may_be_none(self) -> None:
        assert not any(QuietHours().covers(minute) for minute in range(1440))

    @pytest.mark.parametrize("span", [(0, 0), (0, None), (None, 0), (0, 1440), (-1, 5)])
    def test_are_a_span_of_the_day(self, span: tuple[int | None, int | None]) -> None:
        with pytest.raises(ValueError, match="span"):
            QuietHours(*span)

    @given(st.integers(0, 1439), st.integers(0, 1439))
    def test_are_read_back_from_their_short_form(self, start: int, end: int) -> None:
        quiet = QuietHours(start, end) if start != end else QuietHours()

        assert read_quiet(str(quiet)) == quiet

    @given(st.integers(0, 1439), st.integers(0, 1439).filter(bool))
    def test_cover_as_many_minutes_as_they_last(self, start: int, length: int) -> None:
        quiet = QuietHours(start, (start + length) % 1440)

        assert sum(map(quiet.covers, range(1440))) == length


@pytest.mark.parametrize("read", [read_time, read_days, read_quiet])
@given(words=st.text() | st.text("0123456789:.-, apmonwedfrisy", max_size=30))
def test_no_text_raises_anything_but_a_user_error(read: object, words: str) -> None:
    assert callable(read)
    with suppress(UserError):
        read(words)
