"""Turns: jobs in their order, idle ones last; what fails is dropped, and the rest goes on."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from miaohui.desktop.loop.scheduler import Scheduler, finish


def steps(name: str, count: int, done: list[str]) -> Iterator[None]:
    for number in range(count):
        done.append(f"{name}{number}")
        yield


def test_jobs_are_done_in_order_and_idle_ones_when_nobody_waits(qapp: QApplication) -> None:
    scheduler, done = Scheduler(), list[str]()
    scheduler.begin(steps("idle", 2, done), idle=True)
    scheduler.begin(steps("a", 2, done), lambda: done.append("a is done"))
    scheduler.begin(steps("b", 2, done))
    assert scheduler.is_busy
    while len(done) < 7:
        qapp.processEvents()
    assert done == ["a0", "a1", "a is done", "b0", "b1", "idle0", "idle1"]
    assert not scheduler.is_busy


def test_a_step_may_begin_more(qapp: QApplication) -> None:
    scheduler, done = Scheduler(), list[str]()

    def first() -> Iterator[None]:
        scheduler.begin(steps("more", 1, done))
        yield
        done.append("first")

    scheduler.begin(first())
    while len(done) < 2:
        qapp.processEvents()
    assert done == ["first", "more0"]


def test_a_job_that_fails_does_not_stop_the_next(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, done, told = Scheduler(), list[str](), list[str]()
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind.__name__))

    def broken() -> Iterator[None]:
        yield
        raise LookupError("on purpose")

    scheduler.begin(broken(), lambda: done.append("never"))
    scheduler.begin(steps("next", 1, done))
    while not done:
        qapp.processEvents()
    assert done == ["next0"]
    assert told == ["LookupError"]


def test_nothing_is_left_after_clear(qapp: QApplication) -> None:
    scheduler, done = Scheduler(), list[str]()
    scheduler.begin(steps("a", 9, done))
    scheduler.clear()
    for _ in range(5):
        qapp.processEvents()
    assert done == []
    finish(steps("now", 2, done))
    assert done == ["now0", "now1"]


def test_what_is_left_goes_with_whose_work_it_is(qapp: QApplication) -> None:
    scheduler, done, owner = Scheduler(), list[str](), QObject()
    scheduler.begin(steps("gone", 2, done), lambda: done.append("never"), of=owner)
    scheduler.begin(steps("next", 1, done))
    delete(owner)
    while scheduler.is_busy:
        qapp.processEvents()
    assert done == ["next0"]
