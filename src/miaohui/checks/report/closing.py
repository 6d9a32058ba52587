"""The back of a report: deviations, the rule, limits, the shop's reply, proof."""

from collections.abc import Sequence

from miaohui.checks.language import Say
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report import amounts
from miaohui.checks.report.html import Markup, join, table, tag
from miaohui.checks.report.words import note_name
from miaohui.checks.results import Results
from miaohui.promise.receipt import key_id_of


def deviations(results: Results, say: Say) -> Markup:
    """Everything that went otherwise than planned, and every damage."""
    title = tag("h2", say("偏差", "Deviations"))
    if not results.deviations:
        return join((title, tag("p", say("没有。", "None."))))
    head = (say("什么", "what"), say("次数", "times"), say("哪里（细节）", "where (detail)"))
    found: dict[str, list[str]] = {}
    for code, detail, slot in results.deviations:
        place = f"{slot} ({detail})" if slot and detail else slot or detail or amounts.NONE
        found.setdefault(code, []).append(place)
    rows = [
        (note_name(say, code), f"{len(places)}", "; ".join(places))
        for code, places in found.items()
    ]
    return join((title, table(head, rows, numeric=(1,))))


def rule(results: Results, plan: Plan, say: Say) -> Markup:
    """How the verdict is reached, with every figure that it rests on."""
    claim = plan.claim
    line = amounts.threshold(claim.threshold)
    alpha = amounts.threshold(claim.alpha)
    pairs = (
        (say("规则", "promise's rule"), results.rule or amounts.NONE),
        (say("计划的哈希（SHA-256）", "plan's hash (SHA-256)"), results.plan_sha256),
        (say("运行", "run"), results.run or amounts.NONE),
        (say("中继", "relay"), results.relay or amounts.NONE),
        (say("中继的密钥", "relay's key"), _key(results)),
        (say("计划的场次", "sessions planned"), f"{results.planned_sessions}"),
        (say("界线", "threshold"), line),
        (
            say("两类错误", "errors allowed"),
            say(
                f"真实值就在界线上时，误判“成立”或“不成立”各至多 {alpha}；"
                f"真实值为 {amounts.threshold(claim.p0)} 或 {amounts.threshold(claim.p1)} 时，"
                f"以 {amounts.threshold(claim.power)} 的把握分辨出来",
                f'with the truth on the threshold, "met" and "not met" are each wrong at most '
                f"{alpha} of the time; a truth of {amounts.threshold(claim.p0)} or "
                f"{amounts.threshold(claim.p1)} is told with {amounts.threshold(claim.power)} power",
            ),
        ),
        (
            say("中途查看", "planned looks"),
            say(
                f"计划 {results.looks_planned} 次，已到 {results.looks_done} 次",
                f"{results.looks_planned} planned, {results.looks_done} due so far",
            ),
        ),
    )
    return join(
        (
            tag("h2", say("规则与计划", "The rule and the plan")),
            tag(
                "p",
                say(
                    "两个单侧的精确检验（Clopper-Pearson）：下界高于界线即“成立”，上界低于界线即"
                    "“不成立”，否则“证据不足”。同一场里的各轮彼此相似，所以先除以设计效应，"
                    "换算成相当于多少轮互不相干的提问；中途查看要花掉一部分错误份额（O'Brien-Fleming）。"
                    "计划的哈希在第一次购买之前就写进了记录。",
                    'Two exact one-sided tests (Clopper-Pearson): "met" where the lower bound lies '
                    'above the threshold, "not met" where the upper bound lies below it, else "not '
                    'enough evidence". Turns of one session resemble each other, so they are first '
                    "divided by the design effect into as many independent turns as they are "
                    "worth; interim looks spend part of the error (O'Brien-Fleming). The plan's "
                    "hash was written down before the first purchase.",
                ),
            ),
            tag(
                "dl",
                *(part for name, value in pairs for part in (tag("dt", name), tag("dd", value))),
            ),
            _judged(results, say),
        )
    )


def _key(results: Results) -> str:
    try:
        return key_id_of(bytes.fromhex(results.relay_key)) if results.relay_key else amounts.NONE
    except ValueError:
        return results.relay_key


def _judged(results: Results, say: Say) -> Markup:
    head = (
        say("对象", "target"),
        say("轮数", "turns"),
        say("组内相关", "icc"),
        say("设计效应", "design effect"),
        say("有效轮数", "effective turns"),
        say("水平", "level"),
        say("下界", "lower bound"),
        say("上界", "upper bound"),
        say("截断", "cut off"),
        say("作废", "void"),
    )
    rows = [
        (
            target.name,
            f"{target.turns}",
            amounts.number(target.icc, 3),
            amounts.number(target.design_effect),
            amounts.number(target.effective_n, 1),
            amounts.percent(target.level, 2),
            amounts.percent(target.rule_low, 2) if target.turns else amounts.NONE,
            amounts.percent(target.rule_high, 2) if target.turns else amounts.NONE,
            f"{target.censored}",
            f"{target.void}",
        )
        for target in results.targets
    ]
    return table(head, rows, numeric=range(1, 10))


