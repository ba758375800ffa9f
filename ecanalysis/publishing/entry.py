"""The ministry's entry page of a report: who took part, whom two rounds concern, and where every page is."""

from pathlib import Path
from urllib.parse import quote

import pandas as pd

from ecanalysis import __version__
from ecanalysis.deciding.distance import to_threshold
from ecanalysis.evaluation import Evaluation
from ecanalysis.form.words import COUNTRY, SHORT_REGION_NAMES
from ecanalysis.outputs import written_whole
from ecanalysis.presenting import national, schemes
from ecanalysis.presenting.display import show

NATIONAL = {
    "00_national": "综合评价简报",
    "01_submissions": "报送情况",
    "02_scores": "评分结果",
    "03_base_period": "与基期相比",
    "04_regions": "区域比较",
    "05_two_rounds": "两轮对比",
    "06_robustness": "结果的稳健程度",
    "07_method": "评分方法的检验",
}
GAP = "距门槛为本次总分与后3位界线之差，负数表示尚差的分数；后3位按评分方案的范围计。"
REMOVED = "连续两次综合评价成绩处于后3位的示范基地（报告表注4），以商务部决定为准。"
ADDED = "连续两次综合评价成绩靠前的集聚区（报告表注4），以商务部决定为准。"
PROPOSED = ["name", "region", "status", "rank_in_kind_previous", "rank_in_kind", "reason"]
WATCHED = ("not_submitted", "revoke", "at_risk", "recovered", "promising")


def write_entry(r: Evaluation, manifest: dict, report: Path) -> None:
    """Write index.html into a report, from the evaluation and the report's manifest."""
    from ecanalysis.publishing.html import entry_page

    with written_whole(report / "index.html") as temporary:
        temporary.write_text(entry_page(content(r, manifest)), "utf-8")


def content(r: Evaluation, manifest: dict) -> dict:
    """What the entry page shows, by the names its template uses."""
    bases = r.scores.set_index("base_id")[["province", "kind", "tier"]].to_dict("index")
    pages = [_described(bases, page) for page in manifest["pages"]]
    there = [page for page in pages if page["sha256"]]
    return {
        "title": f"国家电子商务示范基地综合评价（{r.year}年）",
        "year": r.year,
        "compared": f"对比轮次：{r.previous.year}年" if r.previous else "首轮，没有上一轮可比",
        "date": manifest["run"]["finished"][:10],
        "counts": counts(r),
        "tables": [
            ("watched", "二、预警名单", watched(r), GAP),
            ("removed", "三、取消示范资格建议", removed(r), REMOVED),
            ("added", "四、增补建议", added(r), ADDED),
        ],
        "stale": [page for page in there if page["stale"]],
        "failed": [page for page in pages if page["status"] == "failed"],
        "national": [page for page in there if page["group"] == "national"],
        "local": [page for page in there if page["group"] in ("provinces", "bases")],
        "decisions": [page for page in there if page["group"] == "decisions"],
        "assumptions": [
            f"以上结果所依据的{'、'.join(schemes.assumed(r.scheme))}为本方案的假设，报告表未作规定，"
            f"详见《{NATIONAL['00_national']}》。",
            "总分在本区域、本轮之内定标，不同区域、不同轮次的总分不宜直接比较。",
        ],
        "colophon": f"ecanalysis {__version__} · 评分方案：{r.scheme.title}",
        "show": show,
    }


def counts(r: Evaluation) -> dict[str, int]:
    """应报, 已报, 参评 and so on, by the words of the page."""
    taken = national.participation(r.roster, r.bases)
    nation = taken[taken.region == COUNTRY]
    return {
        "应报（家）": int(nation.listed.sum()),
        "已报（家）": int(nation.listed.sum()) - len(r.not_submitted),
        "参评（家）": int(nation.scored.sum()),
        "无可用报送（家）": len(r.not_submitted),
        "报送文件": int((r.files.status != "evidence").sum()),
        "退回文件": int((r.files.status == "rejected").sum()),
        "名单外（家）": len(r.unmatched),
    }


def watched(r: Evaluation) -> pd.DataFrame:
    """Every base whose standing over two rounds calls for attention, with its distance to the bottom three."""
    listed = _listed(r, WATCHED)
    margin = listed.base_id.map(to_threshold(r.scores, r.scheme).set_index("base_id").margin)
    return listed.assign(margin=margin.astype(float))[
        ["name", "kind", "region", "status", "total_previous", "total", "margin"]
    ]


def removed(r: Evaluation) -> pd.DataFrame:
    """Proposed to lose the title."""
    return _listed(r, ("revoke",))[PROPOSED]


def added(r: Evaluation) -> pd.DataFrame:
    """Proposed to be added, and those who would be but for a gate or the quota."""
    return _listed(r, ("add", "add_gated", "add_over_quota"))[PROPOSED]


def _listed(r: Evaluation, statuses: tuple[str, ...]) -> pd.DataFrame:
    """The rows of the watchlist with one of these statuses; none in a first round."""
    listed = r.watchlist[r.watchlist.status.isin(statuses if r.previous else ())]
    return listed.assign(region=listed.region.map(SHORT_REGION_NAMES))


def _described(bases: dict[str, dict], page: dict) -> dict:
    group, subject = page["kind"], page["subject"]
    of_base = bases.get(page["parameters"].get("base_id"), {"province": subject, "kind": "省级反馈", "tier": ""})
    called = {"national": NATIONAL.get(page["name"], page["name"]), "provinces": f"{subject}省级反馈"}
    return {
        **{key: page.get(key, "") for key in ("status", "message", "kept", "sha256", "stale")},
        **{key: of_base[key] for key in ("province", "kind", "tier")},
        "group": group,
        "called": called.get(group, subject),
        "href": quote(page["html"]),
    }
