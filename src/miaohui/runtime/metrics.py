"""OpenMetrics: counters, gauges and histograms as the text that Prometheus and its like read.

Numbers are plain integers and floats that the loop alone writes; a reader in another thread sees
each of them as it is at that moment.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

CONTENT_TYPE: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)


class Histogram:
    """How often something took how long, in seconds."""

    __slots__ = ("_bounds", "_counts", "_sum")

    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    @property
    def count(self) -> int:
        return sum(self._counts)

    def samples(self, name: str) -> Iterator[str]:
        running = 0
        for bound, count in zip(self._bounds, self._counts, strict=False):
            running += count
            yield f'{name}_bucket{{le="{bound}"}} {running}'
        running += self._counts[-1]
        yield f'{name}_bucket{{le="+Inf"}} {running}'
        yield f"{name}_count {running}"
        yield f"{name}_sum {self._sum}"


Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: ``values`` by labels, or a histogram. A counter's name stands without
    ``_total``, an info's without ``_info``."""

    name: str
    kind: Literal["counter", "gauge", "histogram", "info"]
    help: str
    values: Sequence[tuple[Labels, float]] = ()
    histogram: Histogram | None = field(default=None, repr=False)

    def lines(self) -> Iterator[str]:
        yield f"# TYPE {self.name} {self.kind}"
        for unit in ("seconds", "bytes"):
            if self.name.endswith(f"_{unit}"):
                yield f"# UNIT {self.name} {unit}"
        yield f"# HELP {self.name} {_escaped(self.help)}"
        if self.histogram is not None:
            yield from self.histogram.samples(self.name)
        suffix = {"counter": "_total", "info": "_info"}.get(self.kind, "")
        for labels, value in self.values:
            yield f"{self.name}{suffix}{_labelled(labels)} {value}"


def gauge(name: str, help: str, value: float) -> Family:
    return Family(name, "gauge", help, (({}, value),))


def exposition(families: Iterable[Family]) -> bytes:
    """The whole text, with its end."""
    lines = [line for family in families for line in family.lines()]
    return ("\n".join([*lines, "# EOF"]) + "\n").encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _labelled(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"
