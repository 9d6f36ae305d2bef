"""The report's page: what it says and in which order, the same bytes for the same trials, labels as text."""

import base64
import csv
import html.parser
import json
import math
import os
import re
import shutil
import subprocess
import sys

import pytest
from matplotlib.figure import Figure

from minimix.config import Config
from minimix.study import claims, drawing, gamma, report, sensitivity, tuning
from minimix.study import folder as folders
from minimix.study.folder import Folder
from minimix.study.parts import read
from minimix.study.summary import summarize
from tests.browser import Chromium, violations
from tests.study.filled import RUN, SUMS, fill
from tests.study.made import keep

HOSTILE = {
    "<script>alert(1)</script>": "sgd",
    "</svg><img src=x onerror=alert(1)>": "adam",
    "a\"b'c&d;": "sgd:lr=0.02",
    "$\\frac$ {{ 7*7 }}": "sgd:lr=0.03",
    "مرحبا": "sgd:lr=0.04",
    "\u202eevil": "sgd:lr=0.05",
    "🎉": "sgd:lr=0.06",
    "x" * 300: "sgd:lr=0.07",
}


class Page(html.parser.HTMLParser):
    """tags: all elements as (name, attributes); text: what stands outside of the style; ids."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.pieces, self.open = [], [], ""
        self.feed(text)
        self.text = " ".join(" ".join(self.pieces).split())
        self.ids = [attributes["id"] for _, attributes in self.tags if "id" in attributes]

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.open = tag

    def handle_data(self, data):
        if self.open != "style":
            self.pieces.append(data)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A folder with two plans, one of them as in the report."""
    path = tmp_path_factory.mktemp("study") / "one"
    fill(path, "fig2", {"SGD": "sgd:lr=0.01", "Adam": "adam:lr=0.001", "mix": "split"}, 4, data="mnist", epochs=3)
    return fill(path, "<b>mine</b>", ["sgd:lr=0.05", "mas:gamma=0.4"], 4, done=3, seed=1, epochs=3)


@pytest.fixture(scope="module")
def text(study):
    return report.html(study)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = fill(tmp_path_factory.mktemp("hostile"), optimizers=HOSTILE, diverged=[("🎉", 1)])
    return report.html(folder)


@pytest.fixture
def undrawn(monkeypatch):
    """Pages without pictures, which take most of the time."""
    monkeypatch.setattr(report, "_pictures", lambda *about: [])


