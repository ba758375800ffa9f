"""The analyst's desk: sliders over the scheme, the ranking it gives, a base's points and cells, two bases compared.

`Explorer(evaluation)` is a widget in JupyterLab; where no widget can run (HTML, nbval) it is a static table of the
scheme in force.
"""

from pathlib import Path

import ipywidgets as widgets

from ecanalysis import tables, what_if
from ecanalysis.form import FEATURES, FIELDS, GROUPS
from ecanalysis.outputs import written_whole
from ecanalysis.scheme import SchemeError, written
from ecanalysis.tables import explore as words

DRAWS = 1000
METHODS = {
    "按方案": "scheme",
    "极差法（最小值—最大值）": "min_max",
    "极差法（5%—95%分位）": "winsorised",
    "名次法": "percentile_rank",
    "标准分法": "z_score",
}
MISSING = {"按0分计": "zero", "用区域中位数": "region_median", "权重分给其余各项": "reweight"}
ALL = "全部"


class Explorer(widgets.VBox):
    """The desk as one widget. `evaluation` is what `load_round` gives.

    `tried` is the scheme as the sliders have it, `outcome` the table it gives (see `what_if.outcome`).
    """

    def __init__(self, evaluation):
        self.evaluation = evaluation
        self.scheme = evaluation.scheme
        self._build_controls()
        self.result, self.message, self.card = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._recalculate()
        self._show_bases()
        for control in (self.method, self.missing, *self._sliders()):
            control.observe(self._recalculate, "value")
        for control in (self.region, self.kind, self.feature):
            control.observe(self._show_ranking, "value")
        for control in (self.first, self.second):
            control.observe(self._show_bases, "value")
        self.save_button.on_click(self._save)
        self.reset_button.on_click(self._reset)
        filters = widgets.HBox([self.region, self.kind, self.feature])
        saving = widgets.HBox([self.file_name, self.save_button, self.reset_button])
        desk = widgets.Tab(
            children=[
                widgets.VBox([self.weights, self.method, self.missing, saving, self.message, filters, self.result]),
                widgets.VBox([widgets.HBox([self.first, self.second]), self.card]),
            ],
            titles=["试算方案", "查看与对比基地"],
        )
        super().__init__([desk])

    def _build_controls(self) -> None:
        scheme = self.scheme
        self.group_weights = {key: _slider(GROUPS[key], scheme.document["groups"][key]) for key in GROUPS}
        self.item_weights = {
            part: {
                item: _slider(f"{item} {_item_label(item)}", weight)
                for item, weight in scheme.document["items"][part].items()
                if item in scheme.items[part]
            }
            for part in scheme.items
        }
        names = GROUPS | FEATURES
        parts = [widgets.VBox(list(self.group_weights.values()))]
        parts += [widgets.VBox(list(sliders.values())) for sliders in self.item_weights.values()]
        titles = ["三组权重", *(f"{names[part]}：各项权重" for part in self.item_weights)]
        self.weights = widgets.Accordion(children=parts, titles=titles, selected_index=0)
        self.method = widgets.Dropdown(options=METHODS, description="归一化", style=_NAMED)
        current = scheme.document["missing"]["policy"]
        self.missing = widgets.Dropdown(options=MISSING, value=current, description="缺报项", style=_NAMED)
        self.region = widgets.Dropdown(
            options=[ALL, *((tables.REGION_NAMES[region], region) for region in tables.REGIONS)], description="区域"
        )
        self.kind = widgets.Dropdown(options=[ALL, *tables.KINDS], description="类别")
        self.feature = widgets.Dropdown(
            options=[ALL, *((name, letter) for letter, name in FEATURES.items())], description="特色"
        )
        bases = [
            (f"{base_id} {name}", base_id)
            for base_id, name in zip(self.evaluation.bases.base_id, self.evaluation.bases["name"])
        ]
        self.first = widgets.Combobox(
            options=[label for label, _ in bases], description="基地", placeholder="名称的一部分或编号", style=_NAMED
        )
        self.second = widgets.Combobox(
            options=[label for label, _ in bases], description="对比基地", placeholder="可不选", style=_NAMED
        )
        if bases:
            self.first.value = bases[0][0]
        self.file_name = widgets.Text(value="试算方案.toml", description="保存为", style=_NAMED)
        self.save_button = widgets.Button(description="保存方案", button_style="primary")
        self.reset_button = widgets.Button(description="恢复原方案")

    def _sliders(self) -> list[widgets.FloatSlider]:
        items = [slider for sliders in self.item_weights.values() for slider in sliders.values()]
        return [*self.group_weights.values(), *items]

    def _recalculate(self, _=None) -> None:
        weights = {"groups": {key: slider.value for key, slider in self.group_weights.items()}}
        weights |= {
            part: {item: slider.value for item, slider in sliders.items()}
            for part, sliders in self.item_weights.items()
        }
        title = Path(self.file_name.value).stem if hasattr(self, "tried") else self.scheme.title
        try:
            tried = what_if.changed(self.scheme, title, weights, self.method.value, self.missing.value)
        except SchemeError as error:
            self.message.value = _paragraph(f"方案不成立，仍显示上一次结果：{error}", "alert")
            return
        self.tried = tried
        self.outcome = what_if.outcome(self.evaluation, tried, DRAWS)
        self.message.value = _paragraph(words.headline(self.outcome, tried.title))
        self._show_ranking()

    def _show_ranking(self, _=None) -> None:
        shown = self.outcome
        if self.region.value != ALL:
            shown = shown[shown.region == self.region.value]
        if self.kind.value != ALL:
            shown = shown[shown.kind == self.kind.value]
        if self.feature.value != ALL:
            shown = shown[[self.feature.value in letters.split(";") for letters in shown.features]]
        self.result.value = tables.show(
            words.ranking(shown), 1, f"试算结果（{len(shown)} 家）", words.firmness_note(DRAWS)
        ).data

    def _show_bases(self, _=None) -> None:
        chosen = [control.value.split(" ")[0] for control in (self.first, self.second) if control.value]
        try:
            explained = [self.evaluation.explain(text) for text in chosen]
            names = [self.evaluation.base(text)["name"].iloc[0] for text in chosen]
        except LookupError as error:
            self.card.value = _paragraph(str(error), "alert")
            return
        shown = [
            tables.show(words.points_and_cells(table), place, f"{name}：得分与出处").data
            for place, (table, name) in enumerate(zip(explained, names), 2)
        ]
        if len(explained) == 2:
            both = words.side_by_side(*explained, tuple(names))
            shown.insert(0, tables.show(both, 4, f"{names[0]}与{names[1]}对比").data)
        self.card.value = "".join(shown)

    def _save(self, _=None) -> None:
        path = Path(self.file_name.value)
        if path.suffix != ".toml" or path.name != self.file_name.value:
            self.message.value = _paragraph("文件名应形如 试算方案.toml，不含文件夹", "alert")
            return
        self._recalculate()
        with written_whole(path) as temporary:
            temporary.write_text(written(self.tried.document), "utf-8")
        self.message.value = _paragraph(
            f"已保存 {path.name}；用 ecanalysis score 轮次 --scheme {path.name} --out 文件夹 即按此方案评分"
        )

    def _reset(self, _=None) -> None:
        for key, slider in self.group_weights.items():
            slider.value = self.scheme.document["groups"][key]
        for part, sliders in self.item_weights.items():
            for item, slider in sliders.items():
                slider.value = self.scheme.document["items"][part][item]
        self.method.value, self.missing.value = "scheme", self.scheme.document["missing"]["policy"]

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and beside it the static view that HTML and nbval see."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        title = f"{self.evaluation.year} 年轮次，{self.scheme.title}（静态视图）"
        static = tables.show(words.ranking(self.outcome.head(20)), 1, f"{title}，前20行", words.firmness_note(DRAWS))
        return bundle | {"text/plain": title, "text/html": static.data}


_NAMED = {"description_width": "6em"}


def _slider(label: str, value: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=value,
        min=0,
        max=max(5.0, value * 3),
        step=0.05,
        description=label,
        continuous_update=False,  # one calculation when the slider is let go
        style={"description_width": "18em"},
        layout=widgets.Layout(width="42em"),
    )


def _item_label(item: str) -> str:
    return (
        FIELDS[item].label
        if item in FIELDS
        else "、".join(field.label for code, field in FIELDS.items() if code.startswith(item) and field.scored)
    )


def _paragraph(text: str, kind: str = "note") -> str:
    from html import escape

    return f'<p class="{kind}" role="status">{escape(text)}</p>'
