"""Learns the label model's weights and writes them into the rule file; the same bytes every time.

`python -m tests.promise.labels.learn [--dry]`

Learned from: lines grown from templates, the half of the corpus that rules are written by, the half
of the third set that was mended by, and the sets that count no more. The halves that only count and
the `stranger_*` lines are never read here. A limit is set where, on folds of templates and lines
that the weights of that fold have not seen, precision reaches the aim.
"""

import hashlib
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import optimize, sparse
from tests.promise.labels import corpus
from tests.promise.labels.grown import grown
from tests.promise.labels.measure import newest

from miaohui import resources
from miaohui.promise.labels import LabelRules
from miaohui.promise.weights import symbol_features, token_features

COLUMNS = ("begging", "closing_phrase", "off_platform")
REVISION = 1
EACH = 30
AIM = 0.97
FOLDS = 5
SCALE = 100
# How strongly weights are held near nothing, and how much of a template's lines counts.
PRIOR = 0.6
TEMPLATE_WEIGHT = 4.0
LINE_WEIGHT = 1.0
SINGLE_WEIGHT = 1.5
MIN_GROUPS = 2
SMALLEST = 8


class Lesson(NamedTuple):
    """A line, which labels it bears, its group (template or line) and how much it counts."""

    language: str
    text: str
    labels: frozenset[str]
    group: str
    weight: float


def lessons() -> list[Lesson]:
    chooser = random.Random(7)
    found: list[Lesson] = []
    seen: set[str] = set()
    chat: dict[str, list[str]] = {"zh": [], "en": []}
    for pattern in ("??_*.txt", "third_*.txt", "fresh_*.txt", "second_*.txt", "fourth_*.txt"):
        for line in corpus(pattern):
            if not line.written_by and pattern in ("??_*.txt", "third_*.txt"):
                continue
            if line.text in seen:
                continue
            seen.add(line.text)
            if line.kind.startswith("neutral") and not line.labels:
                chat[line.language].append(line.text)
            labels = line.labels & frozenset(COLUMNS)
            found.append(Lesson(line.language, line.text, labels, line.text, LINE_WEIGHT))
    counts = Counter(one.template for one in grown(EACH))
    for one in grown(EACH):
        if one.text in seen:
            continue
        seen.add(one.text)
        text = one.text
        if chooser.random() < 0.15:
            other = chooser.choice(chat[one.language])
            between = chooser.choice(("，", "。", " ") if one.language == "zh" else (", ", ". "))
            text = between.join((other, text) if chooser.random() < 0.5 else (text, other))
        labels = frozenset((one.label,)) & frozenset(COLUMNS)
        weight = min(TEMPLATE_WEIGHT / counts[one.template], SINGLE_WEIGHT)
        found.append(Lesson(one.language, text, labels, str(one.template), weight))
    return found


class Table(NamedTuple):
    """Lines by features."""

    names: list[tuple[str, str]]
    matrix: sparse.csr_matrix
    rules: np.ndarray
    meant: np.ndarray
    weights: np.ndarray
    folds: np.ndarray


