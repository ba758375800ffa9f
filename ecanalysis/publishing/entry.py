"""The ministry's entry page of a report: the results of the round, the bases concerned, the progress of the provinces,
the changes since the last run, and links to every page and paper."""

from pathlib import Path
from urllib.parse import quote

import pandas as pd

from ecanalysis import __version__
from ecanalysis.deciding.distance import to_threshold
from ecanalysis.deciding.watchlist import silent_bottom
from ecanalysis.evaluation import Evaluation
from ecanalysis.form.words import COUNTRY, SHORT_REGION_NAMES, SHORT_STATUS_NAMES
from ecanalysis.presenting import national, schemes
from ecanalysis.presenting.display import in_chinese, look
from ecanalysis.presenting.submissions import came, open_issues
from ecanalysis.presenting.workbook import SCORES
from ecanalysis.publishing import explore
from ecanalysis.publishing.html import changes_in_words, entry_page

PAPERS = {".docx": "（Word）", ".xlsx": "（Excel）", ".pdf": ""}
# The tables of bases, and the statuses listed in each.
CONCERNED = {
    "proposed": ("revoke", "add", "add_gated", "add_over_quota"),
    "warned": ("not_submitted", "at_risk"),
    "better": ("recovered", "promising"),
}


def entry(r: Evaluation, manifest: dict) -> str:
    """index.html as text, from an evaluation and its report's manifest."""
    lists = [Path(name) for name in manifest.get("files", {}) if name.startswith("provinces/")]
    pages = [_described(page, manifest["titles"], lists) for page in manifest["pages"]]
    there = [page for page in pages if page["sha256"]]
    of_base, of_case, of_province = _places(there)
    papers = {page["subject"]: page["papers"] for page in there if page["group"] == "provinces"}
    content = {
        "year": r.year,
        "previous": r.previous and r.previous.year,
        "date": _day(manifest["run"]["finished"]),
        "results": results(r),
        "counts": counts(r),
        **{name: linked(concerned(r, statuses), of_base | of_case) for name, statuses in CONCERNED.items()},
        "progress": linked(progress(r), of_province, "province"),
        "papers": papers,
        "changed": changed(r, manifest.get("changes", {})),
        "stale": [page for page in there if page["stale"]],
        "failed": [page for page in pages if page["status"] == "failed"],
        "national": [page for page in there if page["group"] == "national"],
        "workbook": quote(SCORES) if SCORES in manifest.get("files", {}) else "",
        "decisions": [page for page in there if page["group"] == "decisions"],
        "everybody": everybody(r, of_base, of_case, of_province, papers),
        "assumed": schemes.assumed(r.scheme),
        "version": __version__,
        "scheme": r.scheme.called,
    }
    return entry_page(content)


def inquiry(r: Evaluation, manifest: dict) -> str:
    """explore.html as text (`explore.page`)."""
    there = [_described(page, manifest["titles"], []) for page in manifest["pages"] if page.get("sha256")]
    return explore.page(r, *_places(there), _day(manifest["run"]["finished"]))


# The pages that link to all others, by file: title and function.
FRONT = {"index.html": ("入口页", entry), "explore.html": ("结果查询页", inquiry)}


def _places(there: list[dict]) -> list[dict[str, str]]:
    """The addresses of the pages of bases and of proposals, by base_id, and of provinces, by name."""
    kinds = {"bases": "base_id", "decisions": "base_id", "provinces": "subject"}
    return [{page[key]: page["href"] for page in there if page["group"] == kind} for kind, key in kinds.items()]


def results(r: Evaluation) -> dict[str, int]:
    """The numbers of bases by tier, proposal and warning, by the words used on the page."""
    tiers, statuses = r.scores.tier.value_counts(), r.watchlist.status.value_counts()
    told = {"建议取消": "revoke", "建议增补": "add", "本次处于后3位": "at_risk", "脱离后3位": "recovered"}
    return {
        **{tier: int(tiers.get(tier, 0)) for tier in r.scheme.tier_names},
        "其中一票否决": int(r.scores.gated.sum()),
        **{words: int(statuses.get(status, 0)) for words, status in told.items()},
    }


def counts(r: Evaluation) -> dict[str, int]:
    """应报, 已报, 参评 and so on, by the words used on the page."""
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


def concerned(r: Evaluation, statuses: tuple[str, ...]) -> pd.DataFrame:
    """The bases with one of these statuses, in the order of the statuses, then furthest below the threshold first.

    Among bases without a usable submission, those previously in the bottom three come first.
    """
    listed = r.watchlist[r.watchlist.status.isin(statuses)]
    lines = to_threshold(r.scores, r.scheme).set_index("base_id").margin
    frame = listed.assign(
        margin=listed.base_id.map(lines).astype(float),
        verdict=listed.base_id.map(r.decisions.set_index("base_id").verdict),
        province=listed.base_id.map(r.roster.set_index("base_id").province),
        region=listed.region.map(SHORT_REGION_NAMES),
        order=listed.status.map({status: place for place, status in enumerate(statuses)}),
        calm=(listed.status == "not_submitted") & ~silent_bottom(listed),
    )
    frame["status"] = frame.base_id.map(came(r)).fillna(frame.status)  # more informative without a score
    frame = frame.sort_values(["calm", "order", "margin", "base_id"], kind="stable")
    columns = ["base_id", "name", "status", "verdict", "province", "region", "kind", "rank_in_kind_previous"]
    return frame[[*columns, "rank_in_kind", "margin"]]


