"""A relay with one long conversation, in a process of its own; ends with its stdin.

    python -m tests.benchmarks.serve_history DIR MESSAGES

Every message goes through the session's actor (journal, chain, fold, disk), as one that came in
over the wire; only the wire is left out. Prints the URL and who may read it.
"""

import asyncio
import json
import sys
import uuid
from pathlib import Path

import uuid_utils
import uvloop
from tests.benchmarks.serve_relay import Nobody, pair_in, people_in, start

from miaohui.relay.ports import Caller
from miaohui.relay.session.live import Inbound
from miaohui.wire.accounts import Role, SignUp
from miaohui.wire.sessions import Body, Send

NAME, PASSWORD = "benchmark", "a long enough password 7"
SALT = "00112233445566778899aabbccddeeff"
WORDS = ("最近总是睡不着，躺下就开始想很多事", "嗯，我在听。是从什么时候开始的呢？", "好")
BATCH = 500
STEP_MS = 500


async def serve(folder: Path, count: int) -> None:
    relay = await start(folder)
    sign_up = SignUp(id="1", name=NAME, password=PASSWORD, display="小林")
    identity, _ = await relay.services.accounts.sign_up(sign_up, str(uuid.uuid4()), "127.0.0.1")
    customer, utc = identity.account, relay.clock.utc_ms()

    def open_one(conn: object) -> tuple[str, str]:
        responder = people_in(conn, 1, utc)[0]["account"]
        return responder, pair_in(conn, relay, customer, responder, minutes=60 * 24 * 7)

    responder, session = await relay.store.write(open_one)
    await relay.sessions.started(session)
    talk, line = relay.sessions.live[session], Nobody()
    asking = Caller(customer, Role.CUSTOMER, None, "小林", "", "", 0)
    answering = Caller(responder, Role.RESPONDER, "shop", "云朵", "", "", 1)
    now = relay.clock.mono()
    for number in range(count):
        body = Body(salt=SALT, text=f"{WORDS[number % 3]} {number}")
        mine = number % 2 == 0
        frame = Send(
            id=str(uuid_utils.uuid7()),
            session=session,
            body=body,
            seen_seq=None if mine else number + 1,
        )
        # Half a second a message: a reply covers what was on the screen 300 ms before.
        now += STEP_MS
        talk.take(Inbound(line, asking if mine else answering, frame, now))
        talk.actor.stored("responder", talk.actor.state.pos, now)
        if number % BATCH == BATCH - 1:
            await relay.store.write(lambda _conn: None)
    await relay.store.write(lambda _conn: None)
    ready = {"url": relay.url, "session": session, "name": NAME, "password": PASSWORD}
    print(json.dumps(ready), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await relay.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