def test_the_same_trials_give_the_same_bytes_here_there_and_in_another_process(study, text, tmp_path):
    assert report.html(study) == text
    copy = tmp_path / "elsewhere"
    shutil.copytree(study.path, copy)
    code = "import sys; from minimix.__main__ import program; program()"
    arguments = [sys.executable, "-c", code, "report", str(copy)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LANG": "C"}
    subprocess.run(arguments, env=environment, check=True, capture_output=True)
    assert (copy / "report.html").read_text("utf-8") == text


def test_the_sections_stand_in_order_and_all_links_lead_somewhere(text):
    page = Page(text)
    wanted = [key for key in report.SECTIONS if key in page.ids]
    assert [x for x in page.ids if x in wanted] == wanted
    assert set(wanted) >= {"verdicts", "tables", "figures", "failures", "methods", "provenance", "data"}
    assert len(set(page.ids)) == len(page.ids)
    links = {value for _, own in page.tags for key, value in own.items() if key in ("href", "xlink:href")}
    inner = {link[1:] for link in links if link.startswith("#")} | set(re.findall(r"url\(#([^)]*)\)", text))
    assert len(inner) > 20
    assert inner <= set(page.ids)
    assert {"p1", "p2", "f1", "f2"} <= inner


def test_the_page_asks_for_nothing_from_elsewhere_and_runs_nothing(text):
    page = Page(text)
    links = [value for _, own in page.tags for key, value in own.items() if key in ("src", "href", "xlink:href")]
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "script" not in {tag for tag, _ in page.tags}
    assert "default-src 'none'" in text
    assert not re.findall(r"https?://(?!www\.w3\.org/)", text)


def test_the_page_says_what_the_verdicts_say(study, text):
    page = Page(text)
    parts, _ = read(study)
    assert len(parts) == 2
    for part in parts:
        for sentence in [part.verdict.winner(), *part.verdict.sentences(), *part.verdict.notes()]:
            assert " ".join(sentence.split()) in page.text
        for row in part.verdict.cells():
            assert " ".join(" ".join(row).split()) in page.text
        assert " ".join(part.verdict.latex().split()) in page.text
    judged = claims.judged(study)
    assert len(judged) == 3
    for claim in judged:
        assert " ".join(" ".join(claim.cells()).split()) in page.text


def test_pictures_have_a_text_alternative(text):
    pictures = [own for tag, own in Page(text).tags if tag == "svg"]
    assert len(pictures) == 2
    assert all(own["role"] == "img" and "accuracy" in own["aria-label"] for own in pictures)


def test_labels_are_shown_as_text(hostile):
    page = Page(hostile)
    assert not {"script", "img"} & {tag for tag, _ in page.tags}
    for label in HOSTILE:
        assert label in page.text
    assert {own.get("onerror") for _, own in page.tags} == {None}
    assert hostile.count("<bdi>مرحبا</bdi>") >= 3  # in the sentence too


def test_what_diverged_is_missing_or_damaged_is_told(tmp_path, undrawn):
    folder = fill(tmp_path, optimizers=["sgd", "adam"], count=5, done=3, diverged=[("sgd:lr=0.01", 1)])
    some = next(iter(folder.path.glob("trials/*.json")))
    some.write_text("{")
    for _ in range(2):  # the first reading sets it aside
        page = Page(report.html(folder))
        assert "compare: sgd:lr=0.01, trial 2, diverged: Overflow: a loss is inf" in page.text
        assert "5 of 10 trials are missing: " in page.text
        assert f"{some.stem}.damaged was found damaged" in page.text


def test_a_plan_that_cannot_be_read_does_not_hide_the_others(tmp_path, undrawn):
    folder = fill(tmp_path)
    fill(tmp_path, "empty", ["lion"], done=0)
    known = json.loads((tmp_path / "study.json").read_bytes())
    known["plans"]["odd"] = known["plans"]["compare"] | {"model": "no such"}
    (tmp_path / "study.json").write_text(json.dumps(known))
    page = Page(report.html(folder))
    assert "odd could not be read: model must be one of" in page.text
    assert "empty: none of its 3 trials is finished" in page.text
    assert "compare" in page.text


OTHER = {"blas": ["openblas SkylakeX 1"] * 2, "started": "2026-01-03T00:00:00Z"}


def test_trials_of_several_kernels_are_said_to_be_mixed(tmp_path, undrawn):
    fill(tmp_path, optimizers=["sgd"])
    folder = fill(tmp_path, "more", ["adam"], run=RUN | OTHER)
    page = Page(report.html(folder))
    assert "several BLAS kernels, which round differently: openblas Haswell, openblas SkylakeX" in page.text
    assert "openblas Haswell 1 (3); openblas SkylakeX 1 (3)" in page.text
    assert "started 2026-01-02T03:04:05Z to 2026-01-03T00:00:00Z" in page.text


def test_the_csv_has_a_line_for_each_trial(study, text):
    (link,) = (own["href"] for tag, own in Page(text).tags if tag == "a" and "download" in own)
    rows = list(csv.DictReader(base64.b64decode(link.partition("base64,")[2]).decode().splitlines()))
    parts, _ = read(study)
    trials = [(part.name, t) for part in parts for t in part.result.trials]
    assert len(rows) == 4 * 3 + 3 * 2
    for row, (name, t) in zip(rows, trials, strict=True):
        assert (row["plan"], row["optimizer"], int(row["trial"])) == (name, t["optimizer"], t["trial"])
        assert float(row["val_accuracy"]) == t["val_accuracy"][-1]


def test_many_optimizers_fold_and_the_page_stays_small(tmp_path, undrawn):
    folder = fill(
        tmp_path, optimizers=[f"sgd:lr={k / 1000:g}" for k in range(1, 102)], count=2, reference="sgd:lr=0.05"
    )
    found = report.html(folder)
    assert len(found) < 1_000_000
    before, _, after = found.partition("and 60 more")
    assert "<details><summary>" in before and after
    means = [float(cell) for cell in re.findall(r"<td>([^<\s]+) ± ", found)]
    assert len(means) == 101 and means == sorted(means, reverse=True)


def test_each_trial_is_read_once_however_many_figures_and_claims_need_it(study, monkeypatch, undrawn):
    opened = []
    read_json = folders.read_json
    monkeypatch.setattr(folders, "read_json", lambda path: opened.append(path) or read_json(path))
    report.html(study)
    opened = [path.name for path in opened if path.parent.name == "trials" and path.exists()]
    assert sorted(opened) == sorted(path.name for path in (study.path / "trials").iterdir())


@pytest.mark.parametrize("content", [None, '{"schema": 1, "plans": {}}'])
def test_what_is_no_study_is_refused(tmp_path, content):
    if content:
        (tmp_path / "study.json").write_text(content)
    with pytest.raises(ValueError, match="no study's folder"):
        report.html(Folder(tmp_path))


def test_a_trial_that_cannot_be_read_costs_only_its_plan(tmp_path, undrawn):
    folder = fill(tmp_path)
    for name, epochs in (("other", 3), ("newer", 4)):
        fill(tmp_path, name, {"SGD": "sgd"}, 1, epochs=epochs)
    others, newer = (folder.trial(*folder.names(folder.plans()[name]).values()) for name in ("other", "newer"))
    others.unlink()
    others.symlink_to(others)
    newer.write_text(newer.read_text().replace('"schema":1', '"schema":2'))
    page = Page(report.html(folder))
    assert "other could not be read: " in page.text and "newer could not be read: " in page.text
    assert "compare could not be read" not in page.text


def test_what_only_a_report_would_read_is_left_alone_where_it_is_another_s(tmp_path, undrawn):
    folder = fill(tmp_path)
    (tmp_path / "trials" / "notes.json").write_text("mine")
    report.html(folder)
    assert (tmp_path / "trials" / "notes.json").read_text() == "mine"


def test_a_study_without_a_finished_trial_is_refused(tmp_path):
    with pytest.raises(ValueError, match="nothing that can be reported yet"):
        report.write(fill(tmp_path, done=0))
    assert not (tmp_path / "report.html").exists()


def test_a_search_shows_default_and_chosen_values_and_how_much_the_rate_matters(tmp_path, undrawn):
    folder, config = fill(tmp_path / "other"), Config(optimizers={"SGD": "sgd", "MAS": "mas"}, trials=2)
    best = lambda job: 0.9 - abs(math.log10(Config(**job.settings).rules[job.label].lr) + 2) / 10

    def run(jobs):
        for job in jobs:
            recorded = {"epoch": [1.0], "train_loss": [0.1], "val_loss": [0.1], "val_accuracy": [best(job)]}
            folder.write(job.name, job.identity, recorded | {"stopped": None}, RUN)

    plan = folder.plan("task", tuning.plan_of(config, SUMS, runs=4) | {"reference": "SGD"})
    found = tuning.search(folder, plan, run)
    assert "task: the search, or what it was for, is not finished" in Page(report.html(folder)).text
    for name, own in tuning.final(found, {"sha256": SUMS | {"x_train": "0" * 64}}).items():
        fill(
            folder.path, f"task, {name}", own["optimizers"], 2, seed=len(name), **{k: own[k] for k in ("kind", "sums")}
        )
    page = Page(report.html(folder))
    assert page.ids.index("figures") < page.ids.index("tuned") < page.ids.index("failures")
    verdicts = {part.name: part.verdict for part in read(folder)[0]}
    for row in sensitivity.cells(found, verdicts["task, default"], verdicts["task, tuned"]):
        assert " ".join(" ".join(row).split()) in page.text
    assert "the search, or what it was for" not in page.text and "trials is finished" not in page.text
    assert "minimix tune --name task" in page.text and "McKay, Beckman" in page.text
    assert "compare --model mlp --data glyphs -o sgd:lr=0.01 -o adam:lr=0.001" in page.text


def test_a_timing_table_is_judged_by_its_seconds(tmp_path, undrawn):
    seconds = {"SGD": [1.0, 1.1, 1.05], "Adam": [2.0, 2.1, 2.05], "mix": [1.5, 1.61, 1.56]}
    folder = keep(tmp_path, "time", {key: [97.0, 97.1, 97.2] for key in seconds}, seconds)
    page = Page(report.html(folder))
    assert "mix is better than Adam: -0.493 s [" in page.text and "accuracy: mean" not in page.text
    assert "McKay" not in page.text
    assert summarize(folder)["time"]["measure"] == "seconds an epoch"


def test_what_is_said_of_all_plans_is_said_once(tmp_path, undrawn):
    fill(tmp_path, "one", ["sgd", "adam"])
    fill(tmp_path, "other", ["sgd", "adam", "lion"])
    text = Page(report.html(fill(tmp_path, "alone", ["sgd"]))).text
    assert text.count("p is of the sign-flip permutation test") == 2  # adjusted by Holm, and not
    assert text.count("The intervals hold for differences that") == text.count("intervals are Student") == 1
    assert "one : Each trial counts" in text and "other : Each trial counts" in text
    assert "one, other :" not in text


def test_learned_gammas_are_shown_where_they_were_sought(tmp_path, undrawn):
    folder = fill(tmp_path)
    n = len(gamma.GRID)
    one = gamma.Found(0.001, [[1.0 + k] for k in range(n)], [[1.0]] * n, [[0.2, 0.1], [0.8, 0.3]])
    gamma.write(tmp_path / "gamma.json", [one, one])
    page = Page(report.html(folder))
    assert "learned" in page.ids and one.sentence() in page.text


WIDE = """
  const width = document.documentElement.clientWidth, out = [];
  if (document.documentElement.scrollWidth > width) out.push(['page', document.documentElement.scrollWidth]);
  for (const node of document.querySelectorAll('main *, header *, nav *')) {
    if (node.closest('.scroll')) continue;
    if (node.getBoundingClientRect().right > width + 0.5) out.push([node.tagName, node.textContent.slice(0, 80)]);
  }
  return out"""
CUT = """
  const cut = [...document.querySelectorAll('figure .scroll')].filter((node) => node.scrollWidth > node.clientWidth);
  return cut.map((node) => node.scrollWidth)"""


@pytest.mark.skipif(Chromium.missing() is not None, reason=str(Chromium.missing()))
def test_in_a_browser_nothing_overflows_nothing_is_asked_for_and_axe_finds_no_violation(text, hostile, tmp_path):
    with Chromium() as b:
        for name, content in (("plain", text), ("hostile", hostile)):
            path = tmp_path / f"{name}.html"
            path.write_text(content, encoding="utf-8")
            for width, scheme in ((360, "light"), (1280, "dark")):
                b.open(path.as_uri(), width, scheme=scheme)
                b.run("document.querySelectorAll('details').forEach((d) => (d.open = true))")
                assert b.run(WIDE) == []
                assert width == 360 or b.run(CUT) == []
                assert violations(b) == []
            assert [url for url in b.requests() if url != path.as_uri() and not url.startswith("data:")] == []
            assert not [entry for entry in b.log("browser") if entry["level"] == "SEVERE"]


def test_what_a_figure_says_names_each_axis_once():
    figure = Figure()
    for k, axes in enumerate(figure.subplots(1, 3, sharey=True)):
        axes.set(xlabel=("lr", "lr", "lr\nshade: gamma")[k], ylabel="" if k else "accuracy")
    assert drawing.says(figure) == "accuracy against lr; lr, shade: gamma."
