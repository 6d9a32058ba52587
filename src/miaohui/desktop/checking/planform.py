"""The form of a plan: its sections as cards, built one a turn of the loop, read back as a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from miaohui.checks.plan.plan import Plan, Unit
from miaohui.checks.plan.positions import Path
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.draft import with_quotas
from miaohui.desktop.checking.fields import Choice, Field, LinesField, Number, Text
from miaohui.desktop.checking.probeforms import Banks, Probes
from miaohui.desktop.checking.sections import Section, grid_of
from miaohui.desktop.checking.shoppicker import ShopPicker
from miaohui.desktop.checking.stratumforms import Strata
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.page import Pane

__all__ = ["PlanForm"]

PERCENT = 100


class PlanForm(Pane):
    """Signals: ``changed``: the plan is another one; ``priced``: shops' prices came in."""

    changed = Signal()
    priced = Signal()

    def __init__(self, bridge: Bridge, plan: Plan, *, locked: bool) -> None:
        super().__init__()
        self._bridge, self._plan, self._locked = bridge, plan, locked
        self._fields: dict[Path, Field] = {}
        self._mistakes: Mapping[Path, Sequence[str]] = {}
        self.shops: ShopPicker | None = None
        self.strata: Strata | None = None
        self.probes: Probes | None = None
        self.banks: Banks | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 24)
        self._column.setSpacing(14)
        self._column.addStretch(1)
        self.is_whole = False

    def _steps(self) -> Iterator[None]:
        """Built card by card: all at once would hold the window up."""
        for make in (self._head, self._claim, self._scope):
            self._add(make())
            yield
        for begin in (self._strata, self._probes, self._banks):
            section = begin()
            self._add(section)
            yield
            for _ in section.filled():
                yield
            section.changed.connect(self._edited)
            section.rebuilt.connect(self._spread_mistakes)
        self._add(self._rest())
        self.is_whole = True
        self._spread_mistakes()
        yield

    def laying(self, width: int) -> Iterator[None]:
        """Each card laid out for about this width, one a step, before any of it is shown."""
        for place in range(self._column.count()):
            item = self._column.itemAt(place)
            part = None if item is None else item.widget()
            inside = None if part is None else part.layout()
            if part is not None and inside is not None:
                part.ensurePolished()
                part.resize(width, part.sizeHint().height())
                inside.activate()
                yield

    def _add(self, part: QWidget) -> None:
        self._column.insertWidget(self._column.count() - 1, part)

    # --- sections --------------------------------------------------------------------------------
    def _section(self, key: str, fields: Sequence[Field], columns: int = 2) -> QFrame:
        frame, grid = grid_of(words.section(key), words.section_about(key))
        _fill(grid, fields, columns)
        for field in fields:
            self._fields[field.path] = field
            field.changed.connect(self._edited)
            field.lock(locked=self._locked)
        return frame

    def _head(self) -> QFrame:
        plan = self._plan
        return self._section(
            "plan",
            [
                Text(("name",), words.field("name"), plan.name, most=80),
                Number(("seed",), words.field("seed"), plan.seed, most=2**53 - 1),
                LinesField(
                    self._bridge.look,
                    ("about",),
                    words.field("about"),
                    plan.about.split("\n") if plan.about else (),
                    rows=2,
                ),
            ],
        )

    def _claim(self) -> QFrame:
        claim = self._plan.claim

        def percent(key: str, decimals: int = 1) -> Number:
            return Number(
                ("claim", key),
                words.field(key),
                getattr(claim, key),
                most=100,
                decimals=decimals,
                times=PERCENT,
                suffix="%",
            )

        return self._section(
            "claim",
            [
                Text(("claim", "text"), words.field("text"), claim.text),
                Choice(
                    ("claim", "unit"),
                    words.field("unit"),
                    [(each.value, words.claim_unit(each.value)) for each in Unit],
                    claim.unit.value,
                ),
                percent("threshold"),
                percent("late_most"),
                percent("p0"),
                percent("p1"),
                percent("alpha"),
                percent("power"),
                Number(
                    ("claim", "icc"), words.field("icc"), claim.icc, most=1, decimals=3, step=0.01
                ),
                Number(("claim", "looks"), words.field("looks"), claim.looks, most=100),
            ],
        )

    def _scope(self) -> QFrame:
        scope = self._plan.scope

        def whole(key: str) -> Number:
            value = getattr(scope, key)
            return Number(("scope", key), words.field(key), value, suffix=words.unit(key))

        self.shops = ShopPicker(self._bridge, scope.shops)
        self.shops.priced.connect(self.priced)
        responders = LinesField(
            self._bridge.look,
            ("scope", "responders"),
            words.field("responders"),
            scope.responders,
            rows=2,
        )
        budget = Number(
            ("scope", "budget_fen"),
            words.field("budget_fen"),
            scope.budget_fen,
            most=10_000_000,
            decimals=2,
            times=0.01,
            prefix="¥",
            step=10,
        )
        fields = [self.shops, responders, budget, whole("minutes")]
        fields += [whole(key) for key in ("stay_s", "parallel", "accounts", "days")]
        return self._section("scope", fields)

    def _strata(self) -> Section:
        self.strata = Strata(self._plan.strata, locked=self._locked)
        return self.strata

    def _probes(self) -> Section:
        self.probes = Probes(
            self._bridge.look, self._plan.probes, tuple(self._plan.banks), locked=self._locked
        )
        return self.probes

    def _banks(self) -> Section:
        self.banks = Banks(self._bridge.look, self._plan.banks, locked=self._locked)
        self.banks.changed.connect(self._banks_changed)
        return self.banks

    def _rest(self) -> QFrame:
        coding, ethics = self._plan.coding, self._plan.ethics
        return self._section(
            "coding",
            [
                Number(("coding", "raters"), words.field("raters"), coding.raters, most=10),
                Number(
                    ("coding", "share"),
                    words.field("share"),
                    coding.share,
                    most=100,
                    decimals=1,
                    times=PERCENT,
                    suffix="%",
                ),
                Number(
                    ("ethics", "notify_after_days"),
                    words.field("notify_after_days"),
                    ethics.notify_after_days,
                    most=365,
                    suffix=words.unit("notify_after_days"),
                ),
                Text(("ethics", "contact"), words.field("contact"), ethics.contact, most=200),
            ],
        )

    # --- reading back ----------------------------------------------------------------------------
    def plan(self) -> Plan:
        """The plan in the form now; while that is being built, the plan it is built from."""
        plan = self._plan
        if not self.is_whole:
            return plan
        parts = {name: getattr(plan, name) for name in ("claim", "scope", "coding", "ethics")}
        heads: dict[str, Any] = {}
        for path, field in self._fields.items():
            value = _value_of(field, parts.get(str(path[0]), plan), str(path[-1]))
            if len(path) == 1:
                heads[str(path[0])] = value
            else:
                part, key = str(path[0]), str(path[1])
                parts[part] = replace(parts[part], **{key: value})
        plan = replace(plan, **parts, **heads)
        if self.strata is not None:
            plan = with_quotas(replace(plan, strata=self.strata.value()))
        if self.probes is not None:
            plan = replace(plan, probes=self.probes.value())
        if self.banks is not None:
            plan = replace(plan, banks=self.banks.value())
        return replace(plan, sha256="")

    def unreadable(self) -> bool:
        """True where a field holds what it cannot read itself."""
        fields = [*self._fields.values()]
        for section in (self.strata, self.probes, self.banks):
            if section is not None:
                fields += section.fields()
        return any(field.own for field in fields)

    def _edited(self) -> None:
        self._spread_mistakes()
        self.changed.emit()

    def _banks_changed(self) -> None:
        if self.probes is not None and self.banks is not None:
            self.probes.set_banks(tuple(self.banks.value()))

    def field_at(self, path: Path) -> Field | None:
        """The field of a path, or the first of its row."""
        if path in self._fields:
            return self._fields[path]
        for section in (self.strata, self.probes, self.banks):
            if section is None or not path or section.key != path[0]:
                continue
            for number, row in enumerate(section.rows):
                if section.path_of(number) == path[:2]:
                    at = {field.path[-1]: field for field in row.fields}
                    return at.get(path[-1], row.fields[0])
        return None

    # --- mistakes --------------------------------------------------------------------------------
    def show_mistakes(self, mistakes: Mapping[Path, Sequence[str]]) -> None:
        """By field; what belongs to a whole card stands at its head."""
        self._mistakes = mistakes
        self._spread_mistakes()

    def _spread_mistakes(self) -> None:
        for path, field in self._fields.items():
            field.show_mistakes(self._mistakes.get(path, ()))
        for section in (self.strata, self.probes, self.banks):
            if section is not None:
                section.show_mistakes(self._mistakes)


def _value_of(field: Field, part: object, key: str) -> object:
    if isinstance(field, Number):
        return field.value() if isinstance(getattr(part, key), float) else field.whole()
    if isinstance(field, Choice):
        return type(getattr(part, key))(field.value())
    if isinstance(field, LinesField):
        return "\n".join(field.value()) if key == "about" else field.value()
    if isinstance(field, Text | ShopPicker):
        return field.value()
    raise TypeError(type(field).__name__)


def _fill(grid: QGridLayout, fields: Sequence[Field], columns: int) -> None:
    """Numbers side by side, everything that is written or searched on a line of its own."""
    row = column = 0
    for field in fields:
        if isinstance(field, Number):
            grid.addWidget(field, row, column)
            column += 1
            if column == columns:
                row, column = row + 1, 0
        else:
            row += 1 if column else 0
            grid.addWidget(field, row, 0, 1, columns)
            row, column = row + 1, 0
