"""One base's score in words and tables: where its points came from and went, and what would bring more.

`r` is an evaluation; `base_id` one that is scored, as `pick` gives it.
"""

import pandas as pd

from ecanalysis.deciding import coverage
from ecanalysis.form.fields import FIELDS, GROUPS
from ecanalysis.presenting.tables import KINDS, MISSING, REGION_NAMES, answer, inline, label, number
from ecanalysis.presenting.tables.scores import bound, gap, item
from ecanalysis.scoring import explain
from ecanalysis.scoring.standing import tier_places

STATES = {"missing": "未填报", "unreadable": "已作答，未能读取"}


def pick(r, text: str = "") -> str | None:
    """The base a notebook explains: the one `text` means, by part of its name, an alias or its id.

    Without a text, the base of the last tier that is nearest to the next better one (gated ones aside), else the
    one with the lowest total. None where the base is not scored, or nobody is.
    """
    if text:
        base_id = r.find(text)
        return base_id if (r.scores.base_id == base_id).any() else None
    if not len(r.scores):
        return None
    margins = coverage.margins(r.scores, r.points, r.scheme)
    last = margins[(margins.tier == r.scheme.tier_names[-1]) & margins.to_better.notna()]
    if len(last):
        return last.sort_values(["to_better", "base_id"]).base_id.iloc[0]
    return r.scores.sort_values(["total", "base_id"]).base_id.iloc[0]


def of_base(r, base_id: str) -> pd.DataFrame:
    """The base's points, as `explain.explain` gives them."""
    return explain.explain(base_id, r.points, r.bases, r.bounds, r.reported, r.answered)


def reasons(r, base_id: str | None) -> str:
    """Why the base stands where it stands: total, rank, tier and cut-off, losses, strengths and weaknesses."""
    if base_id is None:
        return "没有可以说明的基地：所选基地本轮没有可用的报送，未参评。"
    table = of_base(r, base_id)
    parts = [_standing(r, base_id), _why(r, base_id), _lost(r, table), _compared(table), _lacking(table)]
    return "\n".join(f"- {part}" for part in parts if part)


def _score(r, base_id: str):
    return r.scores[r.scores.base_id == base_id].iloc[0]


def _standing(r, base_id: str) -> str:
    score = _score(r, base_id)
    here = r.scores[r.scores.region == score.region]
    kind = here[here.kind == score.kind]
    return (
        f"**{inline(score['name'])}**（{score.kind}，{inline(score.province)}）总分{number(score.total, 2)}分，"
        f"其中综合{number(score.general, 2)}分、专项{number(score.special, 2)}分；"
        f"在{REGION_NAMES[score.region]}{len(here)}家中列第{score['rank']}位，"
        f"在其中{len(kind)}家{score.kind}中列第{score.rank_in_kind}位。"
    )


def _why(r, base_id: str) -> str:
    """The tier, and what decided it."""
    score = _score(r, base_id)
    margin = coverage.margins(r.scores, r.points, r.scheme).set_index("base_id").loc[base_id]
    said = f"档次为“{score.tier}”。" + _limits(r, score)
    if score.gated:
        own = r.reported[(r.reported.base_id == base_id) & r.reported.code.isin(r.scheme.gate_codes)]
        codes = "、".join(label(code) for code in own[own.value == 1].code)
        return f"{said}按名次或得分本可另列，因一票否决（{codes}填“是”）列入末档；名次不受影响。"
    if pd.notna(margin.to_better):
        said += f"进入上一档还差{gap(margin.to_better)}分"
        fields = margin.could_lift.split(";") if margin.could_lift else []
        said += (
            f"；失分不小于这一差距的单项有{len(fields)}项（{'、'.join(fields[:6])}{'等' if len(fields) > 6 else ''}）。"
            if fields
            else "，没有哪一单项的失分能补足这一差距。"
        )
    if pd.notna(margin.to_worse):
        said += f"比落入下一档的界线高{gap(margin.to_worse)}分。"
    if score.kind == KINDS[0] and pd.notna(margin.to_bottom):
        bottom = f"后{r.scheme.bottom_count}位"
        distance = gap(abs(margin.to_bottom))
        said += (
            f"处于{bottom}，要脱离须再高出{distance}分以上。"
            if score.bottom_three
            else f"比{bottom}中的最高分高{distance}分。"
        )
    return said


def _limits(r, score) -> str:
    """Where the tiers are cut in the base's region."""
    best, good, _ = r.scheme.tier_names
    first, second = r.scheme.tier_cuts
    if r.scheme.tier_by == "score":
        return f"总分{first:g}分及以上为“{best}”，{second:g}分及以上为“{good}”。"
    n = int((r.scores.region == score.region).sum())
    first, second = tier_places(n, r.scheme)
    return f"{REGION_NAMES[score.region]}{n}家中，前{first}位为“{best}”，第{second}位及以前为“{good}”。"


