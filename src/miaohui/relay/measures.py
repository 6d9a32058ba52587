"""What a relay measures of itself, for whoever runs it: never by person, never by session."""

from dataclasses import dataclass, field

from miaohui.runtime.metrics import Histogram


@dataclass(frozen=True, slots=True)
class Measures:
    """Histograms that rooms add to: a message's way to its acknowledgement, a breach after its
    moment, the loop behind its time."""

    acknowledgements: Histogram = field(default_factory=Histogram)
    breaches: Histogram = field(default_factory=Histogram)
    loop_lag: Histogram = field(default_factory=Histogram)
