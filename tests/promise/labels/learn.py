"""Learns the label model's weights and writes them into the rule file; the same bytes every time.

`python -m tests.promise.labels.learn`

Learned from: lines grown from templates, the half of the corpus that rules are written by, the half
of the third set that was mended by, and the sets that count no more. The halves that only count and
the `stranger_*` lines are read only to leave them out. A limit is set where, on folds of templates and lines
that the weights of that fold have not seen, precision reaches the aim.
"""

import hashlib
import json
import random
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

LANGUAGES = ("zh", "en")
COLUMNS = ("begging", "closing_phrase", "off_platform")
REVISION = 2
EACH = 24
AIM = 0.96
FOLDS = 3
SCALE = 100
# How strongly weights are held near nothing, and how much of a template's lines counts.
PRIOR = 0.6
TEMPLATE_WEIGHT = 4.0
LINE_WEIGHT = 1.0
SINGLE_WEIGHT = 1.5
MIN_GROUPS = 2
# Rules were mended by the corpus's lines, so they flatter a limit: not below the first. Grown lines
# that bear nothing are harder than talk: not above the second, which would mostly miss.
LEAST, MOST = 130, 150
SMALLEST = 8


class Lesson(NamedTuple):
    """A line, which labels it bears, its group (template or line) and how much it counts."""

    language: str
    text: str
    labels: frozenset[str]
    group: str
    weight: float


def only_counting() -> frozenset[str]:
    """Every text that is there to count by."""
    halves = (one for name in ("??_*", "third_*") for one in corpus(f"{name}.txt"))
    strangers = (one.text for one in corpus("stranger_*.txt"))
    return frozenset((*(one.text for one in halves if not one.written_by), *strangers))


def lessons() -> list[Lesson]:
    """What is learned from; a line that is there to count by is left out, wherever it stands."""
    chooser = random.Random(7)
    found: list[Lesson] = []
    seen = set(only_counting())
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
        features = {
            ("t", each if isinstance(each, str) else " ".join(each))
            for each in token_features(reading.tokens)
        }
        features.update(("s", each) for each in symbol_features(reading.symbols))
        of_line.append(features)
        for each in features:
            groups.setdefault(each, set()).add(lesson.group)
    names = sorted(each for each, where in groups.items() if len(where) >= MIN_GROUPS)
    at = {name: i for i, name in enumerate(names)}
    rows, columns, values = [], [], []
    for row, features in enumerate(of_line):
        for name in sorted(features):
            if name in at:
                rows.append(row)
                columns.append(at[name])
                values.append(1.0)
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
    got = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 120})
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


def limit_of(score: np.ndarray, meant: np.ndarray, weights: np.ndarray) -> int:
    """The lowest limit from which on precision reaches the aim, within bounds."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum((meant * weights)[order])
    precise = right / np.cumsum(weights[order])
    good = np.nonzero(precise >= AIM)[0]
    limit = int(np.ceil(score[order][int(good[-1]) if len(good) else 0]))
    return min(max(LEAST, limit), MOST)


def validated(data: Table, column: int) -> np.ndarray:
    """Each line's sum by weights that have not seen its template."""
    rule, meant = data.rules[:, column], data.meant[:, column]
    score = np.zeros(len(rule))
    for fold in range(FOLDS):
        seen = data.folds != fold
        learned = fitted(data.matrix[seen], rule[seen], meant[seen], data.weights[seen])
        score[~seen] = sums(whole(learned), data.matrix[~seen], rule[~seen])
    return score


def limits(found: list[Lesson], data: Table, scores: np.ndarray) -> dict[str, list[int]]:
    """Every label's limit by language; corpus and grown lines count half each."""
    languages = np.array([one.language for one in found])
    by_line = np.array([not one.group.isdecimal() for one in found])
    chosen: dict[str, list[int]] = {}
    for language in LANGUAGES:
        for column, label in enumerate(COLUMNS):
            here = languages == language
            weights = data.weights.copy()
            for part in (by_line, ~by_line):
                weights[here & part] /= weights[here & part].sum()
            score, meant = scores[column], data.meant[:, column]
            limit = limit_of(score[here], meant[here], weights[here])
            chosen.setdefault(language, []).append(limit)
            for name, part in (("corpus", here & by_line), ("grown", here & ~by_line)):
                said, w, m = score[part] >= limit, weights[part], meant[part]
                recall = (w * said * m).sum() / max((w * m).sum(), 1e-9)
                precision = (w * said * m).sum() / max((w * said).sum(), 1e-9)
                print(
                    f"{language} {label:15} {name:7} limit {limit:4} recall {recall:.3f} precision {precision:.3f}"
                )
    return chosen


def main() -> None:
    rules = newest(weighed=False)
    found = lessons()
    data = table(found, rules)
    print(len(found), "lines,", len(data.names), "features")
    scores = np.array([validated(data, column) for column in range(len(COLUMNS))])
    columns = [
        whole(fitted(data.matrix, data.rules[:, column], data.meant[:, column], data.weights))
        for column in range(len(COLUMNS))
    ]
    write(rules, data.names, np.array(columns).astype(int), limits(found, data, scores))


def write(
    rules: LabelRules,
    names: list[tuple[str, str]],
    learned: np.ndarray,
    limit: dict[str, list[int]],
) -> None:
    weights = zip(names, learned[:, 2:].T.tolist(), strict=True)
    kept = [(*name, each) for name, each in weights if any(each)]
    block = {
        "revision": REVISION,
        "labels": COLUMNS,
        "bias": learned[:, 0].tolist(),
        "rule": learned[:, 1].tolist(),
        "limit": limit["zh"],
        "limit_without_han": limit["en"],
        "alphabet": rules.alphabet(),
        "tokens": {name: each for sort, name, each in kept if sort == "t"},
        "symbols": {name: each for sort, name, each in kept if sort == "s"},
    }
    path = Path(resources.path("label_rules", "labels-2.json"))
    file = json.loads(path.read_text(encoding="utf-8"))
    file.pop("weights", None)
    text = json.dumps(file, ensure_ascii=False, indent=1).rstrip().removesuffix("}").rstrip()
    lines = json.dumps(block, ensure_ascii=False, separators=(",", ":")).replace("],", "],\n")
    path.write_text(f'{text},\n "weights": {lines}\n}}\n', encoding="utf-8")
    print(len(kept), "features kept,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