def table(found: list[Lesson], rules: LabelRules) -> Table:
    of_line = []
    groups: dict[tuple[str, str], set[str]] = {}
    for lesson in found:
        reading = rules.read(lesson.text)
        features = Counter(("t", " ".join(each)) for each in token_features(reading.tokens))
        features.update(("s", each) for each in symbol_features(reading.symbols))
        of_line.append(features)
        for each in features:
            groups.setdefault(each, set()).add(lesson.group)
    names = sorted(each for each, where in groups.items() if len(where) >= MIN_GROUPS)
    at = {name: i for i, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, features in enumerate(of_line):
        for name, times in features.items():
            if name in at:
                rows.append(row)
                columns.append(at[name])
                values.append(float(times))
    shape = (len(found), len(names))
    return Table(
        names,
        sparse.csr_matrix((values, (rows, columns)), shape=shape),
        np.array([[c in rules.rules_hold(one.text) for c in COLUMNS] for one in found], float),
        np.array([[c in one.labels for c in COLUMNS] for one in found], float),
        np.array([one.weight for one in found]),
        np.array([hashlib.sha256(one.group.encode()).digest()[1] % FOLDS for one in found]),
    )


def fitted(
    matrix: sparse.csr_matrix, rule: np.ndarray, meant: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Bias, the rule's weight, and each feature's, by logistic regression."""
    sign = 2 * meant - 1
    flipped = matrix.T.tocsr()

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        margin = sign * (w[0] + w[1] * rule + matrix @ w[2:])
        grade = -sign * weights / (1 + np.exp(np.clip(margin, -500, 500)))
        value = float(weights @ np.logaddexp(0, -margin)) + PRIOR / 2 * float(w[2:] @ w[2:])
        value += PRIOR / 20 * float(w[1] ** 2)
        grad = np.concatenate(
            ([grade.sum(), rule @ grade + PRIOR / 10 * w[1]], flipped @ grade + PRIOR * w[2:])
        )
        return value, grad

    start = np.zeros(matrix.shape[1] + 2)
    got = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return np.asarray(got.x)


def whole(learned: np.ndarray) -> np.ndarray:
    """Whole numbers; of features, none too small to matter."""
    scaled = np.rint(learned * SCALE)
    small = np.abs(scaled) < SMALLEST
    small[:2] = False
    scaled[small] = 0
    scaled[1] = max(0.0, scaled[1])
    return scaled


def sums(learned: np.ndarray, matrix: sparse.csr_matrix, rule: np.ndarray) -> np.ndarray:
    return np.asarray(learned[0] + learned[1] * rule + matrix @ learned[2:])


def limit_of(score: np.ndarray, meant: np.ndarray, weights: np.ndarray) -> tuple[int, float, float]:
    """The lowest limit at which precision reaches the aim there and at all higher ones nearby."""
    order = np.argsort(-score)
    right = np.cumsum((meant * weights)[order])
    every = np.cumsum(weights[order])
    precise = right / every
    good = np.nonzero(precise >= AIM)[0]
    last = int(good[-1]) if len(good) else 0
    limit = int(np.ceil(score[order][last]))
    return limit, float(right[last] / right[-1]), float(precise[last])


def main(argv: list[str]) -> None:
    rules = newest()
    found = lessons()
    data = table(found, rules)
    languages = np.array([one.language for one in found])
    grown_line = np.array([one.group.isdecimal() for one in found])
    print(len(found), "lines", Counter(languages), len(data.names), "features")
    bias, rule_weight, limit, columns = [], [], [], []
    for c, label in enumerate(COLUMNS):
        rule, meant = data.rules[:, c], data.meant[:, c]
        score = np.zeros(len(found))
        for fold in range(FOLDS):
            seen = data.folds != fold
            learned = whole(fitted(data.matrix[seen], rule[seen], meant[seen], data.weights[seen]))
            score[~seen] = sums(learned, data.matrix[~seen], rule[~seen])
        at, recall, precision = limit_of(score, meant, data.weights)
        at = max(at, 0)
        said = score >= at
        for language in ("zh", "en"):
            for name, where in (("grown", grown_line), ("lines", ~grown_line)):
                here = (languages == language) & where
                w = data.weights * here
                r = (w * said * meant).sum() / max((w * meant).sum(), 1e-9)
                p = (w * said * meant).sum() / max((w * said).sum(), 1e-9)
                h = (w * rule * meant).sum() / max((w * meant).sum(), 1e-9)
                print(
                    f"  {label:15} {language} {name} recall {r:.3f} precision {p:.3f} (rules alone {h:.3f})"
                )
        learned = whole(fitted(data.matrix, rule, meant, data.weights))
        print(
            f"{label:15} limit {at} recall {recall:.3f} precision {precision:.3f} rule {learned[1]} bias {learned[0]}"
        )
        bias.append(int(learned[0]))
        rule_weight.append(int(learned[1]))
        limit.append(at)
        columns.append(learned[2:])
    if "--dry" in argv:
        return
    write(rules, data.names, np.array(columns).T.astype(int), (bias, rule_weight, limit))


def write(
    rules: LabelRules,
    names: list[tuple[str, str]],
    weights: np.ndarray,
    ends: tuple[list[int], list[int], list[int]],
) -> None:
    kept = [(*name, each.tolist()) for name, each in zip(names, weights, strict=True) if each.any()]
    block = {
        "revision": REVISION,
        "labels": COLUMNS,
        "bias": ends[0],
        "rule": ends[1],
        "limit": ends[2],
        "alphabet": rules.alphabet(),
        "tokens": {name: each for sort, name, each in kept if sort == "t"},
        "symbols": {name: each for sort, name, each in kept if sort == "s"},
    }
    path = Path(resources.path("label_rules", "labels-2.json"))
    file = json.loads(path.read_text(encoding="utf-8"))
    file.pop("weights", None)
    text = json.dumps(file, ensure_ascii=False, indent=1).rstrip().removesuffix("}").rstrip()
    data = json.dumps(block, ensure_ascii=False, separators=(",", ":")).replace("],", "],\n")
    path.write_text(f'{text},\n "weights": {data}\n}}\n', encoding="utf-8")
    print(len(kept), "features kept,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
