"""The shelf: plans and runs as files, and what may be done with them."""

from pathlib import Path

import pytest
from tests.checks import samples

from miaohui import resources
from miaohui.checks.plan.reader import MAX_PLAN_BYTES
from miaohui.checks.record.events import RunHalted
from miaohui.checks.record.trace import Trace
from miaohui.desktop.checking.library import Library, TooLarge, state_of
from miaohui.desktop.look.language import set_language

SHIPPED = resources.path("plans", "practice.toml")


def test_shipped_plans_are_there_and_locked(tmp_path: Path) -> None:
    found = Library(tmp_path).look()
    assert found.plans[0].path == SHIPPED
    assert all(one.plan is not None and one.locked for one in found.plans)
    assert found.runs == ()
    set_language("en")
    english = Library(tmp_path).look()
    assert len(english.plans) == len(found.plans)
    for one, other in zip(english.plans, found.plans, strict=True):
        assert one.path != other.path
        assert one.locked
        assert one.plan is not None
        assert one.name.isascii(), "the same plans in the window's language"


def test_a_plan_comes_in_as_it_is_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    shelf = Library(tmp_path)
    source = tmp_path / "elsewhere.toml"
    source.write_text('format = "checkplan/1"\nname = 3\n', encoding="utf-8")
    first, second = shelf.bring_in(source), shelf.bring_in(source)
    assert first != second
    assert first.read_bytes() == source.read_bytes()
    card = shelf.card(first)
    assert card.plan is None
    assert not card.locked
    assert {one.line for one in card.mistakes} >= {2}
    shelf.delete(second)
    assert not second.exists()
    shelf.delete(SHIPPED)
    assert SHIPPED.exists()


def test_what_no_plan_can_be_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "large.toml"
    source.write_bytes(b"#" * (MAX_PLAN_BYTES + 1))
    with pytest.raises(TooLarge):
        Library(tmp_path).bring_in(source)


def test_a_plan_with_a_run_is_locked_and_the_run_is_listed(tmp_path: Path) -> None:
    shelf = Library(tmp_path)
    folder = shelf.new_run("七夕", "2026-08-18")
    samples.make(folder, shops=samples.SHOPS[:1], sessions=2, done=1)
    path = shelf.add("used", (folder / "plan.toml").read_bytes())
    found = shelf.look()
    assert {one.path: one.locked for one in found.plans}[path]
    assert [(one.state, one.done, one.planned) for one in found.runs] == [("going", 1, 2)]
    shelf.save(path, path.read_text(encoding="utf-8") + "# another hash\n")
    assert not shelf.card(path).locked
    assert shelf.new_run("七夕", "2026-08-18") != folder


@pytest.mark.parametrize(
    ("halts", "state"),
    [(("paused",), "paused"), (("paused", "resumed"), "going"), (("stopped",), "stopped")],
)
def test_the_record_alone_says_where_a_run_stands(halts: tuple[str, ...], state: str) -> None:
    trace = Trace(begun=samples.begun(samples.plan_for(("a",))))
    assert state_of(Trace()) == "unread"
    assert state_of(trace) == "going"
    trace.halts = [RunHalted(utc_ms=1, how=how) for how in halts]
    assert state_of(trace) == state
