"""The strata of a plan as rows: name, from, to, days, and how many sessions of each target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from miaohui.checks.plan import festivals
from miaohui.checks.plan.plan import Day, Stratum
from miaohui.desktop.checking.fields import Choice, ClockField, Field, Number, Text
from miaohui.desktop.checking.sections import Section, SectionRow
from miaohui.desktop.strings import checkplan as words

__all__ = ["Strata"]


class Strata(Section):
    """Rows of strata."""

    key = "strata"

    def __init__(self, strata: Sequence[Stratum], *, locked: bool) -> None:
        super().__init__(
            words.section("strata"),
            words.section_about("strata"),
            words.add_stratum(),
            locked=locked,
        )
        self._given = tuple(strata)

    def filled(self) -> Iterator[None]:
        for number, stratum in enumerate(self._given):
            self._show(number, stratum)
            yield

    def _show(self, number: int, stratum: Stratum) -> None:
        days = [(one.value, words.day(one.value)) for one in Day]
        lines: list[list[Field]] = [
            [
                Text(("name",), words.field("stratum"), stratum.name, most=40),
                ClockField(("from",), words.field("from"), stratum.from_min),
                ClockField(("to",), words.field("to"), stratum.to_min),
                Number(("quota",), words.field("quota"), stratum.quota, suffix=words.unit("quota")),
                Choice(
                    ("day",), words.field("day"), days, stratum.day.value, lambda: self._again(row)
                ),
            ]
        ]
        if stratum.day is Day.FESTIVAL:
            known = [("", words.no_festival()), *((one, one) for one in festivals.names())]
            lines.append([Choice(("festival",), words.field("festival"), known, stratum.festival)])
        row = SectionRow(lines, locked=self.locked, remove=words.remove(stratum.name))
        self.put(number, row)

    def _again(self, row: SectionRow) -> None:
        """Another kind of day has other fields."""
        if row in self.rows:
            number = self.rows.index(row)
            self._show(number, _stratum(row))

    def add_row(self) -> None:
        taken = {one.name for one in self.value()}
        number = len(self.rows) + 1
        while words.new_stratum(number) in taken:
            number += 1
        made = Stratum(words.new_stratum(number), 1200, 1440, 2)
        self._show(len(self.rows), made)
        self.changed.emit()

    def value(self) -> tuple[Stratum, ...]:
        return tuple(_stratum(row) for row in self.rows)


def _stratum(row: SectionRow) -> Stratum:
    at = {str(field.path[-1]): field for field in row.fields}
    name, begin, end, quota, day = (at[key] for key in ("name", "from", "to", "quota", "day"))
    assert isinstance(name, Text)
    assert isinstance(begin, ClockField)
    assert isinstance(end, ClockField)
    assert isinstance(quota, Number)
    assert isinstance(day, Choice)
    festival = at.get("festival")
    chosen = festival.value() if isinstance(festival, Choice) else ""
    which = Day(day.value())
    return Stratum(
        name=name.value(),
        from_min=begin.value(),
        to_min=end.value(),
        quota=quota.whole(),
        day=which,
        festival=chosen if which is Day.FESTIVAL else "",
    )
