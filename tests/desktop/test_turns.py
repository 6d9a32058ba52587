"""Turns: jobs in their order, idle ones last; what fails is dropped, and the rest goes on."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from shiboken6 import delete

from miaohui.desktop.turns import Turns, finish


def steps(name: str, count: int, done: list[str]) -> Iterator[None]:
    for number in range(count):
        done.append(f"{name}{number}")
        yield


def test_jobs_are_done_in_order_and_idle_ones_when_nobody_waits(qapp: QApplication) -> None:
    turns, done = Turns(), list[str]()
    turns.begin(steps("idle", 2, done), idle=True)
    turns.begin(steps("a", 2, done), lambda: done.append("a is done"))
    turns.begin(steps("b", 2, done))
    assert turns.is_busy
    while len(done) < 7:
        qapp.processEvents()
    assert done == ["a0", "a1", "a is done", "b0", "b1", "idle0", "idle1"]
    assert not turns.is_busy


def test_a_step_may_begin_more(qapp: QApplication) -> None:
    turns, done = Turns(), list[str]()

    def first() -> Iterator[None]:
        turns.begin(steps("more", 1, done))
        yield
        done.append("first")

    turns.begin(first())
    while len(done) < 2:
        qapp.processEvents()
    assert done == ["first", "more0"]


def test_a_job_that_fails_does_not_stop_the_next(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, done, told = Turns(), list[str](), list[str]()
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind.__name__))

    def broken() -> Iterator[None]:
        yield
        raise LookupError("on purpose")

    turns.begin(broken(), lambda: done.append("never"))
    turns.begin(steps("next", 1, done))
    while not done:
        qapp.processEvents()
    assert done == ["next0"]
    assert told == ["LookupError"]


def test_nothing_is_left_after_clear(qapp: QApplication) -> None:
    turns, done = Turns(), list[str]()
    turns.begin(steps("a", 9, done))
    turns.clear()
    for _ in range(5):
        qapp.processEvents()
    assert done == []
    finish(steps("now", 2, done))
    assert done == ["now0", "now1"]


def test_what_is_left_goes_with_whose_work_it_is(qapp: QApplication) -> None:
    turns, done, owner = Turns(), list[str](), QObject()
    turns.begin(steps("gone", 2, done), lambda: done.append("never"), of=owner)
    turns.begin(steps("next", 1, done))
    delete(owner)
    while turns.is_busy:
        qapp.processEvents()
    assert done == ["next0"]
