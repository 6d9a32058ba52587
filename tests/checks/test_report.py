"""The report: `miaohui check report` from a folder to files, in both languages, and hostile input."""

import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest
from jinja2 import UndefinedError, nodes
from tests.checks import samples

from miaohui import checks, resources
from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.commands.report import main
from miaohui.checks.report.tables import guarded
from miaohui.checks.report.templates import environment, escaped
from miaohui.checks.report.words import note_name, note_words
from miaohui.checks.results import ClaimVerdict

CHECKS = Path(checks.__file__).parent
ANALYSING = (
    *("analysis/analyse", "analysis/session", "analysis/ratings", "analysis/coding"),
    "record/trace",
)
VOID = {"meta", "br", "hr"}
HOSTILE = '=cmd|"/c calc"!A1</script><img src=http://x.example/a onerror=alert(1)>$\\frac{'


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run with a report in both languages; not to be written to."""
    folder = tmp_path_factory.mktemp("reported")
    samples.make(folder, shops=samples.SHOPS[::3], sessions=2, minutes=10)
    (folder / "reply.md").write_text("我们已换了排班。<b>谢谢</b>", encoding="utf-8")
    assert main([str(folder), "--lang", "en"]) == 0
    assert main([str(folder), "--lang", "zh_CN"]) == 0
    return folder


@pytest.fixture
def folder(run: Path, tmp_path: Path) -> Path:
    return shutil.copytree(run, tmp_path / "run")


class Reader(HTMLParser):
    """Checks that elements nest, and gathers attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def read(file: Path) -> Reader:
    reader = Reader()
    reader.feed(file.read_text(encoding="utf-8"))
    reader.close()
    assert reader.open == []
    return reader


def pages(folder: Path) -> list[Path]:
    return [folder / "report-zh_CN.html", folder / "report-en.html"]


