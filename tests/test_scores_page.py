"""The notebook on scores: true for a full round, and said in words for an odd one."""

import re

import pytest
from notebook_cells import shown, table, text
from tidy_round import evaluated, random_round, tables

from ecanalysis.deciding import coverage
from ecanalysis.scoring import scheme as schemes

DEFAULT = schemes.load().path.read_text("utf-8")
BY_SCORE = DEFAULT.replace('"rank_share"', '"score"').replace("[0.30, 0.80]", "[60, 40]")


FULL = evaluated(random_round(60, seed=2))
NOBODY = tuple(frame.iloc[:0] for frame in random_round(2))
ROUNDS = {
    "full": FULL,
    "tiers by score": evaluated(random_round(30, seed=4), schemes.parse(BY_SCORE)),
    "one base": evaluated(tables({"B0": {"C04": 3, "C11": 1}})),
    "one base without an answer": evaluated(tables({"B0": {}})),
    "only clusters": evaluated(tables({f"B{n}": {"C04": n} for n in range(8)}, kind="集聚区", region="西")),
    "nobody": evaluated(NOBODY),
    "no gate, country": evaluated(
        random_round(20),
        schemes.parse(DEFAULT.replace("on = true", "on = false").replace('scope = "region"', 'scope = "country"')),
    ),
}


def page(r, **parameters) -> str:
    return "\n".join(map(text, shown("02_scores", r, **parameters)))


@pytest.mark.parametrize("name", ROUNDS)
def test_every_table_sentence_and_figure_copes(name):
    r = ROUNDS[name]
    said = page(r)
    assert not re.search(r"\bnan\b|\bNone\b|<NA>", said)
    for sentence in ("本次没有参评基地，没有得分", "没有可以说明的基地"):
        assert (sentence in said) == (name == "nobody")


def test_the_headline_counts_what_the_tables_show():
    found = shown("02_scores", FULL)
    said, counts = text(found[1]), FULL.scores.tier.value_counts()
    assert all(f"“{tier}”{counts[tier]}家" in said for tier in FULL.scheme.tier_names)
    assert f"参评{len(FULL.scores)}家" in said and f"中位数{FULL.scores.total.median():.1f}分" in said
    near = table(found, "near_cuts").count("<tr>") - 1
    assert f"1分以内的有{near}家" in said and near
    assert f"必须补正的{table(found, 'gates').count('<tr>') - 1}家" in said
    assert f"有未填项的{(FULL.scores.missing > 0).sum()}家，合计{FULL.scores.missing.sum()}项" in said


def test_the_explanation_says_why_a_base_is_in_the_last_tier():
    r = FULL
    base_id = coverage.example(r.scores, coverage.margins(r.scores, r.points, r.scheme), r.scheme)
    row = r.scores.set_index("base_id").loc[base_id]
    said = page(r)
    n = (r.scores.region == row.region).sum()
    assert f"家中列第{row['rank']}位" in said and f"第{-(-80 * n // 100)}位及以前为“成效明显”" in said
    here = r.scores[r.scores.region == row.region].total.round(6).sort_values(ascending=False)
    gap = here.iloc[-(-80 * n // 100) - 1] - round(row.total, 6)
    assert f"进入上一档还差{gap:.1f}分" in said and "档次为“成效初显”" in said


def test_a_gated_base_is_told_why():
    gated = FULL.scores[FULL.scores.gated == 1].base_id.iloc[0]
    assert re.search(r"因一票否决（C1\d.*填“是”）列入末档", page(FULL, base=gated))


def test_what_is_assumed_is_said_as_the_scheme_has_it():
    official = DEFAULT.replace('basis = "assumed"', 'basis = "official"')
    said, other = page(FULL), page(evaluated(random_round(30), schemes.parse(official)))
    assert "分档办法（暂定）" in said and "各级权重为暂定" in said and "暂定的归一化" in said
    assert "（暂定）" not in other and "各级权重为暂定" not in other and "暂定的归一化" not in other


def test_every_value_is_shown_with_its_cell_and_no_name_becomes_markup():
    found = shown("02_scores", FULL, base="B010")
    cells = FULL.reported[FULL.reported.base_id == "B010"].cell
    assert all(f"报告表!{cell}<" in table(found, "points") for cell in cells)
    assert any(
        "填报值取自B010&#46;xlsx" in str(getattr(output, "data", "")) for output in found
    )  # no link is made of it
