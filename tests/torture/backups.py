"""The commands ``relay backup`` and ``relay restore`` beside a relay process in which people talk."""

import asyncio
import sys
import tempfile
from pathlib import Path

from tests.client.world import PASSWORD, RelayProcess, opened, person
from tests.torture.outcome import Outcome
from tests.torture.sim.checks import journals

from miaohui.promise.chain import Chain
from miaohui.relay.money import ledger
from miaohui.relay.storage.schema import connect
from miaohui.runtime.tasks import Tasks

PACE_S = 0.004


async def command(*words: str) -> str:
    """What a command said on stderr; "" where it went well."""
    done = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "miaohui", "relay", *words),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await done.communicate()
    return said.decode() if done.returncode else ""


async def play(count: int, outcome: Outcome) -> None:
    with tempfile.TemporaryDirectory(prefix="miaohui-backups-") as name:
        folder, tasks = Path(name), Tasks()
        relay = await asyncio.to_thread(RelayProcess, folder / "relay")
        try:
            invite = await asyncio.to_thread(relay.invite_responder)
            async with person(relay.url) as anna, person(relay.url) as bo:
                for one in (anna, bo):
                    await one.until(lambda o=one: o.client.view.link.state == "live")  # type: ignore[misc]
                await anna.client.sign_up("anna", PASSWORD, "安娜")
                await bo.client.sign_up("xiaobo", PASSWORD, "小波", invite)
                session = await opened(anna, bo)

                async def talk() -> None:
                    number = 0
                    while True:
                        number += 1
                        anna.client.send_text(session, f"{number}")
                        await asyncio.sleep(PACE_S)

                tasks.start(talk(), "talk")
                await anna.until(lambda: len(anna.client.messages(session)) > 40)
                for number in range(count):
                    known = {each.key for each in anna.client.messages(session)[:] if each.seq}
                    out, there = folder / f"copy{number}", folder / f"restored{number}"
                    data = str(folder / "relay")
                    wrong = await command("backup", "--data", data, "--out", str(out))
                    wrong += await command(
                        "restore", "--data", str(there), "--from", str(out), "--new-key"
                    )
                    what = "the commands, beside a relay at work"
                    outcome.check(what, holds=not wrong, example=wrong)
                    if not wrong:
                        _judge(there, known, outcome)
        finally:
            await tasks.close()
            await asyncio.to_thread(relay.stop)


def _judge(there: Path, known: set[str], outcome: Outcome) -> None:
    conn = connect(there / "relay.db")
    try:
        told = journals(conn)
        wrong = ledger.audit_in(conn)
    finally:
        conn.close()
    spoken = {id for journal in told for id in journal.spoken}
    lost = known & {key for key in known if key not in spoken and "-" in key}
    outcome.check("… nothing acknowledged is missing", holds=not lost, example=f"{len(lost)}")
    outcome.check("… books at zero", holds=not wrong, example=str(wrong))
    for journal in told:
        chain = Chain()
        for entry in journal.entries:
            chain.accept(entry)
        places = [pos for pos, _ in journal.items] == list(range(1, len(journal.items) + 1))
        outcome.check("… chain and feed whole", holds=places)
