"""The Kaplan-Meier curve of waits with its pointwise band.

Greenwood's variance, and the band on the log(-log) scale (Kalbfleisch and Prentice 2002, 1.4.1):
it stays within 0 and 1 and is right for small samples, where the plain band is not.
"""

import math
from collections.abc import Iterable

from miaohui.checks.results import CurveStep
from miaohui.checks.statistics.distributions import normal_quantile
from miaohui.promise.figures import Wait, kaplan_meier

__all__ = ["Wait", "curve", "kaplan_meier"]


def curve(waits: Iterable[Wait], alpha: float = 0.05) -> tuple[CurveStep, ...]:
    """Steps by time, one for each instant at which a wait ended or was cut off.

    A reply at the same instant as a cut came while that wait was still at risk. While everybody
    still waits the band is (1, 1), after the last reply of all (0, 0): the data say no more there.
    """
    ended: dict[int, int] = {}
    cut: dict[int, int] = {}
    for wait in waits:
        counts = ended if wait.covered else cut
        counts[wait.ms] = counts.get(wait.ms, 0) + 1
    at_risk = sum(ended.values()) + sum(cut.values())
    z = normal_quantile(1 - alpha / 2)
    surviving, greenwood = 1.0, 0.0
    steps = []
    for ms in sorted(ended.keys() | cut.keys()):
        died, censored = ended.get(ms, 0), cut.get(ms, 0)
        surviving = 0.0 if died == at_risk else surviving * (1 - died / at_risk)
        if died < at_risk:
            greenwood += died / (at_risk * (at_risk - died))
        low, high = _band(surviving, greenwood, z)
        steps.append(
            CurveStep(
                ms=ms, surviving=surviving, low=low, high=high, at_risk=at_risk, censored=censored
            )
        )
        at_risk -= died + censored
    return tuple(steps)


def _band(surviving: float, greenwood: float, z: float) -> tuple[float, float]:
    if surviving <= 0 or surviving >= 1:
        return surviving, surviving
    hazard = -math.log(surviving)
    width = math.exp(z * math.sqrt(greenwood) / hazard)
    return math.exp(-hazard * width), math.exp(-hazard / width)
