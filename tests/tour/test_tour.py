"""The tour's command line: asked wrongly it says so in one sentence and starts nothing."""

from pathlib import Path

import pytest
from tests.tour import __main__ as tour
from tests.tour.steps import STEPS


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--out"),
        (["--out", "x", "--lang", "fr"], "--lang"),
        (["--out", "x", "--theme", "sepia"], "--theme"),
        (["--out", "x", "--size", "800x600"], "1024x640"),
        (["--out", "x", "--size", "wide"], "WxH"),
        (["--out", "x", "--scale", "500"], "80 and 250"),
        (["--out", "x", "--scale", "large"], "--scale"),
    ],
)
def test_asked_wrongly(
    arguments: list[str],
    complaint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert tour.main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("dev.py tour: ")
    assert said.count("\n") == 1
    assert complaint in said
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("here already")
    assert tour.main(["--out", str(tmp_path / "file" / "pictures")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_each_language_has_somebody_slow(qapp: object) -> None:
    from tests.tour.stage import slow_one

    for lang in ("zh_CN", "en"):
        shop, person = slow_one(lang)
        assert person in shop.people
        assert person.stall is not None
        assert shop.lang == person.lang == lang


def test_steps_are_told_apart() -> None:
    names = [name for name, _step in STEPS]
    assert len(set(names)) == len(names)
