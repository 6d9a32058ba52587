"""The rules that hold between the parts of a plan: quotas, probes, probabilities, money, decency."""

from collections.abc import Iterable, Mapping
from typing import Final

from miaohui.care.rules import rules as crisis_rules
from miaohui.checks.plan import festivals
from miaohui.checks.plan.plan import Claim, Day, Plan, Probe, ProbeKind, Scope, Stratum, Unit
from miaohui.checks.plan.positions import Path
from miaohui.checks.plan.table import MistakeList

__all__ = ["judge_plan", "session_s"]

SPEAKING: Final = frozenset(ProbeKind) - {ProbeKind.GAP}
ONCE: Final = frozenset({ProbeKind.LAST_QUESTION, ProbeKind.AFTER_END})
AFTER_END_MOST_S: Final = 600
FEWEST_PARAPHRASES: Final = 2
MOST_LABELS: Final = 9
# Their presence alone opens a turn; the others answer to what happens, or open none.
ASKING: Final = frozenset(
    {ProbeKind.PLAIN, ProbeKind.BURST, ProbeKind.QUESTION, ProbeKind.LAST_QUESTION}
)


def session_s(scope: Scope) -> int:
    """A session's length in seconds: until the tester leaves or the paid time is over."""
    paid = scope.minutes * 60
    return min(paid, scope.stay_s) if scope.stay_s else paid


def judge_plan(plan: Plan, book: MistakeList) -> None:
    """Write down every rule that a plan breaks, on the line that breaks it.

    A rule is asked only where all that it rests on could be read.
    """
    _claim(plan.claim, plan.scope, book)
    _scope(plan.scope, book)
    _strata(plan, book)
    for index, probe in enumerate(plan.probes):
        _Probe(plan, book, index, probe).judge()
    kinds = [("probes", index, "kind") for index in range(len(plan.probes))]
    asks = any(probe.kind in ASKING for probe in plan.probes)
    if plan.probes and not asks and book.sound(*kinds):
        book.add(
            ("probes", 0),
            "no_asks",
            "没有一个探针会提问，也就没有可量的轮次",
            "no probe asks anything, so that there would be no turn to measure",
        )
    _banks(plan.banks, book)
    _coding(plan, book)
    _decency(plan, book)


def _claim(claim: Claim, scope: Scope, book: MistakeList) -> None:
    whole = claim.unit is not Unit.TURNS or claim.late_most < 1
    if whole and scope.responders and book.sound(("claim", "unit"), ("scope", "responders")):
        book.add(
            ("scope", "responders"),
            "unit",
            '消息数和迟到占比是整场会话的，分不到应答师个人：检验个人请用 unit = "turns"，不写 late_most',
            "messages and late share are a whole session's and not a person's: for responders take "
            'unit = "turns" without late_most',
        )
    shares: tuple[Path, ...] = (("claim", "p1"), ("claim", "threshold"), ("claim", "p0"))
    if not claim.p1 < claim.threshold < claim.p0 and book.sound(*shares):
        book.add(
            ("claim", "threshold"),
            "order",
            f"应有 p1 < threshold < p0，现在是 {claim.p1:g}、{claim.threshold:g}、{claim.p0:g}",
            f"it must hold that p1 < threshold < p0; here they are "
            f"{claim.p1:g}, {claim.threshold:g}, {claim.p0:g}",
        )
    counts: tuple[Path, ...] = (("claim", "looks"), ("scope", "sessions"))
    if claim.looks > scope.sessions and book.sound(*counts):
        book.add(
            ("claim", "looks"),
            "looks",
            f"只有 {scope.sessions} 场会话，不能分 {claim.looks} 次来看",
            f"{scope.sessions} sessions cannot be looked at {claim.looks} times",
        )


def _scope(scope: Scope, book: MistakeList) -> None:
    named: tuple[Path, ...] = (("scope", "shops"), ("scope", "responders"))
    if not scope.shops and not scope.responders and book.sound(*named):
        book.add(
            ("scope", "shops"),
            "no_target",
            "至少要有一家店（shops）或一位应答师（responders）",
            "there must be at least one shop (shops) or responder (responders)",
        )
    for key, names in (("shops", scope.shops), ("responders", scope.responders)):
        places = [(("scope", key, index), name) for index, name in enumerate(names)]
        _twice(places, ("对象", "target"), book)
    targets = len(scope.shops) + len(scope.responders)
    lengths: tuple[Path, ...] = (("scope", "stay_s"), ("scope", "minutes"))
    if scope.stay_s > scope.minutes * 60 and book.sound(*lengths):
        book.add(
            ("scope", "stay_s"),
            "stay",
            f"停留 {scope.stay_s} 秒，比买的 {scope.minutes} 分钟还长",
            f"a stay of {scope.stay_s} s is longer than the {scope.minutes} minutes bought",
        )
    sums: tuple[Path, ...] = (("scope", "budget_fen"), ("scope", "sessions"))
    if scope.budget_fen < targets * scope.sessions and book.sound(*named, *sums):
        book.add(
            ("scope", "budget_fen"),
            "budget",
            f"{targets * scope.sessions} 场会话，预算每场不到一分钱（单位是分）",
            f"for {targets * scope.sessions} sessions this is less than a fen each (it is in fen)",
        )