def progress(r: Evaluation) -> pd.DataFrame:
    """The progress of each province's submissions, those with most left to do first."""
    table = national.progress(r.roster, r.bases, r.not_submitted, open_issues(r))
    return table.rename(columns={"returned": "被退回", "unmatched": "名称不符", "absent": "未报送"})


def linked(frame: pd.DataFrame, hrefs: dict[str, str], key: str = "base_id") -> dict:
    """A frame for the template: its headings and rows as text, each row with the address its name links to."""
    keys = frame[key].tolist()
    shown = in_chinese(frame.drop(columns="base_id", errors="ignore"))
    looks = [look(shown.iloc[:, place], heads_rows=place == 0) for place in range(shown.shape[1])]
    rows = [
        {"key": key, "href": hrefs.get(key, ""), "name": name, "cells": list(zip(looks[1:], cells))}
        for key, (name, *cells) in zip(keys, shown.itertuples(index=False, name=None))
    ]
    return {"heads": list(zip(looks, shown.columns)), "rows": rows}


def everybody(r: Evaluation, of_base: dict, of_case: dict, of_province: dict, papers: dict) -> list[dict]:
    """The entries of the search: all bases on the roster, and the provinces, each with its address."""
    tiers = dict(zip(r.scores.base_id, r.scores.tier))
    statuses = dict(zip(r.watchlist.base_id, r.watchlist.status))
    received = came(r)
    provinces = [
        {"name": f"{name}省级反馈", "href": href, "province": name, "kind": "省级反馈", "papers": papers[name]}
        for name, href in of_province.items()
    ]
    bases = [
        {
            "name": base.name,
            "href": of_base.get(base.base_id, ""),
            "base_id": base.base_id,
            "also": base.aliases,
            "province": base.province,
            "kind": base.kind,
            "received": received.get(base.base_id, "已接收"),
            "tier": tiers.get(base.base_id, ""),
            "status": SHORT_STATUS_NAMES.get(statuses.get(base.base_id, "ok"), "") if statuses else "",
            "papers": [("建议判定书", of_case[base.base_id])] if base.base_id in of_case else [],
        }
        for base in r.roster.itertuples()
    ]
    return [*bases, *provinces]


def standing(r: Evaluation) -> dict[str, list[str]]:
    """base_id -> tier ("" without a score) and status of every base on the roster, recorded for the next run."""
    tiers = dict(zip(r.scores.base_id, r.scores.tier))
    statuses = dict(zip(r.watchlist.base_id, r.watchlist.status))
    return {base_id: [tiers.get(base_id, ""), statuses.get(base_id, "")] for base_id in r.roster.base_id}


def changed(r: Evaluation, told: dict) -> list[str]:
    """The changes since the previous run in sentences; `told` is the result of `reports.changes`."""
    if not told:
        return changes_in_words({})
    names = dict(zip(r.roster.base_id, r.roster.name))
    bases = [(names.get(base_id, base_id), then, now) for base_id, then, now in told["bases"]]
    both = [one for one in bases if one[1] and one[2]]
    words = {"new": "新增", "changed": "更新", "gone": "减少"}
    files = [(word, [name.replace("\n", " ") for name in told["files"][kind]]) for kind, word in words.items()]
    moved = [
        (what, [(name, _called(then[at]), _called(now[at])) for name, then, now in both if then[at] != now[at]])
        for at, what in enumerate(("档次", "结论"))
    ]
    return changes_in_words(
        {
            "since": _day(told["since"]) + told["since"][11:16],
            "files": [one for one in files if one[1]],
            "scheme": told["scheme"],
            "code": told["code"],
            "moved": [one for one in moved if one[1]],
            "joined": [name for name, then, _ in bases if not then],
            "left": [name for name, _, now in bases if not now],
        }
    )


def _day(when: str) -> str:
    """A date in the format of official papers.

    >>> _day("2026-11-07T01:30:00+08:00")
    '2026年11月7日'
    """
    year, month, day = map(int, when[:10].split("-"))
    return f"{year}年{month}月{day}日"


def _called(word: str) -> str:
    return SHORT_STATUS_NAMES.get(word, word) or "未参评"


def _described(page: dict, titles: dict[str, str], lists: list[Path]) -> dict:
    group, subject = page["kind"], page["subject"]
    called = {"national": titles.get(page["name"], page["name"]), "provinces": f"{subject}省级反馈"}
    files = [Path(name) for name in page.get("sha256", {})]
    if group == "provinces":
        files += [name for name in lists if name.parent == Path(page["html"]).parent]
    return {
        **{key: page.get(key, "") for key in ("status", "message", "kept", "sha256", "stale", "subject")},
        "base_id": page["parameters"].get("base_id", ""),
        "group": group,
        "called": called.get(group, subject),
        "href": quote(page["html"]),
        "papers": [(_paper(file), quote(file.as_posix())) for file in files if file.suffix in PAPERS],
    }


def _paper(file: Path) -> str:
    """The text of a link to a paper; a Word paper is named by its kind.

    >>> [_paper(Path(name)) for name in ("公示名单.xlsx", "反馈函_浙江.docx", "B112_甲园.docx", "00_national.pdf")]
    ['公示名单（Excel）', '反馈函（Word）', 'Word', 'PDF']
    """
    if file.suffix == ".pdf":
        return "PDF"
    what = file.stem.split("_")[0]
    return "Word" if what.isascii() else what + PAPERS[file.suffix]
