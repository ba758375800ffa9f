"""Sentences, tables and figures on scores: true for a full round, and said in words for an odd one."""

import matplotlib.pyplot as plt
import pytest
from tidy_round import evaluated, random_round, tables

from ecanalysis.presenting.charts import scores as draw
from ecanalysis.presenting.schemes import entries
from ecanalysis.presenting.tables import coverage, explained, scores, title
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


@pytest.mark.parametrize("name", ROUNDS)
def test_every_table_sentence_and_figure_copes(name):
    r = ROUNDS[name]
    base_id = explained.pick(r)
    assert (base_id is None) == (name == "nobody")
    for sentence in (title, scores.headline, scores.lowest, scores.unflagged, scores.weights_sentence):
        assert "nan" not in sentence(r)
    for sentence in (coverage.rests_on_sentence, coverage.references_sentence, coverage.best_only_sentence):
        assert "nan" not in sentence(r)
    assert "nan" not in explained.reasons(r, base_id) + explained.where_from(
        r, base_id
    ) and "nan" not in coverage.compared_sentence(r)
    frames = [
        scores.totals_by_group(r),
        scores.tiers_by_region(r),
        scores.near_cuts(r),
        *(scores.league(r, region) for region in "东中西"),
        scores.separation(r),
        scores.weights(r),
        scores.no_difference(r),
        scores.redundant(r),
        explained.points(r, base_id),
        explained.parts(r, base_id),
        explained.more(r, base_id),
        coverage.missing(r),
        coverage.rests_on(r),
        coverage.references(r),
        coverage.extremes(r),
        coverage.best_only(r),
        coverage.gates(r),
        coverage.compared(r),
        entries(r.scheme),
    ]
    for frame in frames:
        assert not frame.isna().any(axis=None)
        assert not frame.astype(str).isin(["nan", "None"]).any(axis=None)
    figures = [draw.distribution(*scores.spread_of(r, part), part, "分") for part in ("total", "general", "special")]
    figures += [draw.separation(scores.apart(r)), draw.weights(scores.weighed(r))]
    figures.append(draw.waterfall(explained.waterfall(r, base_id)))
    for figure in figures:
        plt.close(figure)


def test_headline_counts_what_the_tables_show():
    r, text = FULL, scores.headline(FULL)
    counts = r.scores.tier.value_counts()
    assert all(f"“{tier}”{counts[tier]}家" in text for tier in r.scheme.tier_names)
    assert f"参评{len(r.scores)}家" in text and f"中位数{r.scores.total.median():.1f}分" in text
    near = scores.near_cuts(r, most=99)
    assert (f"1分以内的有{len(near)}家" in text) == (len(near) > 0)
    assert f"必须补正的{len(coverage.gates(r))}家" in text
    assert f"合计缺报{r.scores.missing.sum()}项" in text


def test_the_explanation_says_why_a_base_is_in_the_last_tier():
    r = FULL
    base_id = explained.pick(r)
    row = r.scores.set_index("base_id").loc[base_id]
    text = explained.reasons(r, base_id)
    assert row.tier == "成效初显" and not row.gated and "档次为“成效初显”" in text
    n = (r.scores.region == row.region).sum()
    assert f"第{row['rank']}位" in text and f"第{-(-80 * n // 100)}位及以前为“成效明显”" in text
    better = r.scores[(r.scores.region == row.region) & (r.scores.gated == 0) & (r.scores.tier == "成效明显")]
    here = r.scores[r.scores.region == row.region].total.round(6).sort_values(ascending=False)
    gap = here.iloc[-(-80 * n // 100) - 1] - round(row.total, 6)
    assert f"进入上一档还差{scores.gap(gap)}分" in text and gap <= better.total.min() - row.total + 1e-6


def test_a_gated_base_is_told_why():
    gated = FULL.scores[FULL.scores.gated == 1].base_id.iloc[0]
    assert "一票否决" in explained.reasons(FULL, gated) and "填“是”" in explained.reasons(FULL, gated)


def test_what_is_assumed_is_said_as_the_scheme_has_it():
    official = DEFAULT.replace('basis = "assumed"', 'basis = "official"')
    other = evaluated(random_round(30), schemes.parse(official))
    assert "分档办法（暂定）" in scores.headline(FULL) and "（暂定）" not in scores.headline(other)
    assert "各级权重为暂定" in coverage.rests_on_sentence(FULL)
    assert "暂定的归一化" not in coverage.rests_on_sentence(
        other
    ) and "各级权重为暂定" not in coverage.rests_on_sentence(other)
    best = schemes.parse(DEFAULT.replace('combine = "mean"', 'combine = "best"'))
    assert "不影响得分" in coverage.best_only_sentence(evaluated(random_round(30), best))


def test_a_region_with_few_demonstration_bases_is_named():
    assert "西部（含东北）" in scores.unflagged(evaluated(random_round(20)))
    assert "均多于3家" in scores.unflagged(evaluated(random_round(90)))


def test_alternatives_that_lack_their_round_are_named():
    assert "固定界值法" not in coverage.compared_sentence(evaluated(random_round(12), year=2025))
    later = evaluated(random_round(12), year=2027)
    assert "固定界值法" in coverage.compared_sentence(later)
    assert not coverage.compared(later).方案.str.contains("固定界值法").any()
    assert coverage.compared(FULL).方案.str.contains("固定界值法").any()


def test_explained_points_are_those_of_the_scores():
    table = explained.points(FULL, "B010")
    assert table.得分.astype(float).sum() == pytest.approx(FULL.scores.set_index("base_id").total["B010"], abs=0.15)
    own = FULL.reported[FULL.reported.base_id == "B010"]
    assert table.单元格[table.单元格.str.startswith("D")].tolist() == own.cell.tolist()
    assert "B010&#46;xlsx 的工作表“报告表”" in explained.where_from(FULL, "B010")  # no link is made of it


def test_a_value_from_elsewhere_names_its_file():
    values, answered, bases = random_round(12)
    corrected = (values.base_id == "B003") & (values.code == "C04")
    values = values.assign(
        file=values.file.where(~corrected, "corrections.csv"),
        sheet=values.sheet.where(~corrected, ""),
        cell=values.cell.where(~corrected, "第2行"),
    )
    table = explained.points(evaluated((values, answered, bases)), "B003").set_index("指标")
    assert table.单元格["C04 电商培训人次"] == "corrections.csv，第2行"
