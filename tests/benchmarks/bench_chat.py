"""How long the conversation takes to append, scroll, resize and count, and what it weighs.

    QT_QPA_PLATFORM=offscreen python tests/benchmarks/bench_chat.py

Each step is painted into the real widget at 800 x 600; milliseconds, nearest-rank percentiles.
"""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from time import perf_counter

from PySide6.QtWidgets import QApplication

from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.row import ChatRow, Chip, RowKind, Tone
from miaohui.desktop.chat.view import ChatView

SIZES = (1_000, 100_000, 1_000_000)
SENTENCE = "最近总是睡不着，躺下就开始想很多事，想从最近的一件小事说起。"


def row(number: int) -> ChatRow:
    kind = RowKind.MINE if number % 3 == 0 else RowKind.THEIRS
    text = SENTENCE[: 4 + number * 7 % 27] * (1 + number % 5 // 4 * 3)
    return ChatRow(f"m{number}", kind, text, f"21:{number // 60 % 60:02}:{number % 60:02}")


def percentile(times: list[float], share: float) -> float:
    ordered = sorted(times)
    return 1000 * ordered[max(0, ceil(len(ordered) * share / 100) - 1)]


def timed(steps: int, step: Callable[[int], None]) -> list[float]:
    times = []
    for number in range(steps):
        begun = perf_counter()
        step(number)
        times.append(perf_counter() - begun)
    return times


def shown(count: int) -> ChatView:
    model = ChatModel()
    model.append(*(row(number) for number in range(count)))
    view = ChatView(model)
    model.setParent(view)
    view.resize(800, 600)
    view.show()
    QApplication.processEvents()
    return view


def measure(count: int) -> list[tuple[str, list[float]]]:
    view = shown(count)
    port, model, bar = view.viewport(), view.chat_model, view.verticalScrollBar()
    draw = random.Random(7)

    def append(number: int) -> None:
        model.append(row(count + number))

    def append_and_paint(number: int) -> None:
        model.append(row(2 * count + number))
        port.repaint()

    def scroll(number: int) -> None:
        view.scroll_by(-48)
        port.repaint()

    def jump(number: int) -> None:
        bar.setValue(draw.randrange(bar.maximum()))
        port.repaint()

    def resize(number: int) -> None:
        view.resize(600 + number * 7 % 300, 600)
        port.repaint()

    def count_wait(number: int) -> None:
        last = model.row(model.rowCount() - 1)
        model.update(replace(last, chip=Chip(f"等待中 {number / 10:.1f} s", Tone.WARN)))
        port.repaint()

    found = [
        ("append, model and geometry", timed(300, append)),
        ("append, painted", timed(300, append_and_paint)),
        ("count a wait, painted", timed(200, count_wait)),
        ("scroll one step, painted", timed(600, scroll)),
        ("jump anywhere, painted", timed(200, jump)),
        ("resize while reading, painted", timed(200, resize)),
    ]
    view.close()
    return found


def weight() -> float:
    """Proportional memory of this process in MB; Linux only."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as rollup:
        line = next(line for line in rollup if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


def main() -> None:
    application = QApplication.instance() or QApplication(sys.argv[:1])
    if sys.argv[1:2] == ["--weigh"]:
        view = shown(int(sys.argv[2]))
        view.grab()
        print(f"{weight():.1f}")
        return
    print(f"{'rows':>9}  {'what':<32} {'p50 ms':>8} {'p99 ms':>8}")
    for count in SIZES:
        for name, times in measure(count):
            p50, p99 = percentile(times, 50), percentile(times, 99)
            print(f"{count:>9,}  {name:<32} {p50:>8.2f} {p99:>8.2f}")
            application.processEvents()
    if os.path.exists("/proc/self/smaps_rollup"):
        for count in (0, 100_000):
            # A process of its own, or the rows measured before would be weighed too.
            again = [sys.executable, __file__, "--weigh", str(count)]
            said = subprocess.run(again, capture_output=True, text=True, check=True).stdout
            print(f"{count:>9,}  memory of the process, PSS {float(said):>12.1f} MB")


if __name__ == "__main__":
    main()
