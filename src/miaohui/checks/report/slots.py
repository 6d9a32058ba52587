"""Every session of a check in a line, and how the network and the schedule fared."""

from miaohui.checks.language import Say
from miaohui.checks.record.events import SlotState
from miaohui.checks.report import amounts
from miaohui.checks.report.html import Markup, join, table, tag
from miaohui.checks.report.words import last_name, reason_name, state_name
from miaohui.checks.results import Results, SessionResult


def sessions(results: Results, say: Say) -> Markup:
    """Every slot, and how the network and the schedule fared."""
    head = (
        say("场次", "slot"),
        say("对象", "target"),
        say("时段", "stratum"),
        say("开始（UTC+8）", "opened (UTC+8)"),
        say("守约 / 轮", "kept / turns"),
        say("最长", "worst"),
        say("末问", "last question"),
        say("怎么结束", "how it ended"),
        say("付 / 退", "paid / back"),
        say("收据", "receipt"),
    )
    rows = [
        (
            session.slot,
            session.responder_name or session.shop_name,
            session.stratum,
            amounts.evening(session.opened_utc_ms or session.planned_utc_ms),
            amounts.part(session.kept, session.kept + session.breached),
            amounts.wait(session.longest_ms, say),
            last_name(say, session.last_question) or amounts.NONE,
            _course(session, say),
            f"{amounts.yuan(session.price_fen)} / {amounts.yuan(session.refund_fen)}",
            _sound(session, say),
        )
        for session in results.sessions
    ]
    return join(
        (
            tag("h2", say("每一场", "Every session")),
            table(head, rows, numeric=(4, 5, 8), dense=True),
            _network(results, say),
        )
    )


def _course(session: SessionResult, say: Say) -> str:
    state = state_name(say, session.state.value)
    why = session.skipped or session.end_reason or session.order_state
    if session.state is SlotState.DONE and why:
        return reason_name(say, why)
    return f"{state}{say('：', ': ')}{reason_name(say, why)}" if why else state


def _sound(session: SessionResult, say: Say) -> str:
    if session.bundle_sound is None:
        return amounts.NONE
    return "✓" if session.bundle_sound else say("✗ 不成立", "✗ not sound")


def _network(results: Results, say: Say) -> Markup:
    head = (
        say("对象", "target"),
        say("往返（中位）", "round trip (median)"),
        say("断线", "cuts"),
        say("探针：已发 / 未发", "probes: sent / skipped"),
        say("比计划晚（p95，最差一场）", "behind plan (p95, worst session)"),
    )
    rows = []
    for target in results.targets:
        own = [s for s in results.sessions if s.target == target.target]
        errors = [s.schedule_error_p95_ms for s in own if s.schedule_error_p95_ms is not None]
        rows.append(
            (
                target.name,
                amounts.NONE if target.rtt_p50_ms is None else f"{target.rtt_p50_ms} ms",
                f"{target.cuts}",
                f"{sum(s.probes_sent for s in own)} / {sum(s.probes_skipped for s in own)}",
                f"{max(errors)} ms" if errors else amounts.NONE,
            )
        )
    return join(
        (
            tag("h3", say("网络与日程", "Network and schedule")),
            tag(
                "p",
                say(
                    "等待由中继从收到提问算到收到回复，检验者自己的网络不在其中。"
                    "探针按计划的时刻发出，不等上一句的回复。",
                    "Waits run from the relay's receipt of the ask to its receipt of the reply, so "
                    "the tester's own network is no part of them. Probes go out on schedule and "
                    "never wait for the reply before.",
                ),
            ),
            table(head, rows, numeric=range(1, 5)),
        )
    )
