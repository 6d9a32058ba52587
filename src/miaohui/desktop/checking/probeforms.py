"""Probes and banks of a plan as rows; each kind of probe shows the fields that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from miaohui.checks.plan.plan import Probe, ProbeKind
from miaohui.checks.plan.positions import Path
from miaohui.desktop.checking.fields import Choice, Field, LinesField, Number, Text
from miaohui.desktop.checking.sections import Section, SectionRow
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.strings import checkresults

__all__ = ["Banks", "Probes"]

COUNTED = {ProbeKind.BURST, ProbeKind.NUDGE}
TIMED = {ProbeKind.GAP, ProbeKind.NUDGE}
ONCE = {ProbeKind.LAST_QUESTION, ProbeKind.AFTER_END, ProbeKind.GAP}
AT = {ProbeKind.LAST_QUESTION: "at_s_before", ProbeKind.AFTER_END: "at_s_after"}


class Probes(Section):
    """Rows of probes."""

    key = "probes"

    def __init__(
        self, look: Look, probes: Sequence[Probe], banks: Sequence[str], *, locked: bool
    ) -> None:
        super().__init__(
            words.section("probes"),
            words.section_about("probes"),
            words.add_probe(),
            locked=locked,
        )
        self._look = look
        self._bank_names = tuple(banks)
        self._given = tuple(probes)

    def filled(self) -> Iterator[None]:
        for number, probe in enumerate(self._given):
            self._show(number, probe)
            yield

    def set_banks(self, names: tuple[str, ...]) -> None:
        """The banks have other names now: the menus follow."""
        if names != self._bank_names:
            self._bank_names = names
            for row in self.rows:
                for field in row.fields:
                    if field.path == ("bank",) and isinstance(field, Choice):
                        chosen = field.value()
                        field.menu.set_choices(self._banks(chosen), chosen)

    def _banks(self, chosen: str) -> list[tuple[str, str]]:
        names = list(self._bank_names)
        if chosen and chosen not in names:
            names.append(chosen)
        return [("", words.own_texts()), *((one, one) for one in names)]

    def _show(self, number: int, probe: Probe) -> None:
        kind = probe.kind
        kinds = [(one.value, checkresults.probe(one.value)) for one in ProbeKind]
        first: list[Field] = [
            Choice(("kind",), words.field("kind"), kinds, kind.value, lambda: self._again(row)),
            _number("at_s", probe.at_s, AT.get(kind, "at_s")),
        ]
        second: list[Field] = []
        if kind not in ONCE:
            first.append(_number("every_s", probe.every_s))
        if kind in COUNTED:
            second.append(_number("count", probe.count))
        if kind in TIMED:
            second.append(_number("seconds", probe.seconds))
        second.append(_number("jitter_s", probe.jitter_s))
        lines = [first, second]
        if kind is not ProbeKind.GAP:
            second.append(
                Choice(
                    ("bank",),
                    words.field("bank"),
                    self._banks(probe.bank),
                    probe.bank,
                    lambda: self._again(row),
                )
            )
            if not probe.bank:
                texts = LinesField(
                    self._look, ("texts",), words.field("texts"), probe.texts, rows=3
                )
                lines.append([texts])
        name = checkresults.probe(kind.value)
        row = SectionRow(lines, locked=self.locked, remove=words.remove(name))
        self.put(number, row)

    def _again(self, row: SectionRow) -> None:
        if row in self.rows:
            number = self.rows.index(row)
            self._show(number, _probe(row))
            self.changed.emit()

    def add_row(self) -> None:
        last = max((one.at_s for one in self.value()), default=0.0)
        made = Probe(ProbeKind.PLAIN, at_s=last + 30, texts=words.first_texts()[:1])
        self._show(len(self.rows), made)
        self.changed.emit()

    def value(self) -> tuple[Probe, ...]:
        return tuple(_probe(row) for row in self.rows)


def _number(key: str, value: float, name: str = "") -> Number:
    decimals = 0 if key == "count" else 1
    return Number(
        (key,), words.field(name or key), value, decimals=decimals, suffix=words.unit(key)
    )


def _probe(row: SectionRow) -> Probe:
    """What stands in a row; fields that its kind does not show are at their defaults."""
    values: dict[str, object] = {}
    for field in row.fields:
        key = str(field.path[-1])
        if isinstance(field, Number):
            values[key] = field.whole() if key == "count" else field.value()
        elif isinstance(field, LinesField | Choice):
            values[key] = field.value()
    kind = ProbeKind(str(values.pop("kind")))
    if kind not in COUNTED:
        values.pop("count", None)
    elif "count" not in values:
        values["count"] = 2
    if kind not in TIMED:
        values.pop("seconds", None)
    elif "seconds" not in values:
        values["seconds"] = 60.0 if kind is ProbeKind.GAP else 12.0
    if kind in ONCE:
        values.pop("every_s", None)
    if kind is ProbeKind.GAP or values.get("bank"):
        values.pop("texts", None)
    if kind is ProbeKind.GAP:
        values.pop("bank", None)
    return Probe(kind=kind, **values)  # type: ignore[arg-type]


class Banks(Section):
    """Rows of banks: a name, and its paraphrases."""

    key = "banks"

    def __init__(self, look: Look, banks: Mapping[str, Sequence[str]], *, locked: bool) -> None:
        super().__init__(
            words.section("banks"),
            words.section_about("banks"),
            words.add_bank(),
            locked=locked,
        )
        self._look = look
        self._given = dict(banks)

    def filled(self) -> Iterator[None]:
        for number, (name, texts) in enumerate(self._given.items()):
            self._show(number, name, texts)
            yield

    def path_of(self, number: int) -> Path:
        return (self.key, self._name(self.rows[number]))

    def _show(self, number: int, name: str, texts: Sequence[str]) -> None:
        lines: list[list[Field]] = [
            [Text(("name",), words.field("bank_name"), name, most=40)],
            [LinesField(self._look, ("texts",), words.field("texts"), texts)],
        ]
        self.put(number, SectionRow(lines, locked=self.locked, remove=words.remove(name)))

    def add_row(self) -> None:
        number = len(self.rows) + 1
        while words.new_bank(number) in self.value():
            number += 1
        self._show(len(self.rows), words.new_bank(number), words.bank_lines())
        self.changed.emit()

    @staticmethod
    def _name(row: SectionRow) -> str:
        field = row.fields[0]
        return field.value().strip() if isinstance(field, Text) else ""

    def value(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows:
            texts = row.fields[1]
            if isinstance(texts, LinesField):
                found[self._name(row)] = texts.value()
        return found
