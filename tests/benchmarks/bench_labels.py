"""What the labels of one message cost: median and 99th percentile over the corpus of labelled lines.

Beside it, in the same run: folding the same text, and an alternation of every word of the rules in
`re` run over it, which is what one look for words costs without the trie. Each message counts with
its fastest of several rounds, so that a slow moment of the machine does not count.
"""

import re
import sys
import time
from collections.abc import Callable, Sequence

from tests.promise.labels import corpus
from tests.promise.labels.measure import newest

from miaohui.promise.labels import LabelRules, fingerprint

ROUNDS = 9
GOAL_US = 50.0
_SALT = b"0123456789abcdef"


def costs(texts: Sequence[str], work: Callable[[str], object]) -> list[float]:
    """Each text's microseconds, sorted."""
    best = [float("inf")] * len(texts)
    for _ in range(ROUNDS):
        for at, text in enumerate(texts):
            begin = time.perf_counter()
            work(text)
            best[at] = min(best[at], time.perf_counter() - begin)
    return sorted(each * 1e6 for each in best)


def alternation(rules: LabelRules) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(rules.words(), key=len, reverse=True))))


def main() -> int:
    rules = newest()
    texts = [line.text for line in corpus()]
    search = alternation(rules)
    rows = [
        ("labels of a message", costs(texts, rules.of)),
        ("folding it", costs(texts, rules.folded)),
        ("its words by an alternation of `re`", costs(texts, search.findall)),
        ("its fingerprint", costs(texts, lambda text: fingerprint(text, _SALT, rules))),
    ]
    for name, got in rows:
        middle, high = got[len(got) // 2], got[len(got) * 99 // 100]
        print(f"{name:<40} p50 {middle:6.1f} us  p99 {high:6.1f} us")
    return int(rows[0][1][len(texts) * 99 // 100] > GOAL_US)


if __name__ == "__main__":
    sys.exit(main())
