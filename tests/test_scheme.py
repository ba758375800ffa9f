"""Scheme files: what the default one says, and that everything wrong with one is named with its line."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecanalysis.errors import UserError
from ecanalysis.form.fields import FIELDS
from ecanalysis.scoring import scheme as schemes
from ecanalysis.scoring.scheme import GENERAL, SCORED, parse
from ecanalysis.scoring.scheme_checks import METHODS, TABLES

DEFAULT = schemes.load().path.read_text("utf-8")


def test_the_default_scheme_carries_what_the_project_assumes():
    scheme = schemes.load()
    assert (scheme.general_points, scheme.special_points) == (80, 20)
    assert (scheme.tier_by, scheme.tier_cuts) == ("rank_share", (0.30, 0.80))
    assert scheme.tier_names == ("成效突出", "成效明显", "成效初显")
    assert scheme.gate and scheme.gate_codes == ("C10a", "C10b", "C11")
    assert (scheme.bottom_count, scheme.bottom_scope, scheme.best_count) == (3, "region", 3)
    assert (scheme.quota_total, scheme.quota_remaining) == (100, 100)
    assert (scheme.absence, scheme.firm, len(scheme.open_issues)) == ("asks", 0.9, 9)
    assert (scheme.draws, scheme.seed, scheme.concentration) == (10_000, 20250101, 50)
    logs = {code for code, rule in scheme.rules.items() if rule.transform == "log1p"}
    assert logs == {code for code, field in FIELDS.items() if field.type in ("count", "amount")}
    assert len(logs) == 15
    assert {code for code, rule in scheme.rules.items() if rule.direction == "less"} == {"C10a", "C10b", "C11"}
    assert {rule.missing for rule in scheme.rules.values()} == {"zero"}


def test_every_table_says_on_what_it_rests():
    scheme = schemes.load()
    assert {entry.basis for entry in scheme.entries} == {"official", "assumed"}
    assert all(entry.source and entry.line for entry in scheme.entries)
    tables = {entry.table for entry in scheme.entries}
    assert set(TABLES) <= tables
    assert all(table in TABLES or table.startswith("normalise.") for table in tables)
    official = {entry.table for entry in scheme.entries if entry.basis == "official"}
    assert official == {"parts", "features", "tiers", "bottom", "quota"}
    assert all("报告表" in entry.source for entry in scheme.entries if entry.basis == "official")


def test_entries_name_their_lines():
    lines = DEFAULT.splitlines()
    assert all(lines[entry.line - 1] == f"[{entry.table}]" for entry in schemes.load().entries)


@pytest.mark.parametrize(
    "old, new, line, message",
    [
        ("general = 80", "general = 70", "general", "[parts] general：综合与专项之和应为100，实为90"),
        ("C04 = 1\n", "C04 = 2\n", "out_of", "[items.policy] out_of：权重之和应为4，实为5"),
        ("C04 = 1\n", "", "[items.policy]", "[items.policy] C04：缺少这一项"),
        ("C04 = 1\n", "C04 = 1\nC99 = 0\n", "C99", "[items.policy] C99：没有这一项"),
        ("C10 = 1\n", "C10a = 1\n", "C10a", "[items.service] C10a：没有这一项"),
        ("C04 = 1\n", "C04 = -1\n", "C04 =", "[items.policy] C04：应为不小于0的数，实为-1"),
        ("C04 = 1\n", 'C04 = "1"\n', "C04 =", "[items.policy] C04：应为不小于0的数，实为'1'"),
        ("C04 = 1\n", "C04 = nan\n", "C04 =", "[items.policy] C04：应为不小于0的数，实为nan"),
        ("[groups]", "[group]", "[group]", "group：没有这一项"),
        ("[groups]", "[weights.general]\nC01 = 1\n[groups]", "[weights.general]", "weights：没有这一项"),
        ("policy = 1\n", "policy = 1\nother = 0\n", "other", "[groups] other：没有这一项"),
        ("C10b = 1\n", "C10b = 2\n", "out_of", "[fields.C10] out_of：权重之和应为2，实为3"),
        ("[fields.C10]", "[fields.C12]", "[fields.C12]", "[fields] C12：没有这一项"),
        ("minimum_answered = 1", "minimum_answered = 5", "minimum_answered", "minimum_answered：应为1至4的整数，实为5"),
        ('combine = "mean"', 'combine = "sum"', "combine", "combine：应为 mean、best 之一，实为'sum'"),
        ('set = "region"', 'set = "province"', "set", "[reference] set：应为 region、country 之一"),
        ("minimum = 5", "minimum = 0", "minimum =", "[small_reference] minimum：应为不小于1的整数，实为0"),
        ('policy = "zero"', 'policy = "mean"', "policy =", "[missing] policy：应为 zero、region_median、reweight 之一"),
        ("[normalise.C11]", "[normalise.C99]", "[normalise.C99]", "C99：既不是指标类型，也不是计分指标的代码"),
        ("[normalise.C11]", "[normalise.C03_operator]", "[normalise.C03_operator]", "也不是计分指标的代码"),
        ("[normalise.C11]\n", "[normalise.C11]\nlow = 1\n", "low", "[normalise.C11] low：C11 的方法 yes_no 不用这一项"),
        ('method = "yes_no"', 'method = "min_max"', "method", "C01 是是否题，只能用 yes_no"),
        (
            '[normalise.percent]\nmethod = "min_max"',
            '[normalise.percent]\nmethod = "yes_no"',
            "method",
            "不能用 yes_no",
        ),
        ("upper_quantile = 0.95", "upper_quantile = 95", "upper_quantile", "upper_quantile：应为0至1之间的数，实为95"),
        ("upper_quantile = 0.95", "upper_quantile = 0.05", "upper_quantile", "的 upper_quantile 应大于 lower_quantile"),
        ('names = ["成效突出", ', 'names = ["成效明显", ', "names", "[tiers] names：应为三个互不相同的档次名称"),
        ("cuts = [0.30, 0.80]", "cuts = [0.80, 0.30]", "cuts", "[tier_cuts] cuts：按名次分档时应为0至1之间由小到大"),
        ('by = "rank_share"', 'by = "score"', "cuts", "[tier_cuts] cuts：按得分分档时应为0至100之间由大到小"),
        ("on = true", "on = 1", "on =", "[gate] on：应为 true 或 false，实为1"),
        ('"far_above_peers"', '"far_above_peer"', "issues", "[verdict] issues：应为互不相同的问题类别"),
        ('"C11"]', '"C13"]', "codes", "[gate] codes：应为综合指标中是否题的代码列表"),
        ("count = 3", "count = 3.0", "count", "count：应为不小于1的整数，实为3.0"),
        ("remaining = 100", "remaining = 101", "remaining", "[quota_left] remaining：不应超过名额总数100"),
        ("draws = 10000", "draws = 0", "draws", "[robustness] draws：应为不小于1的整数，实为0"),
        ('basis = "official"', 'basis = "agreed"', "basis", "[parts] basis：应为 official、assumed 之一"),
        ("[quota]\ntotal = 100\nbasis", "[quota]\ntotal = 100\nbase", "[quota]", "[quota] basis：缺少这一项"),
        ('title = "默认方案"', "title = 3", "title", "title：应写明方案名称"),
        ("general = 80", "general : 80", "", "第32行第9列附近 不合TOML的写法"),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, line, message):
    text = DEFAULT.replace(old, new)
    assert text != DEFAULT
    with pytest.raises(UserError, match=re.escape(message)) as raised:
        parse(text)
    if line:
        lines = [number for number, content in enumerate(text.splitlines(), 1) if content.startswith(line)]
        named = {int(number) for number in re.findall(r"第(\d+)行", str(raised.value))}
        assert named & set(lines), f"{raised.value} names none of the lines {lines}"


NEEDS = 'basis = "assumed"\nsource = "试算"\n\n[normalise.C11]'


@pytest.mark.parametrize(
    "table, message",
    [
        ('[normalise.C15]\ntransform = "log1p"', "C15 可能为负数，不能取对数"),
        ('[normalise.C14]\nmethod = "goalposts"\nlow = 9\nhigh = 9', "C14 的 high 应大于 low"),
        ('[normalise.C14]\nmethod = "goalposts"\nlow = -1\nhigh = 9', "C14 取对数时 low 不应小于0"),
        ('[normalise.C14]\nmethod = "goalposts"\nlow = 1', "[normalise.C14] low：C14 的方法 goalposts 不用这一项"),
        ('[normalise.C14]\nmethod = "z_score"', "[normalise.C14] z_limit：C14 的方法 z_score 需要这一项"),
        ('[normalise.C14]\nmethod = "percentile_rank"\nfloor = 0.6', "floor：C14 的方法 percentile_rank 不用这一项"),
        ('[normalise.C14]\nmethod = "steps"\nthresholds = [1, 2]\nmarks = [1]', "且与 marks 个数相同"),
        ('[normalise.C14]\nmethod = "steps"\nthresholds = [2, 1]\nmarks = [0.5, 1]', "thresholds 应由小到大"),
        ('[normalise.C14]\nmethod = "steps"\nthresholds = [1, 2]\nmarks = [1, 0.5]', "marks 应随表现变好而不减"),
        ("[normalise.C14]\nlow = 1\nhigh = 2", "low：C14 的方法 min_max 不用这一项"),
        ('[normalise.C14]\nmethods = "steps"', "[normalise.C14] methods：没有这一项"),
    ],
)
def test_a_fields_own_table_must_fit_its_method_and_type(table, message):
    with pytest.raises(UserError, match=re.escape(message)):
        parse(DEFAULT.replace("[normalise.C11]", f"{table}\n{NEEDS}"))


def test_all_faults_are_told_at_once():
    text = DEFAULT.replace("draws = 10000", "draws = 0").replace("C04 = 1\n", "").replace("on = true", "on = 1")
    with pytest.raises(UserError) as raised:
        parse(text)
    assert len(str(raised.value).splitlines()) == 3


@pytest.mark.parametrize("table", [*TABLES, "normalise.count"])
def test_a_table_that_is_left_out_is_the_defaults_and_none_may_be_misspelt(table):
    head, _, rest = DEFAULT.partition(f"[{table}]\n")
    cut = parse(head + "".join(rest.partition("\n[")[1:]))
    assert cut.document == schemes.load().document and cut.called == "默认方案（其余1项沿用默认方案）"
    with pytest.raises(UserError) as raised:
        parse(DEFAULT.replace(f"[{table}]", f"[{table}_x]"))
    assert f"最接近的是 {table.split('.')[-1]}" in str(raised.value) or len(table.split(".")[-1]) == 1


# --- a scheme that holds what differs -------------------------------------------------------------------

MEETING = 'basis = "assumed"\nsource = "会议"\n'
MISSING = f'[missing]\npolicy = "reweight"\n{MEETING}'
OWN = f'title = "试算"\nextends = "default"\n\n{MISSING}'  # the line that may stand there


def test_a_scheme_file_may_hold_only_what_differs():
    scheme, default = parse(OWN, Path("my.toml")), schemes.load()
    assert parse(OWN.replace('extends = "default"\n', "")).document == scheme.document
    assert scheme.called == f"试算（其余{len(default.entries) - 1}项沿用默认方案）" and default.called == "默认方案"
    for page in ("schemes.md", "schemes.zh-CN.md"):
        text = (Path(__file__).parent.parent / "docs" / page).read_text("utf-8")
        assert scheme.called.removeprefix("试算") in text
    assert scheme.title == "试算" and {rule.missing for rule in scheme.rules.values()} == {"reweight"}
    assert scheme.document == default.document | {"title": "试算", "missing": scheme.document["missing"]}
    places = {entry.table: (entry.file, entry.line) for entry in scheme.entries}
    assert places.pop("missing") == ("my.toml", 4)
    assert places == {entry.table: ("默认方案", entry.line) for entry in default.entries if entry.table != "missing"}


def test_a_table_takes_the_place_of_the_defaults_whole():
    own = (
        OWN + '[normalise.count]\nmethod = "percentile_rank"\ndirection = "more"\nbasis = "assumed"\nsource = "会议"\n'
    )
    assert "lower_quantile" not in parse(own).document["normalise"]["count"]
    assert parse(own).rules["C14"].transform == "none" and parse(own).rules["A2"].transform == "log1p"
    own = OWN + f'[features]\ncombine = "best"\n{MEETING}'
    assert parse(own).combine == "best" and parse(own).minimum_answered["I"] == 1


@pytest.mark.parametrize(
    "own, message",
    [
        (
            OWN.replace("policy =", "polciy ="),
            "方案文件 my.toml 第5行 [missing] polciy：没有这一项（最接近的是 policy）",
        ),
        (OWN.replace('basis = "assumed"\n', ""), "方案文件 my.toml 第4行 [missing] basis：缺少这一项"),
        (OWN + "[gruops]\nx = 1\n", "方案文件 my.toml 第8行 gruops：没有这一项（最接近的是 groups）"),
        (
            OWN + '[quota]\ntotal = 50\nbasis = "assumed"\nsource = "会议"\n',
            "方案文件 默认方案 第264行 [quota_left] remaining",
        ),
        (OWN + "[groups]\n", "方案文件 my.toml 第8行 [groups] policy：缺少这一项"),
        (OWN.replace("default", "other"), "方案文件 my.toml 第2行 extends：只能是 default，实为'other'"),
        (OWN.replace('title = "试算"\n', ""), "方案文件 my.toml title：应写明方案名称（文字）"),
    ],
)
def test_a_part_of_a_scheme_is_checked_as_a_whole(own, message):
    with pytest.raises(UserError, match=re.escape(message)):
        parse(own, Path("my.toml"))


def test_what_is_shown_is_the_whole_and_says_where_it_comes_from():
    scheme = parse(OWN, Path("my.toml"))
    text = schemes.shown(scheme)
    assert "[missing]  # my.toml 第4行" in text and "[parts]  # 默认方案 第" in text
    assert parse(text).document == scheme.document


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UserError, match="找不到方案文件"):
        schemes.load(tmp_path / "none.toml")
    (tmp_path / "gb.toml").write_bytes('title = "方案"'.encode("gb18030"))
    with pytest.raises(UserError, match="应为UTF-8编码"):
        schemes.load(tmp_path / "gb.toml")
    (tmp_path / "bom.toml").write_text("\ufeff" + DEFAULT, "utf-8")
    assert schemes.load(tmp_path / "bom.toml").title == "默认方案"


def test_weights_are_parts_of_their_sum():
    text = DEFAULT.replace("out_of = 3\npolicy = 1\nservice = 1", "out_of = 1\npolicy = 0.3\nservice = 0.2")
    scheme = parse(text.replace("influence = 1\n", "influence = 0.5\n"))
    assert list(scheme.groups.values()) == [0.3, 0.2, 0.5]
    shares = [scheme.share(code) for code in SCORED]
    assert sum(shares[: len(GENERAL)]) == pytest.approx(1) and sum(shares[len(GENERAL) :]) == pytest.approx(4)
    assert scheme.share("C10a") == pytest.approx(float(Fraction(1, 5) * Fraction(1, 9) * Fraction(1, 2)))


def test_every_method_keeps_only_what_it_uses():
    own = '[normalise.C14]\nmethod = "efficacy"\nfloor = 0.6\n' + NEEDS
    rule = parse(DEFAULT.replace("[normalise.C11]", own)).rules["C14"]
    assert (rule.method, rule.floor, rule.lower_quantile, rule.low) == ("efficacy", 0.6, 0.05, None)
    own = '[normalise.C14]\nmethod = "goalposts"\nfrom_round = 2025\n' + NEEDS
    scheme = parse(DEFAULT.replace("[normalise.C11]", own))
    assert scheme.from_rounds == (2025,) and scheme.rules["C14"].upper_quantile == 0.95
    assert schemes.load().from_rounds == ()
    own = '[normalise.C14]\nmethod = "goalposts"\nlow = 0\nhigh = 9\n' + NEEDS
    rule = parse(DEFAULT.replace("[normalise.C11]", own)).rules["C14"]
    assert (rule.low, rule.high, rule.lower_quantile) == (0, 9, None)
    assert set(METHODS) == {"yes_no", "min_max", "goalposts", "percentile_rank", "z_score", "efficacy", "steps"}


@pytest.mark.parametrize("name", ["", *schemes.shipped()])
def test_a_scheme_can_be_written_and_read_back(name, tmp_path):
    scheme = schemes.load(schemes.shipped()[name] if name else None)
    (tmp_path / "copy.toml").write_text(schemes.written(scheme.document), "utf-8")
    again = schemes.load(tmp_path / "copy.toml")
    assert again.document == scheme.document and again.rules == scheme.rules and again.groups == scheme.groups


WORDS = st.sampled_from(
    ["", "[", "[[parts]]", "= 1", "x.y = 2", "true", "[]", "{}", '"zero"', "1e999", "-1", "[[1]]", "\0"]
)


@settings(max_examples=150)
@given(place=st.integers(0, len(DEFAULT.splitlines()) - 1), after=st.booleans(), word=WORDS)
def test_a_damaged_file_is_read_or_refused_in_words(place, after, word):
    lines = DEFAULT.splitlines()
    lines[place] = f"{lines[place].split('=')[0]}= {word}" if after else word
    try:
        assert parse("\n".join(lines)).general_points >= 0
    except UserError as fault:
        assert "方案文件 scheme.toml" in str(fault)