def test_a_page_is_whole_and_asks_nobody_for_anything(run: Path) -> None:
    for file in pages(run):
        page = read(file)
        names = {name for name, _ in page.found}
        assert not names & {"script", "img", "link", "iframe", "object", "base", "form", "image"}
        for _, attributes in page.found:
            for key, value in attributes.items():
                if key in ("href", "src", "xlink:href", "action"):
                    assert (value or "").startswith("#")
                assert not key.startswith("on")
        source = file.read_text(encoding="utf-8")
        assert not re.search(r"url\((?!#)|@import|@font-face", source)
        outside = set(re.findall(r"https?://[^\"' <]+", source))
        assert outside == {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        ids = [a["id"] for _, a in page.found if "id" in a]
        assert len(ids) == len(set(ids))
        for link in re.findall(r'(?:href="#|url\(#)([^")]+)', source):
            assert link in ids


def test_both_languages_say_the_same_figures(run: Path) -> None:
    chinese, english = (read(file) for file in pages(run))
    assert [n for n, _ in chinese.found].count("h2") == [n for n, _ in english.found].count("h2")
    assert [n for n, _ in chinese.found].count("td") == [n for n, _ in english.found].count("td")
    own = {shop.name for shop in samples.SHOPS} | {"七夕前夜抽检", "傍晚", "深夜"}
    own |= {"付费会话里每一句都在十秒内有人回", "我们已换了排班。<b>谢谢</b>"}
    left = "".join(english.words)
    for name in own:
        left = left.replace(name, "")
    assert re.findall(r"[\u4e00-\u9fff]+", left) == []


def test_the_verdict_comes_first_and_all_is_there(run: Path) -> None:
    results = analyse(run)
    page = " ".join(read(run / "report-en.html").words)
    assert page.index("Verdict:") < page.index("The targets side by side")
    for target in results.targets:
        assert f"{target.rate.k} of them were answered" in page
        for bound in (target.pass_mark, target.turns):
            assert str(bound) in page
    breaches = sum(b.state == "breached" for s in results.sessions for b in s.bars)
    assert page.count("–") > 0
    rows = read(run / "report-en.html").found
    assert len([n for n, _ in rows if n == "tr"]) > breaches + len(results.sessions)
    for needed in (
        results.plan_sha256,
        "design effect",
        "pass mark",
        "late share",
        "time owed",
        "refund received",
        "Kaplan-Meier",
        "share still waiting",
        "By time of day",
        "Silences and initiative",
        "last question",
        "after the end",
        "round trip",
        "Deviations",
        "The limits of what can be said",
        "right of reply",
        "<b>谢谢</b>",
        "miaohui check report DIR --check",
        "Practice relay",
    ):
        assert needed in page
    assert page.count("≥") >= 1


def test_pictures_are_drawings_with_words_in_them(run: Path) -> None:
    source = (run / "report-zh_CN.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
    assert len(drawings) == 4
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "DejaVu" not in drawing
        assert not re.search(r"Q\d{4}x*", drawing)
    assert "10 秒承诺" in drawings[1]
    assert all(shop.name in drawings[1] for shop in samples.SHOPS[::3])


def test_the_same_data_give_the_same_bytes(run: Path, folder: Path) -> None:
    assert main([str(folder), "--lang", "en"]) == 0
    for name in ("report-en.html", "report.json", "report-turns.csv", "report-sessions.csv"):
        assert (folder / name).read_bytes() == (run / name).read_bytes()


def test_what_is_reported_is_recomputed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--check", "--lang", "en"]) == 0
    assert "Every figure" in capsys.readouterr().out
    file = folder / "report.json"
    told = json.loads(file.read_bytes())
    told["results"]["targets"][0]["rate"]["k"] += 1
    told["results"]["targets"][0]["rate"]["low"] += 1e-13
    del told["results"]["sessions"][1]
    file.write_text(json.dumps(told), encoding="utf-8")
    assert main([str(folder), "--check", "--lang", "en"]) == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[1].startswith("targets[0].rate.k: ")
    assert "sessions: [3], not [4]" in said.out
    assert "2 figures differ" in said.err


def test_raw_data_that_changed_are_noticed(folder: Path) -> None:
    (folder / "sessions" / "s01-1.zip").unlink()
    assert main([str(folder), "--check"]) == 1


def test_tables_open_in_a_spreadsheet(run: Path) -> None:
    results = analyse(run)
    rows = {}
    for name in ("turns", "sessions", "targets"):
        data = (run / f"report-{name}.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\r\n") == data.count(b"\n")
        rows[name] = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert len(rows["turns"]) == sum(len(session.bars) for session in results.sessions)
    assert [row["slot"] for row in rows["sessions"]] == [s.slot for s in results.sessions]
    assert [row["verdict"] for row in rows["targets"]] == [t.verdict for t in results.targets]
    kept = sum(row["state"] == "kept" for row in rows["turns"])
    assert kept == sum(int(row["kept"]) for row in rows["targets"])


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r", " =", "＝"])
def test_a_formula_in_a_table_stays_a_text(start: str) -> None:
    assert guarded(f"{start}1+1") == f"'{start}1+1"
    assert guarded("晚风小屋") == "晚风小屋"
    assert guarded(-5) == -5


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    shop = replace(samples.SHOPS[3], name=HOSTILE[:60])
    samples.make(tmp_path, shops=(shop,), sessions=2, minutes=10)
    (tmp_path / "reply-a.txt").write_bytes(b"\xff\x00<script>1</script>")
    assert main([str(tmp_path), "--lang", "en"]) == 0
    page = read(tmp_path / "report-en.html")
    assert not {"script", "img"} & {name for name, _ in page.found}
    assert shop.name in "".join(page.words)
    with (tmp_path / "report-targets.csv").open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["target"] == f"'{shop.name}"


def test_times_that_are_none_do_not_stop_a_report(folder: Path) -> None:
    run = folder / "run.jsonl"
    far = b'"utc_ms":' + str(10**17).encode()
    run.write_bytes(re.sub(rb'"utc_ms":\d+', far, run.read_bytes()))
    assert main([str(folder), "--lang", "en"]) == 0
    assert f"{10**17} ms" in (folder / "report-en.html").read_text(encoding="utf-8")


def test_a_check_without_a_single_turn_has_a_report(tmp_path: Path) -> None:
    samples.make(tmp_path, shops=samples.SHOPS[:2], sessions=2, done=0)
    assert main([str(tmp_path), "--lang", "zh_CN"]) == 0
    words = "".join(read(tmp_path / "report-zh_CN.html").words)
    assert "还没有一轮可以计算的提问" in words
    assert "检验还在进行" in words


def test_a_damaged_folder_has_a_report_that_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sessions" / "s01-1.zip").write_bytes(b"nothing")
    run = folder / "run.jsonl"
    run.write_bytes(b"garbage\n" + run.read_bytes()[:-9])
    assert main([str(folder), "--lang", "en"]) == 0
    said = capsys.readouterr().err
    words = "".join(read(folder / "report-en.html").words)
    for code, detail, slot in analyse(folder).deviations:
        assert note_words(lambda _, english: english, code, detail, slot)[:60] in said
    assert "the receipt bundle cannot be read" in words
    assert analyse(folder).verdict in set(ClaimVerdict)


def test_whatever_a_run_notes_has_words_in_both_languages() -> None:
    sources = [file.read_text(encoding="utf-8") for file in CHECKS.rglob("*.py")]
    found = {code for source in sources for code in re.findall(r'_deviate\(\s*"(\w+)"', source)}
    ours = "".join((CHECKS / f"{name}.py").read_text("utf-8") for name in ANALYSING)
    found |= set(re.findall(r'\(\(?"([a-z]+(?:_[a-z]+)+)", ', ours))
    assert {"begun_late", "bundle_missing", "record_torn", "plan_changed"} <= found
    for code in found:
        words = {note_name(say, code) for say in (lambda zh, en: zh, lambda zh, en: en)}
        assert len(words) == 2, code
        assert code not in words


def test_out_may_be_a_folder_or_a_file(tmp_path: Path) -> None:
    samples.make(tmp_path / "run", shops=samples.SHOPS[:1], sessions=2, done=0)
    folder = str(tmp_path / "run")
    assert main([folder, "--lang", "en", "--out", str(tmp_path / "a" / "b")]) == 0
    assert (tmp_path / "a" / "b" / "report-en.html").exists()
    assert main([folder, "--lang", "en", "--out", str(tmp_path / "c" / "mine.html")]) == 0
    assert (tmp_path / "c" / "mine.html").exists()
    assert (tmp_path / "c" / "report.json").exists()
    assert main([folder, "--check", "--out", str(tmp_path / "c" / "mine.html")]) == 0


def test_wrong_ways_to_ask(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (folder / "report.json").write_text("[]", encoding="utf-8")
    for wrong in (
        [],
        [str(tmp_path / "nowhere")],
        [str(folder), "--lang", "fr"],
        [str(folder), "--check"],
        [str(folder), "--out", str(tmp_path / "file" / "below")],
        [str(tmp_path), "--check"],
    ):
        assert main(wrong) == 2
        told = capsys.readouterr().err
        assert told.startswith("miaohui")
        assert told.count("\n") == 1


def test_what_a_template_prints_is_escaped_and_a_name_it_lacks_is_an_error() -> None:
    assert escaped("<b>&\x00") == "&lt;b&gt;&amp;\ufffd"
    made = environment("en")
    shown = made.from_string("<p title='{{ name }}'>{{ say('{n}', '{n}', n=name) }}</p>")
    assert shown.render(name="'<\u202e{") == "<p title='&#39;&lt;\ufffd{'>&#39;&lt;\ufffd{</p>"
    table = made.get_template("table.html.j2").module
    assert '<th scope="col">&lt;' in table.table(["<"], [], caller=None)  # type: ignore[attr-defined]
    with pytest.raises(UndefinedError):
        made.from_string("{{ nowhere }}").render()


def test_every_sentence_of_a_template_stands_in_both_languages() -> None:
    made = environment("en")
    said = 0
    for name in made.list_templates(extensions=["j2"]):
        source = (resources.path("report") / name).read_text(encoding="utf-8")
        tree = made.parse(source)
        for call in tree.find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name != "say":
                continue
            said += 1
            chinese, english = (str(each.as_const()) for each in call.args)
            assert chinese.strip()
            assert english.strip()
            assert not re.search(r"[\u4e00-\u9fff]", english)
            fields = {each[1] for each in Formatter().parse(chinese) if each[1]}
            assert fields == {each[1] for each in Formatter().parse(english) if each[1]}, english
            assert fields == {each.key for each in call.kwargs}, english
        for text in tree.find_all(nodes.TemplateData):
            assert not re.search(r"[\u4e00-\u9fff]", text.data), "a word outside of say(...)"
    assert said > 100


def test_a_run_that_is_not_over_has_figures_and_no_verdict(tmp_path: Path) -> None:
    samples.make(tmp_path, shops=samples.SHOPS[:1], sessions=4, done=2)
    assert analyse(tmp_path).targets[0].rate.n
    assert main([str(tmp_path), "--lang", "en"]) == 0
    shown = "".join(read(tmp_path / "report-en.html").words)
    assert "no verdict: the check is not over" in shown
    assert "can be called neither" not in shown


def test_the_first_line_says_where_the_ways_of_counting_disagree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A shop whose stalls are few turns and much of the time."""
    samples.make(tmp_path, shops=(samples.Manner("午后", 0.99, stall=0.05),), sessions=12)
    assert analyse(tmp_path).targets[0].differing
    assert main([str(tmp_path), "--lang", "en"]) == 0
    said = "the ways of counting differ by more than the sampling allows"
    assert said in capsys.readouterr().out.splitlines()[0]
    shown = (tmp_path / "report-en.html").read_text("utf-8")
    assert shown.index(said) < shown.index("<h1>")