def _strata(plan: Plan, book: MistakeList) -> None:
    names = [(("strata", index, "name"), each.name) for index, each in enumerate(plan.strata)]
    _twice(names, ("名字", "name"), book)
    for index, stratum in enumerate(plan.strata):
        _stratum(("strata", index), stratum, book)
    total = sum(stratum.quota for stratum in plan.strata)
    summed: list[Path] = [("strata", index, "quota") for index in range(len(plan.strata))]
    sound = book.sound(("scope", "sessions"), *summed)
    if plan.strata and total != plan.scope.sessions and sound:
        book.add(
            ("scope", "sessions"),
            "quotas",
            f"各层配额加起来是 {total}，不是 {plan.scope.sessions} 场",
            f"the quotas of the strata add up to {total}, not to {plan.scope.sessions} sessions",
        )


def _stratum(path: Path, stratum: Stratum, book: MistakeList) -> None:
    hours = ((*path, "from"), (*path, "to"))
    if stratum.from_min == stratum.to_min and book.sound(*hours):
        book.add(
            (*path, "from"),
            "clock",
            "from 和 to 相同；整天写作 00:00 到 24:00",
            'from and to are the same; the whole day is "00:00" to "24:00"',
        )
    if not book.sound((*path, "day"), (*path, "festival")):
        return
    if stratum.day is Day.FESTIVAL:
        known = festivals.names()
        if not stratum.festival:
            book.add(
                path,
                "festival",
                f"day 是 festival，却没有写 festival；可用的有：{'、'.join(known)}",
                f"day is festival, but none is named; there are: {', '.join(known)}",
            )
        elif festivals.find(stratum.festival) is None:
            book.add(
                (*path, "festival"),
                "festival",
                f"没有 {stratum.festival!r} 这个节日；可用的有：{'、'.join(known)}",
                f"there is no festival {stratum.festival!r}; there are: {', '.join(known)}",
            )
    elif stratum.festival:
        book.add(
            (*path, "festival"),
            "festival",
            '写了 festival，day 就要是 "festival"',
            'a festival is named, so day must be "festival"',
        )


