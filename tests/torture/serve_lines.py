"""``relay``'s or ``people``'s own arguments, with the guards of lines down, for a proof that must
notice: pictures go as fast as a socket takes them, and no relay feels its own lag."""

import sys

from miaohui.relay.session.doubt import LagWatch, OutageWatch
from miaohui.wire.pacing import Pace

Pace.room = lambda self, now: True  # type: ignore[method-assign]
LagWatch.beat = lambda self, now, commit_ms: None  # type: ignore[method-assign]
OutageWatch.go = lambda self, lost: None  # type: ignore[method-assign]

if __name__ == "__main__":
    if sys.argv[1] == "people":
        from tests.torture import people

        sys.exit(people.main(sys.argv[2:]))
    from miaohui.cli import main

    sys.exit(main(sys.argv[1:]))