def _lost(r, table: pd.DataFrame) -> str:
    steps = explain.waterfall(table, r.scheme, most=5)
    lost = steps[~steps.step.isin(["full", "others", "total"])]
    if lost.empty:
        return "没有失分。"
    said = "、".join(f"{step_name(row.step)}（{number(-row.points, 2)}分）" for row in lost.itertuples())
    return f"距满分的失分中，最多的是{said}。"


def _compared(table: pd.DataFrame) -> str:
    said = []
    for words, part in (
        ("高于本区域中位水平最多的是", explain.strengths(table)),
        ("低于本区域中位水平最多的是", explain.weaknesses(table)),
    ):
        if len(part):
            said.append(words + "、".join(f"{label(row.code)}（{row.gap:+.2f}分）" for row in part.itertuples()))
    return "；".join(said) + "。" if said else "各项均与本区域中位水平持平。"


def _lacking(table: pd.DataFrame) -> str:
    lacking = table[table.state != ""]
    if lacking.empty:
        return ""
    said = "、".join(f"{label(row.code)}（{STATES[row.state]}）" for row in lacking.itertuples())
    return f"没有有效值的{len(lacking)}项，合计失{number(lacking.lost.sum(), 2)}分：{said}。"


def step_name(step: str) -> str:
    """A step of the waterfall in words."""
    words = {"full": "满分", "others": "其余各项", "total": "总分", "special": "未选报特色"}
    return words.get(step) or label(step)


def points(r, base_id: str | None) -> pd.DataFrame:
    """Every field: value, bounds (and whose, if not the region's own), normalised value, worth, points, the cell."""
    if base_id is None:
        return pd.DataFrame({"指标": []})
    table = of_base(r, base_id)
    main = _main(table)
    rows = []
    own = r.bases.set_index("base_id").region[base_id]
    for row in table.itertuples():
        ends = MISSING
        if FIELDS[row.code].type != "yes_no" and row.low < row.high:
            ends = f"{bound(row.low)}～{bound(row.high)}" + (f"（{row.reference}）" if row.reference != own else "")
        rows.append(
            {
                "指标": label(row.code),
                "填报值": answer(row.code, row.value) if not row.state else STATES[row.state],
                "界值": ends,
                "归一值": number(row.normalised, 3),
                "区域中位": number(row.peer_median, 3),
                "满分": number(row.max_points, 2),
                "得分": number(row.points, 2),
                "单元格": row.cell if (row.file, row.sheet) == main else place(row.file, row.sheet, row.cell),
            }
        )
    return pd.DataFrame(rows)


def _main(table: pd.DataFrame) -> tuple[str, str]:
    """The file and sheet most of a base's values come from."""
    counts = table[table.file != ""].groupby(["file", "sheet"]).size()
    return counts.idxmax() if len(counts) else ("", "")


def where_from(r, base_id: str | None) -> str:
    """From which file and sheet the cells of the table of points are, unless the table says otherwise."""
    file, sheet = _main(of_base(r, base_id)) if base_id else ("", "")
    return f"填报值取自 {inline(file)} 的工作表“{inline(sheet)}”；取自他处的，表13中写明。" if file else ""


def place(file: str, sheet: str, cell: str) -> str:
    """Where a value stands, in one cell of a table.

    >>> place("a.xlsx", "报告表", "E14"), place("corrections.csv", "", "第5行"), place("", "", "")
    ('a.xlsx，报告表!E14', 'corrections.csv，第5行', '—')
    """
    return "，".join(part for part in (file, "!".join(filter(None, (sheet, cell)))) if part) or MISSING


def parts(r, base_id: str | None) -> pd.DataFrame:
    """Points by group and feature."""
    if base_id is None:
        return pd.DataFrame({"部分": []})
    table = explain.by_part(of_base(r, base_id), r.scheme)
    names = {**GROUPS, "special": "专项（未选报特色）"}
    return pd.DataFrame(
        {
            "部分": [names.get(part) or item(part) for part in table.part],
            "满分": table.max_points.map(lambda value: number(value, 2)),
            "得分": table.points.map(lambda value: number(value, 2)),
            "失分": table.lost.map(lambda value: number(value, 2)),
        }
    )


def waterfall(r, base_id: str | None) -> pd.DataFrame:
    """What the waterfall figure plots: step in words, points, start, end."""
    if base_id is None:
        return pd.DataFrame({"step": [], "points": [], "start": [], "end": []})
    table = explain.waterfall(of_base(r, base_id), r.scheme)
    return table.assign(step=table.step.map(step_name))


def more(r, base_id: str | None, most: int = 10) -> pd.DataFrame:
    """What one more unit would bring, most first."""
    if base_id is None:
        return pd.DataFrame({"指标": []})
    table = explain.one_more(base_id, *r.scored_tables, r.scheme, r.goalposts)
    table = table.sort_values("gain", ascending=False, kind="stable").head(most)
    return pd.DataFrame(
        {
            "指标": [label(code) for code in table.code],
            "现填报值": [answer(code, value) for code, value in zip(table.code, table.value)],
            "如改为": [answer(code, value) for code, value in zip(table.code, table.better)],
            "总分变化": [f"{gain:+.3f}" for gain in table.gain],
        }
    )