class _Probe:
    """One probe and its mistakes."""

    def __init__(self, plan: Plan, book: MistakeList, index: int, probe: Probe) -> None:
        self.plan = plan
        self.book = book
        self.path: Path = ("probes", index)
        self.probe = probe

    def wrong(self, key: str, code: str, chinese: str, english: str) -> None:
        if self.sound(key):
            self.book.add((*self.path, key), code, chinese, english)

    def sound(self, *keys: str) -> bool:
        return self.book.sound(*((*self.path, key) for key in keys))

    def judge(self) -> None:
        if self.sound("kind"):
            self._words()
            self._numbers()
            self._when()

    def _words(self) -> None:
        probe, kind = self.probe, self.probe.kind
        if not self.sound("texts", "bank"):
            return
        if kind is ProbeKind.GAP:
            if probe.texts or probe.bank:
                key = "texts" if probe.texts else "bank"
                self.wrong(key, "texts", "gap 不说话，不能有文字", "a gap says nothing: no texts")
            return
        if probe.texts and probe.bank:
            self.wrong("bank", "texts", "texts 和 bank 只能有一个", "give texts or bank, not both")
        elif kind is ProbeKind.QUESTION and not probe.bank:
            self.wrong(
                "bank", "bank", "question 要从 bank 里抽问法", "a question is drawn from a bank"
            )
        elif not probe.texts and not probe.bank:
            self.wrong("texts", "texts", "要有 texts 或 bank", "it needs texts or a bank")
        if probe.bank and probe.bank not in self.plan.banks and self._banks_read:
            known = ", ".join(self.plan.banks) or "-"
            self.wrong(
                "bank",
                "bank",
                f"没有 {probe.bank!r} 这个问法库；有：{known}",
                f"there is no bank {probe.bank!r}; there are: {known}",
            )

    @property
    def _banks_read(self) -> bool:
        """Which banks there are is known, whatever is wrong within them."""
        return bool(self.plan.banks) or self.book.sound(("banks",))

    def _numbers(self) -> None:
        probe, kind = self.probe, self.probe.kind
        if kind in (ProbeKind.GAP, ProbeKind.NUDGE) and probe.seconds <= 0:
            self.wrong("seconds", "seconds", f"{kind} 要有 seconds", f"a {kind} needs seconds")
        if kind is ProbeKind.BURST and probe.count < 2:
            self.wrong(
                "count", "count", "burst 的 count 至少是 2", "a burst has a count of at least 2"
            )
        if kind not in (ProbeKind.BURST, ProbeKind.NUDGE) and probe.count != 1:
            self.wrong("count", "count", f"{kind} 没有 count", f"the kind {kind} has no count")
        if kind in ONCE and probe.every_s:
            self.wrong("every_s", "every", f"{kind} 只有一次", f"the kind {kind} comes once")
        if 0 < probe.every_s < max(1.0, probe.jitter_s) and self.sound("jitter_s"):
            self.wrong(
                "every_s",
                "every",
                "every_s 至少 1 秒，且不小于 jitter_s",
                "every_s is at least 1 s and not less than jitter_s",
            )

    def _when(self) -> None:
        probe, end = self.probe, session_s(self.plan.scope)
        if probe.kind is ProbeKind.AFTER_END:
            if probe.at_s > AFTER_END_MOST_S:
                self.wrong(
                    "at_s",
                    "past_end",
                    f"结束后最多 {AFTER_END_MOST_S} 秒",
                    f"at most {AFTER_END_MOST_S} s after the end",
                )
            return
        last = probe.at_s + probe.jitter_s
        if probe.kind is ProbeKind.GAP:
            last += probe.seconds
        if probe.kind is ProbeKind.NUDGE:
            last += probe.seconds  # the first nudge comes so long after the ask
        length: tuple[Path, ...] = (("scope", "minutes"), ("scope", "stay_s"))
        known = self.book.sound(*length) and self.sound("jitter_s", "seconds")
        if last >= end and known:
            self.wrong(
                "at_s",
                "past_end",
                f"会话只有 {end} 秒，这里要到第 {last:g} 秒",
                f"the session lasts {end} s, and this comes at {last:g} s",
            )


def _banks(banks: Mapping[str, tuple[str, ...]], book: MistakeList) -> None:
    for name, texts in banks.items():
        if len(set(texts)) < FEWEST_PARAPHRASES and book.sound(("banks", name)):
            book.add(
                ("banks", name),
                "bank",
                f"问法库 {name} 至少要有 {FEWEST_PARAPHRASES} 种不同的问法",
                f"the bank {name} needs at least {FEWEST_PARAPHRASES} different paraphrases",
            )


def _coding(plan: Plan, book: MistakeList) -> None:
    labels: Path = ("coding", "labels")
    if not plan.coding.labels and book.sound(labels):
        book.add(labels, "labels", "至少要有一个标签", "there must be a label")
    if len(plan.coding.labels) > MOST_LABELS and book.sound(labels):
        book.add(
            (*labels, MOST_LABELS),
            "labels",
            f"最多 {MOST_LABELS} 个标签：评一条回复按一个数字键",
            f"at most {MOST_LABELS} labels: a reply is rated by one digit",
        )
    each = [((*labels, index), label) for index, label in enumerate(plan.coding.labels)]
    _twice(each, ("标签", "label"), book)
    if plan.coding.share == 0:
        book.add(("coding", "share"), "range", "share 要大于 0", "share must be above 0")


def _decency(plan: Plan, book: MistakeList) -> None:
    places: list[tuple[Path, str]] = [
        (("probes", i, "texts", j), text)
        for i, probe in enumerate(plan.probes)
        for j, text in enumerate(probe.texts)
    ]
    places += [
        (("banks", name, j), text)
        for name, texts in plan.banks.items()
        for j, text in enumerate(texts)
    ]
    for path, text in places:
        crisis = crisis_rules().feigned(text)
        if crisis is not None:
            book.add(
                path,
                "crisis",
                f"{crisis.phrase!r}：不许假装{crisis.chinese}，应答师会当真，也许正有人真的需要帮助",
                f"{crisis.phrase!r} feigns {crisis.english}: the responder would take it for true "
                "while somebody else may need the help",
            )


def _twice(places: Iterable[tuple[Path, str]], what: tuple[str, str], book: MistakeList) -> None:
    seen: set[str] = set()
    for path, name in places:
        if name and name in seen:
            book.add(
                path,
                "twice",
                f"{what[0]} {name!r} 写了两次",
                f"the {what[1]} {name!r} stands here twice",
            )
        seen.add(name)
