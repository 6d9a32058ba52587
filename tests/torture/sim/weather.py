"""Everything bad that can happen, by lot: links, processes, machines, disks, wall clocks."""

from collections import Counter
from collections.abc import Callable

from tests.torture.sim.house import AppHost, House
from tests.torture.sim.people import Diary


class Weather:
    """Calls faults down on a house for a while. ``done`` counts them by kind."""

    def __init__(self, house: House, diary: Diary, *, every_s: float) -> None:
        self.house = house
        self.diary = diary
        self.every_s = every_s
        self.random = house.world.random
        self.done: Counter[str] = Counter()
        self.walls_moved = False
        self.over = False
        self._faults: list[tuple[str, Callable[[], None], int]] = [
            ("link cut", self._cut, 18),
            ("half-open link", self._mute, 12),
            ("late and slow", self._slow, 8),
            ("stalled reader", self._stall, 6),
            ("pushes lost", self._lose, 5),
            ("frames doubled", self._double, 5),
            ("no network", self._dark, 6),
            ("relay killed", lambda: self._relay_dies(silent=False), 9),
            ("relay's machine gone", lambda: self._relay_dies(silent=True), 3),
            ("app killed", lambda: self._app_dies(silent=False), 10),
            ("app's machine gone", lambda: self._app_dies(silent=True), 3),
            ("machine slept", lambda: self._sleep(mono_stood=True), 4),
            ("process stopped", lambda: self._sleep(mono_stood=False), 4),
            ("relay's disk full", self._relay_full, 3),
            ("relay's fsync failed", self._relay_fsync, 4),
            ("app's fsync failed", self._app_fsync, 2),
            ("wall clock moved", self._wall, 3),
        ]

    def begin(self) -> None:
        self._next()

    def clear(self) -> None:
        """Fair from now on."""
        self.over = True
        house = self.house
        house.net.lost_push = house.net.double = 0.0
        house.net.jitter_us = 5_000
        house.net.base_us = 20_000
        house.net.dark.clear()
        house.relay.full = False
        house.relay.fsync_fails = 0
        for app in house.apps.values():
            app.full, app.fsync_fails = False, 0
            app.wake(mono_stood=False)
            if not app.alive:
                app.up()
        if not house.relay.alive:
            house.relay.up()

    def _next(self) -> None:
        wait = self.random.expovariate(1 / self.every_s)
        self.house.world.after(wait, self._strike)

    def _strike(self) -> None:
        if self.over:
            return
        names = [each[0] for each in self._faults]
        weights = [each[2] for each in self._faults]
        name = self.random.choices(names, weights)[0]
        next(each[1] for each in self._faults if each[0] == name)()
        self.done[name] += 1
        self._next()

    def _later(self, most_s: float, action: Callable[[], None]) -> None:
        def do() -> None:
            if not self.over:
                action()

        self.house.world.after(self.random.random() * most_s, do)

    def _app(self) -> AppHost:
        return self.random.choice(list(self.house.apps.values()))

    # -- links -----------------------------------------------------------------------------------
    def _cut(self) -> None:
        links = self.house.net.links
        if links:
            self.random.choice(links).reset()

    def _mute(self) -> None:
        links = self.house.net.links
        if links:
            ways = self.random.choice(((True, True), (True, False), (False, True)))
            self.random.choice(links).mute(up=ways[0], down=ways[1])

    def _slow(self) -> None:
        net = self.house.net
        net.jitter_us = self.random.choice((200_000, 1_500_000, 6_000_000))
        self._later(10, lambda: setattr(net, "jitter_us", 5_000))

    def _stall(self) -> None:
        links = self.house.net.links
        if links:
            way = self.random.choice(links).down
            way.stalled_until = self.house.world.now + self.random.randrange(8_000_000)

    def _lose(self) -> None:
        net = self.house.net
        net.lost_push = 0.4
        self._later(8, lambda: setattr(net, "lost_push", 0.0))

    def _double(self) -> None:
        net = self.house.net
        net.double = 0.5
        self._later(8, lambda: setattr(net, "double", 0.0))

    def _dark(self) -> None:
        app, net = self._app(), self.house.net
        net.dark.add(app)
        for link in net.of(app):
            link.mute(up=True, down=True)
        self._later(12, lambda: net.dark.discard(app))

    # -- processes and machines ------------------------------------------------------------------
    def _relay_dies(self, *, silent: bool) -> None:
        relay = self.house.relay
        if relay.alive:
            relay.down(silent=silent)
            self._later(6, lambda: relay.alive or relay.up())

    def _app_dies(self, *, silent: bool) -> None:
        app = self._app()
        if app.alive:
            self.diary.dies(app)
            app.down(silent=silent)
            self._later(6, lambda: app.alive or app.up())

    def _sleep(self, *, mono_stood: bool) -> None:
        app = self._app()
        if app.alive and not app.asleep:
            app.suspend()
            self._later(self.random.choice((2, 20, 90)), lambda: app.wake(mono_stood=mono_stood))

    # -- disks and clocks ------------------------------------------------------------------------
    def _relay_full(self) -> None:
        relay = self.house.relay
        relay.full = True
        self._later(6, lambda: setattr(relay, "full", False))

    def _relay_fsync(self) -> None:
        self.house.relay.fsync_fails += self.random.choice((1, 1, 1, 3))

    def _app_fsync(self) -> None:
        self._app().fsync_fails += 1

    def _wall(self) -> None:
        host = self.random.choice(self.house.world.hosts)
        host.wall_ms += self.random.choice((-3_600_000, -5_000, 2_000, 600_000))
        if host is self.house.relay:
            self.walls_moved = True
