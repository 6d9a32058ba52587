"""A reply that was faster than anybody can read covers nothing, and goes once more by itself."""

import pytest
from tests.torture.sim.stage import staged

from miaohui.client.snapshots import Change, Notice


@pytest.mark.parametrize("pause_s", [0.0, 0.6])
def test_what_covered_nothing_is_sent_again_once(pause_s: float) -> None:
    with staged(5) as stage:
        session = stage.open()
        said: list[str] = []

        def hear(change: Change) -> None:
            if isinstance(change, Notice) and change.code in ("sent_again", "not_covered"):
                said.append(change.code)

        stage.client("rin").subscribe(hear)
        stage.say("anna", session, "在吗")
        stage.until(lambda: stage.shown("rin", session) == ["在吗"], every=0.001)
        stage.look("rin", session)
        if pause_s:
            stage.run(pause_s)
        stage.say("rin", session, "在的，你说")
        stage.run(3)
        again = [] if pause_s else ["在的，你说"]
        assert stage.shown("anna", session) == ["在吗", "在的，你说", *again]
        assert said == ["sent_again"] * len(again)
        panel = stage.client("anna").panel(session)
        assert panel is not None
        assert (panel.kept, panel.breached, panel.wait_ms) == (1, 0, None)
