"""The table of recall and precision; `--misses`: the lines that went wrong, of the first half only;
`--docs`: the rows of docs/labels.md alone.

`python -m tests.promise.labels.measure [--misses | --docs]`
"""

import sys
from pathlib import Path

from tests.promise.labels import LABELS, Line, corpus, count

from miaohui import resources
from miaohui.promise.labels import LabelRules


def newest(*, weighed: bool = True) -> LabelRules:
    folder = resources.path("label_rules")
    file = max(folder.glob("labels-*.json"), key=lambda path: (len(path.name), path.name))
    return LabelRules.load(Path(file).read_bytes(), weighed=weighed)


def table(lines: list[Line], rules: LabelRules) -> list[str]:
    rows = []
    for label in LABELS:
        got = count(lines, label, rules.of)
        rows.append(
            f"{label:<15} {got.found + got.missed:4} lines  recall {got.recall:.3f}"
            f"  precision {got.precision:.3f}"
        )
    return rows


def doc_rows(rules: LabelRules) -> list[str]:
    """The rows of docs/labels.md: of our own lines, the third set and the strangers' in turn, what
    only counts."""
    rows = []
    for pattern, whole in (("??_*.txt", False), ("third_*.txt", False), ("stranger_*.txt", True)):
        lines = [line for line in corpus(pattern) if whole or not line.written_by]
        for label in LABELS:
            cells = [label]
            for language in ("zh", "en"):
                got = count([line for line in lines if line.language == language], label, rules.of)
                cells += [
                    str(got.found + got.missed),
                    f"{got.recall:.3f}",
                    f"{got.precision:.3f}",
                ]
            rows.append(f"| {' | '.join(cells)} |")
    return rows


def main(argv: list[str]) -> None:
    rules = newest()
    if "--docs" in argv:
        print("\n".join(doc_rows(rules)))
        return
    for language in ("zh", "en"):
        for first in (True, False):
            lines = [
                line for line in corpus() if (line.language, line.written_by) == (language, first)
            ]
            print(f"{language}, the half that {'rules were written by' if first else 'counts'}")
            print("\n".join(table(lines, rules)))
        for name in ("fresh", "second"):
            print(f"{language}, the {name} lines")
            print("\n".join(table(list(corpus(f"{name}_{language}_*.txt")), rules)))
        third = list(corpus(f"third_{language}_*.txt"))
        for first in (True, False):
            print(
                f"{language}, the third lines, the half {'mended by' if first else 'that counts'}"
            )
            print("\n".join(table([line for line in third if line.written_by is first], rules)))
        print(f"{language}, the strangers' lines, which only count")
        print("\n".join(table(list(corpus(f"stranger_{language}_*.txt")), rules)))
    if "--misses" in argv:
        for line in (*corpus(), *corpus("third_*.txt")):
            said = frozenset(rules.of(line.text))
            if line.written_by and said != line.labels:
                print(
                    f"{line.language} -{' '.join(line.labels - said)}"
                    f" +{' '.join(said - line.labels)}\t{line.text}\t{rules.judge(line.text)}"
                )


if __name__ == "__main__":
    main(sys.argv[1:])
