"""A round's submissions as a whole: counted by hand on a small round, and the notebook on rounds of every kind."""

import ast
import json
import re

import pytest

from ecanalysis import load_round, paths
from ecanalysis.comparing import base_period
from ecanalysis.form.blank import write_template
from ecanalysis.form.words import ISSUE_NAMES
from ecanalysis.presenting import submissions
from ecanalysis.presenting.returns import return_list
from ecanalysis.reading import checks
from ecanalysis.rounds import peers
from ecanalysis.rounds import round as rounds

YEAR = 2025
WELL = {(code, YEAR): 0 for code in ("C10a", "C10b", "C11")} | {
    ("L1", YEAR): 30, ("L2", YEAR): 12, ("L3", YEAR): 1, ("L4", YEAR): 1, ("C14", YEAR): 50, ("C17", YEAR): 900,
}  # fmt: skip
ROSTER = [
    ("B1", "示例·甲园", "浙江", "示范基地"),
    ("B2", "示例·乙园", "浙江", "集聚区"),
    ("B3", "示例·丙园", "青海", "示范基地"),
    ("B4", "示例·丁园", "大连", "示范基地"),
]


def make_round(folder, forms: dict[str, dict], corrections=()):
    """A round folder: the roster above, and a form for each base_id in `forms` with its answers and particulars."""
    names = {base_id: name for base_id, name, *_ in ROSTER}
    (folder / "submissions").mkdir(parents=True)
    for base_id, (answers, particulars) in forms.items():
        particulars = {"base_name": names.get(base_id, base_id), "review_opinion": "同意", **particulars}
        write_template(folder / "submissions" / f"{base_id}.xlsx", int(folder.name), answers, particulars)
    lines = [f"{base_id},{name},,{province},{kind}" for base_id, name, province, kind in ROSTER]
    (folder / "roster.csv").write_text("\n".join(["base_id,name,aliases,province,kind", *lines]), encoding="utf-8")
    if corrections:
        text = "\n".join(["base_id,code,year,value,reason", *corrections])
        (folder / "corrections.csv").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    said = {"suggestions": "多办\n培训"}
    forms = {
        "B1": ({**WELL, ("C04", YEAR): "若干", ("C09", YEAR): 7, ("C16", YEAR): 5, ("C16", YEAR - 1): 90_000}, said),
        "B2": ({**WELL, ("C04", YEAR): 12, ("C17", YEAR): 3}, said),
        "B3": ({**WELL, ("C04", YEAR): 0, ("S1", YEAR): 2}, {"suggestions": "无 <b>意见</b>"}),
        "示例·戊园": (WELL, {}),
    }
    corrections = ["B1,C04,2025,30,电话核实", "B1,C16,2025,88000,误填万件", "B2,C09,2025,1,补报"]
    return rounds.read_round(make_round(tmp_path_factory.mktemp("small") / str(YEAR), forms, corrections))


def test_coverage_counts_the_roster_against_what_came(small):
    by_province = submissions.coverage(small.roster, small.submitted, ["province", "kind"])
    assert by_province.values.tolist() == [
        ["浙江", "示范基地", 1, 1, 0, 1.0],
        ["浙江", "集聚区", 1, 1, 0, 1.0],
        ["青海", "示范基地", 1, 1, 0, 1.0],
        ["大连", "示范基地", 1, 0, 1, 0.0],
    ]
    assert submissions.with_whole(by_province).iloc[-1].tolist() == ["全国", "合计", 4, 3, 1, 0.75]


def test_completeness_counts_features_among_those_who_chose_them(small):
    complete = submissions.completeness(small.values, small.answered, small.submitted, YEAR)
    assert complete.filled_share.is_monotonic_increasing and "A1" not in set(complete.code)
    of = {row.code: (row.expected, row.filled, row.lacking, row.provinces) for row in complete.itertuples()}
    assert of["C04"] == (3, 3, 0, "") and of["C09"] == (3, 2, 1, "青海1")
    assert of["S1"] == (1, 1, 0, "") and of["S2"] == (1, 0, 1, "青海1") and of["C01"] == (3, 0, 3, "浙江2、青海1")


def test_faults_are_counted_by_kind_with_the_first_place(small):
    kinds = submissions.faults(small.issues).set_index("kind")
    assert kinds.loc["employment_below_enterprises", ["issues", "forms"]].tolist() == [1, 1]
    assert kinds.loc["employment_below_enterprises", "example"].startswith("B2.xlsx · ")
    assert kinds.loc["unreadable", "severity"] == "error" and "!G" in kinds.loc["unreadable", "example"]
    assert kinds.issues.sum() == len(small.issues) and kinds.issues.is_monotonic_decreasing


