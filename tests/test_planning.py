"""Which pages a round owes, what they are called, and which of them are meant."""

import dataclasses

import pytest

from ecanalysis.errors import UserError
from ecanalysis.publishing import planning
from ecanalysis.publishing.planning import plan, select

pytestmark = pytest.mark.xdist_group("briefings")  # they share the small rounds


def test_selection_by_kind_name_province_and_base(small, notebooks, tmp_path, monkeypatch):
    pages = plan(small)
    assert [page.name for page in select(pages, ["浙江"])] == ["province-浙江"]
    assert [page.name for page in select(pages, ["示例·甲园区", "T2", "00_national"])] == [
        "00_national",
        "base-T1",
        "base-T2",
    ]
    assert [page.name for page in select(pages, ["00"])] == ["00_national"]
    assert len(select(pages, ["bases"])) == 6 and len(select(pages, [])) == 9
    with pytest.raises(UserError, match=r"没有名为“示例·甲圆区”的页面.*示例·甲园区"):
        select(pages, ["示例·甲圆区"])
    (tmp_path / "我的分析.ipynb").touch()
    monkeypatch.setenv("ECANALYSIS_WORK", str(tmp_path))
    with pytest.raises(UserError, match=r"不是页面.*可改名为 08_我的分析\.ipynb"):
        select(pages, ["我的分析"])


def test_odd_ids_and_names_become_file_names_that_differ(small, notebooks):
    odd = dataclasses.replace(
        small.round, submitted=small.bases.assign(base_id=["N/1", "N_1", "N:1", "../x", "", "T7"])
    )
    pages = plan(dataclasses.replace(small, round=odd))[3:]
    assert len(f"{planning.safe_name('编' * 80)}_{planning.safe_name('名' * 80)}.html".encode()) < 240
    assert len({page.html for page in pages}) == len({page.executed for page in pages}) == 6
    assert not [
        page for page in pages if ".." in page.html or page.html.count("/") != 2 or page.executed.count("/") != 2
    ]