def limits(results: Results, say: Say) -> Markup:
    """What must not be read into the figures."""
    found = [
        say(
            "这些数字说的是这几场、这些时段、当时值班的人；换了时段或人，可以不同。",
            "The figures are of these sessions, these hours and who was on duty then; at another "
            "hour or with another person they may differ.",
        ),
        say(
            "检验者的账号与普通顾客看不出区别，但不能排除店铺认出了检验者而另眼相待。",
            "The testers' accounts look like any others; that a shop recognised a tester and "
            "behaved differently cannot be ruled out.",
        ),
        say(
            "时间由中继测量。哈希链和签名证明流水事后没有改动，不证明中继的时钟当时走得准。",
            "The relay measured the times. Chain and signature prove that the journals were not "
            "changed afterwards, not that the relay's clock was right at the time.",
        ),
        say(
            "及时不等于用心：守约率不看内容。内容的标签出自规则和人的判断，可以申诉。",
            "In time is not the same as with care: the kept share does not look at content. Labels "
            "are judgements of rules and people, and can be appealed.",
        ),
        say(
            "“证据不足”不是“没有问题”，也不是“有问题”：只是样本还分不清。",
            '"Not enough evidence" means neither "fine" nor "at fault": the sample cannot tell.',
        ),
        say(
            "设计效应取计划的组内相关与这里估出的之中较大的一个；场次很少时，估计本身也不准。",
            "The design effect takes the larger of the plan's intra-class correlation and the one "
            "estimated here; with few sessions the estimate itself is rough.",
        ),
    ]
    count = len(results.targets)
    if count > 1:
        chance = amounts.percent(1 - (1 - 2 * results.alpha) ** count)
        found.append(
            say(
                f"{count} 个对象各自检验，每个都可能错判成立，也可能错判不成立：若个个都恰在界线上，"
                f"至少错判一个的机会至多 {chance}。",
                f"Each of {count} targets is tested by itself and can be wrong either way: were all "
                f"exactly on the threshold, the chance of at least one wrong verdict would be up "
                f"to {chance}.",
            )
        )
    if results.practice:
        found.append(
            say(
                "这是练习中继：应答师是程序，数字不涉及任何真实的人或店铺。",
                "This was a practice relay: its responders are programs, and the figures are of no "
                "real person or shop.",
            )
        )
    title = tag("h2", say("能说到哪里为止", "The limits of what can be said"))
    return join((title, tag("ul", *(tag("li", each) for each in found))))


def reply(results: Results, plan: Plan, replies: Sequence[tuple[str, str]], say: Say) -> Markup:
    """The shop's right of reply: when it is told, whom it answers, and what it answered."""
    days = plan.ethics.notify_after_days
    contact = plan.ethics.contact
    when = amounts.moment(results.notify_utc_ms)
    parts: list[Markup] = [
        tag("h2", say("店铺的答复权", "The shop's right of reply")),
        tag(
            "p",
            say(
                f"检验结束 {days} 天后告知每家被检验的店铺（{when}），附上这份报告和收据包；"
                "店铺可以核对每一个数字，可以答复，答复原样印在这里。",
                f"Every shop is told {days} days after the end ({when}) and is given this report "
                "and the receipt bundles. It can recompute each figure, and may answer; the answer "
                "is printed here as it came.",
            )
            + (say(f"答复寄到：{contact}", f" Answers go to: {contact}") if contact else ""),
        ),
    ]
    if not replies:
        parts.append(tag("p", say("还没有收到答复。", "No answer has come so far.")))
    for name, words in replies:
        parts.append(tag("h3", name))
        parts.append(tag("blockquote", words))
    return join(parts)


def proof(results: Results, say: Say) -> Markup:
    """The commands that recompute everything."""
    commands = (
        "miaohui check report DIR --check\n"
        "miaohui check report DIR --lang zh_CN\n"
        "miaohui check report DIR --lang en\n"
        "miaohui verify DIR/sessions/SLOT.zip"
    )
    return join(
        (
            tag("h2", say("自己重新算一遍", "Compute it all again")),
            tag(
                "p",
                say(
                    "DIR 是这次检验的文件夹，或解开的证据包：plan.toml、run.jsonl、sessions/ 里的收据包，"
                    "以及有人评过的话，coding/ 里的评定，就是全部原始数据。"
                    "第一条命令从原始数据重新算出每一个数字，与 report.json 逐项比较，有一处不同就报错"
                    "（退出码 1）；最后一条核对一场的哈希链与签名。都不需要网络。",
                    "DIR is the check's folder, or the evidence unpacked: plan.toml, run.jsonl, the "
                    "receipt bundles in sessions/ and, where replies were rated, the ratings in "
                    "coding/ are all of the raw data. The first command computes every figure "
                    "anew from them and compares it with report.json, and fails (exit 1) where one "
                    "differs; the last verifies one session's chain and signature. None needs a "
                    "network.",
                ),
            ),
            tag("pre", commands),
            tag(
                "p",
                say(
                    "旁边的 report-turns.csv、report-sessions.csv、report-targets.csv 和 report.json "
                    "是同样的数字。",
                    "The same figures lie beside it in report-turns.csv, report-sessions.csv, "
                    "report-targets.csv and report.json.",
                ),
            ),
            tag(
                "footer",
                tag("p", f"Miaohui {results.version} · {results.plan_sha256[:16]}", class_="small"),
            ),
        )
    )