def test_what_a_reviewer_settled_is_marked_and_not_sent_back(small):
    issues = submissions.with_corrections(small.issues, small.corrections, YEAR)
    assert issues.drop(columns="corrected").equals(small.issues)
    settled = issues[issues.corrected != ""]
    assert list(zip(settled.kind, settled.code, settled.corrected)) == [
        ("unreadable", "C04", "30人次（电话核实）"),
        ("far_from_base_period", "C16", "88,000件（误填万件）"),
    ]
    open_ones = issues[issues.corrected == ""]
    listed = return_list(small.files, open_ones, small.values, small.forms, YEAR, small.roster)
    assert ("B1.xlsx", "C04") not in set(zip(listed.file, listed.code))
    assert ("浙江", "B2.xlsx", "C17") in set(zip(listed.province, listed.file, listed.code))
    counted = submissions.to_return(listed, small.not_submitted).set_index("province")
    assert counted.loc["大连"].tolist() == [0, 0, 0, 0, 1] and counted.loc["浙江", "warning"] == 1
    assert list(counted.index) == ["浙江", "青海", "大连"]
    assert submissions.with_whole(counted.reset_index()).iloc[-1].tolist() == ["全国", *counted.sum().tolist()]


def test_the_ledger_holds_every_line_and_what_it_changes_for_everybody(evaluation):
    ledger, lines, effects = submissions.ledger(evaluation), evaluation.round.corrections, evaluation.correction_effects
    assert list(ledger.line) == sorted(lines.line) and set(ledger.settled) == {"accepted"}
    assert ledger.ranks_moved.sum() == effects.ranks_moved.sum() > 0
    assert ledger.set_index("code").corrected["C16"] == "40,810,000件"
    base = evaluation.scores.set_index("base_id").total[ledger.base_id]
    assert ledger.total_after.to_numpy() == pytest.approx(base.to_numpy())


def test_suspicious_values_are_those_that_were_taken_but_doubted(small):
    assert list(submissions.suspicious(small.issues).kind) == ["far_from_base_period", "employment_below_enterprises"]


def test_suggestions_are_collected_by_province_in_the_bases_own_words(small):
    said = submissions.suggestions(small.forms, small.submitted)
    assert said.values.tolist() == [
        ["浙江", "多办 培训", ["示例·甲园", "示例·乙园"]],
        ["青海", "无 <b>意见</b>", ["示例·丙园"]],
    ]


def test_every_kind_of_issue_has_a_name_for_people():
    """The kinds are read from the text of the package: whoever adds a rule adds its name."""
    source = "".join(
        path.read_text("utf-8")
        for path in (paths.PROJECT / "ecanalysis").rglob("*.py")
        if not {"tables", "sample", "blank.py"} & set(path.parts)
    )
    written = set(re.findall(r'(?:"(?:error|warning)",\s+|warnings\()"([a-z_]{5,})"', source))
    ruled = {rule.__name__ for rule in checks.RULES} | {peers.far_above_peers.__name__, peers.far_below_peers.__name__}
    ruled |= {base_period.growth_mismatch.__name__, "correction_unchanged", "correction_unused"}
    written -= {"error", "warning"}
    assert {"unreadable", "duplicate", "not_on_roster"} <= written | ruled
    assert written | ruled <= set(ISSUE_NAMES)


def cells_of_notebook():
    notebook = json.loads((paths.PROJECT / "notebooks" / "01_submissions.ipynb").read_text("utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_the_notebook_in_the_repository_was_run_in_order():
    notebook = json.loads((paths.PROJECT / "notebooks" / "01_submissions.ipynb").read_text("utf-8"))
    counts = [cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


KINDS_OF_ROUND = {
    "nothing submitted": {},
    "one base, nothing wrong": {"B1": (WELL, {})},
    "a stranger alone": {"示例·戊园": (WELL, {})},
    "five bases and faults": {
        "B1": ({**WELL, ("C04", YEAR): "若干"}, {}),
        "B2": (WELL, {"suggestions": "<script>alert(1)</script>$x$"}),
        "B3": ({}, {}),
        "B4": ({("I1", YEAR): 0}, {"review_opinion": ""}),
    },
}


@pytest.mark.parametrize("forms", KINDS_OF_ROUND.values(), ids=KINDS_OF_ROUND)
def test_the_notebook_works_for_every_round(tmp_path, forms):
    folder = make_round(tmp_path / str(YEAR), forms)
    names: dict = {}
    shown = []
    for source in cells_of_notebook():
        source = re.sub(r"^round_year = .*", f"round_year = {str(folder)!r}", source)
        source = re.sub(r"(?m)^previous_year = .*", "previous_year = None", source)
        shown.append(_last_value(source, names))
    outputs = [one._repr_mimebundle_()[0] for one in shown if hasattr(one, "_repr_mimebundle_")]
    html = "".join(output.get("text/html", "") for output in outputs)
    assert html.count("<table") == 11 and "<script>alert" not in html
    assert sum("image/png" in output for output in outputs) == 3
    said = "".join(one.data for one in shown if hasattr(one, "data") and hasattr(one, "_repr_markdown_"))
    assert "nan" not in said and "<script>" not in said and "0个有问题" not in said
    assert load_round(folder).year == YEAR


def _last_value(source: str, names: dict):
    """Run a cell and give the value of its last expression, as a notebook shows it."""
    tree = ast.parse(source)
    *body, last = tree.body or [None]
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    exec(compile(ast.Module([last], []), "cell", "exec"), names)
    return None
