"""A relay that goes on from a copy says so under its key: a restore, no fork; without it, a fork."""

import shutil
from pathlib import Path

import pytest
from tests.torture.sim.stage import Stage, staged

from miaohui.client.doubts import DoubtKind
from miaohui.client.snapshots import Change, Notice
from miaohui.relay.session.recovery import note_copied_in
from miaohui.relay.storage.schema import connect


def _copied(folder: Path, out: Path) -> None:
    for file in folder.glob("relay.db*"):
        shutil.copyfile(file, out / file.name)


def _talked(stage: Stage, session: str, text: str) -> None:
    stage.say("anna", session, text)
    stage.run(1)
    stage.say("rin", session, f"re: {text}")
    stage.run(1)


@pytest.mark.parametrize("told", [True, False])
def test_what_the_copy_does_not_know(tmp_path: Path, *, told: bool) -> None:
    with staged(9) as stage:
        relay, folder = stage.house.relay, stage.house.folder
        session = stage.open()
        said: list[str] = []

        def hear(change: Change) -> None:
            if isinstance(change, Notice):
                said.append(change.code)

        stage.client("anna").subscribe(hear)
        _talked(stage, session, "one")
        relay.down(silent=False)
        _copied(folder, tmp_path)
        relay.up()
        stage.until(stage.house.live)
        _talked(stage, session, "two")
        relay.down(silent=False)
        for file in folder.glob("relay.db*"):
            file.unlink()
        for file in tmp_path.iterdir():
            shutil.copyfile(file, folder / file.name)
        conn = connect(folder / "relay.db")
        if told:
            note_copied_in(conn, "2026-08-19T13:00:00Z")
        conn.close()
        relay.up()
        stage.until(stage.house.live)
        stage.do("anna", lambda client: client.focus(session))
        stage.run(5)
        view = stage.client("anna").session(session)
        assert view is not None
        kinds = {each.kind for each in view.doubts}
        assert kinds == (set() if told else {DoubtKind.FORK})
        assert ("restored" in said) is told
        assert "re: two" in stage.shown("anna", session)
