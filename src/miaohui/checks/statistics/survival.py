"""The Kaplan-Meier curve of waits with its pointwise band.

Greenwood's variance, and the band on the log(-log) scale (Kalbfleisch and Prentice 2002, 1.4.1):
it stays within 0 and 1 and is right for small samples, where the plain band is not.
"""

import math
from collections.abc import Iterable

from miaohui.checks.results import CurveStep
from miaohui.checks.statistics.distributions import normal_quantile
from miaohui.promise.waits import Wait, Waits

__all__ = ["curve"]


def curve(waits: Iterable[Wait], alpha: float = 0.05) -> tuple[CurveStep, ...]:
    """The promise's own steps, each with its band.

    While everybody still waits the band is (1, 1), after the last reply of all (0, 0): the data say
    no more there.
    """
    z = normal_quantile(1 - alpha / 2)
    greenwood = 0.0
    found = []
    for step in Waits.of(waits).steps():
        if step.ended < step.at_risk:
            greenwood += step.ended / (step.at_risk * (step.at_risk - step.ended))
        low, high = _band(step.surviving, greenwood, z)
        found.append(
            CurveStep(
                ms=step.ms,
                surviving=step.surviving,
                low=low,
                high=high,
                at_risk=step.at_risk,
                censored=step.cut,
            )
        )
    return tuple(found)


def _band(surviving: float, greenwood: float, z: float) -> tuple[float, float]:
    if surviving <= 0 or surviving >= 1:
        return surviving, surviving
    hazard = -math.log(surviving)
    width = math.exp(z * math.sqrt(greenwood) / hazard)
    return math.exp(-hazard * width), math.exp(-hazard / width)
