"""A widget to try out schemes: sliders, the resulting ranking, the points and cells of a base, two bases compared.

`Explorer(evaluation)` is a widget in JupyterLab; where widgets cannot run (HTML, nbval), it is a static table of the
ranking under the scheme in force.
"""

import re
from html import escape
from pathlib import Path

import ipywidgets as widgets

from ecanalysis.deciding import what_if
from ecanalysis.deciding.coverage import without_bottom
from ecanalysis.deciding.uncertainty import monte_carlo_error
from ecanalysis.desk import frames
from ecanalysis.errors import UserError
from ecanalysis.form.fields import FEATURES, GROUPS
from ecanalysis.form.words import KINDS, MISSING_POLICY_NAMES, NORMALISATION_NAMES, REGION_NAMES, REGIONS, SCOPE_NAMES
from ecanalysis.outputs import written_whole
from ecanalysis.paths import work_folder
from ecanalysis.presenting.charts import explore as charts
from ecanalysis.presenting.display import Table, show
from ecanalysis.presenting.formats import label as label_of
from ecanalysis.presenting.wording import wording
from ecanalysis.scoring.scheme import written

DRAWS = 1000
NORMALISATIONS = {NORMALISATION_NAMES[key]: key for key in what_if.NORMALISED_BY}
MISSING = {name: policy for policy, name in MISSING_POLICY_NAMES.items()}
ALL = "全部"
GROUP_WEIGHTS = "groups"
ROWS = 20  # in the static view
CONTROL = widgets.Layout(width="26em")
NARROW = widgets.Layout(width="15em")


class Explorer(widgets.VBox):
    """The widget; `evaluation` is the result of `load_round`.

    `tried`: the evaluation under the scheme set by the sliders; `outcome`: the table of changes (`what_if.moved`). Both
    are updated with every change.
    """

    def __init__(self, evaluation):
        self.evaluation = self.tried = evaluation
        self._say = wording("explore", evaluation)
        self._before = what_if.standing(evaluation, DRAWS)
        self._twice_before = what_if.twice_in_bottom(evaluation)
        self._saved: set[Path] = set()
        self._held = False
        self._build_weights()
        self._build_controls()
        self.said, self.changed, self.message = (widgets.HTML() for _ in range(3))
        self.chart, self.result, self.card = (widgets.HTML() for _ in range(3))
        self.result.add_class("ec-ranking")
        self.result.layout = widgets.Layout(max_height="480px", overflow="auto")
        self._given = self._settings()
        self._steps = [self._given]
        self._recalculate()
        for control in self._given:
            control.observe(self._recalculate, "value")
        for control in (self.region, self.kind, self.feature, self.only_moved):
            control.observe(self._show_ranking, "value")
        for control in (self.first, self.second):
            control.observe(self._show_bases, "value")
        self.save_button.on_click(self._save)
        self.reset_button.on_click(lambda _: self._put(self._given))
        self.back_button.on_click(self._back)
        super().__init__([self._laid_out()])

    def _build_weights(self) -> None:
        """Create a slider for every group and item, with its points beside it."""
        document = self.evaluation.scheme.document
        given = {GROUP_WEIGHTS: {key: document["groups"][key] for key in GROUPS}}
        given |= {part: {key: document["items"][part][key] for key in self.evaluation.scheme.items[part]}
                  for part in (*GROUPS, *FEATURES)}  # fmt: skip
        self.weights = {
            part: {key: _slider(GROUPS[key] if part == GROUP_WEIGHTS else label_of(key), weight,
                                sum(level.values()) / len(level)) for key, weight in level.items()}
            for part, level in given.items()
        }  # fmt: skip
        self.worth = {part: {key: widgets.Label() for key in level} for part, level in given.items()}
        names = {GROUP_WEIGHTS: "三组的权重"}
        names |= {part: f"{name}：各项权重" for part, name in (GROUPS | FEATURES).items()}
        self.part = widgets.Dropdown(
            options=[(names[part], place) for place, part in enumerate(given)], description="调整", style=_NAMED,
            layout=widgets.Layout(width="35em"),
        )  # fmt: skip
        self.panels = widgets.Stack(
            [
                widgets.VBox([widgets.HBox([self.weights[part][key], self.worth[part][key]]) for key in given[part]])
                for part in given
            ],
            selected_index=0,
        )
        widgets.link((self.part, "value"), (self.panels, "selected_index"))

    def _build_controls(self) -> None:
        self.method = widgets.Dropdown(options=NORMALISATIONS, description="归一化", style=_NAMED, layout=CONTROL)
        scheme = self.evaluation.scheme
        whole = {"style": _NAMED, "layout": CONTROL}
        policy = scheme.document["missing"]["policy"]
        self.missing = widgets.Dropdown(options=MISSING, value=policy, description="未填项", **whole)
        scopes = {name: scope for scope, name in SCOPE_NAMES.items()}
        self.scope = widgets.Dropdown(options=scopes, value=scheme.bottom_scope, description="后3位", **whole)
        self.gate = widgets.Dropdown(
            options={"启用": True, "不启用": False}, value=scheme.gate, description="一票否决", **whole
        )
        most = 1 if scheme.tier_by == "rank_share" else 100
        self.cuts = widgets.FloatRangeSlider(
            value=scheme.tier_cuts, max=most, step=most / 100, readout_format=".2f", description="档次界值",
            continuous_update=False, **whole
        )  # fmt: skip
        self.left_out = widgets.Text(
            description="不计基地", placeholder="名称或编号，以顿号分开；或 一票否决", continuous_update=False, **whole
        )
        self.region = _filter("区域", {REGION_NAMES[region]: region for region in REGIONS})
        self.kind = _filter("类别", {kind: kind for kind in KINDS})
        self.feature = _filter("特色", {name: letter for letter, name in FEATURES.items()})
        self.only_moved = widgets.Checkbox(description="只看有变动的", indent=False, layout=NARROW)
        bases = self.evaluation.bases
        self._ids = {f"{base_id} {name}": base_id for base_id, name in zip(bases.base_id, bases["name"])}
        self.first, self.second = (_picker(name, list(self._ids)) for name in ("基地（甲）", "对比（乙）"))
        self.file_name = widgets.Text(value="试算方案.toml", description="存为", style=_NAMED, layout=CONTROL)
        self.save_button = widgets.Button(description="保存方案", button_style="primary", layout=_BUTTON)
        self.reset_button = widgets.Button(description="恢复现行方案", layout=_BUTTON)
        self.back_button = widgets.Button(description="撤销上一步", layout=_BUTTON)

    def __repr__(self) -> str:
        return f"{self.evaluation.year} 年轮次，{self.tried.scheme.title}（静态视图）"

    @property
    def findings(self) -> str:
        """The effects of the tried scheme, in a few sentences of Markdown."""
        return "".join(self._findings)

    @property
    def probability_note(self) -> str:
        """What the probabilities mean, and their precision."""
        return self._said("probability_note", draws=DRAWS, error=monte_carlo_error(0.5, DRAWS))

    @property
    def ranking_note(self) -> str:
        """How to read the ranking."""
        return self._said("ranking_note") + self.probability_note

    def _said(self, block: str, **facts) -> str:
        """A sentence of notebooks/wording/explore.md.j2; names in it are escaped for both Markdown and HTML."""
        return self._say(block, **facts).data

    def _laid_out(self) -> widgets.Tab:
        saving = widgets.HBox([self.save_button, self.back_button, self.reset_button])
        scheme = [self.part, self.panels, self.method, self.missing, self.scope, self.gate, self.cuts, self.left_out]
        scheme += [self.changed, self.file_name, saving, self.message]
        left = widgets.VBox(scheme, layout=widgets.Layout(flex="0 1 41em"))
        right = widgets.VBox([self.said, self.chart], layout=widgets.Layout(flex="1 1 27em"))
        filters = widgets.HBox([self.region, self.kind, self.feature, self.only_moved], layout=_WRAPPED)
        note = widgets.HTML(f'<p class="note">{self.ranking_note}</p>')
        trial = widgets.VBox([widgets.HBox([left, right], layout=_WRAPPED), filters, self.result, note])
        bases = widgets.VBox([widgets.HBox([self.first, self.second], layout=_WRAPPED), self.card])
        return widgets.Tab([trial, bases], titles=["试算方案", "查看与对比基地"])

    def _settings(self) -> dict[widgets.Widget, object]:
        """All controls of the scheme with their values."""
        controls = (self.method, self.missing, self.scope, self.gate, self.cuts, self.left_out, *self._sliders())
        return {control: control.value for control in controls}

    def _sliders(self) -> list[widgets.FloatSlider]:
        return [slider for level in self.weights.values() for slider in level.values()]

    def _recalculate(self, _=None) -> None:
        if self._held:
            return
        weights = {part: {key: one.value for key, one in level.items()} for part, level in self.weights.items()}
        title = self.evaluation.scheme.title
        if self._settings() != self._given:
            title = Path(self.file_name.value).stem or "试算方案"
        try:
            settings = {"weights": weights, "normalisation": self.method.value, "missing": self.missing.value}
            settings |= {"bottom_scope": self.scope.value, "gate": self.gate.value}
            if self.cuts.value != self._given[self.cuts]:
                settings["tier_cuts"] = [round(cut, 4) for cut in self.cuts.value]
            tried = self.evaluation.under(what_if.adjusted(self.evaluation.scheme, settings, title))
            names = [name for name in re.split("[、，,；;]", self.left_out.value) if name.strip()]
            self.tried = tried.without(names[0].strip() if len(names) == 1 else names) if names else tried
        except UserError as error:
            self.message.value = _paragraph(escape(f"方案不成立，仍显示上一次结果：{error}"), "alert")
            return
        if self._steps[-1] != self._settings():
            self._steps.append(self._settings())
        self.outcome = what_if.moved(self._before, what_if.standing(self.tried, DRAWS))
        self.message.value = ""
        self._show_changes()
        self._show_worth()
        self._show_standing()
        self._show_ranking()
        self._show_bases()

    def _show_changes(self) -> None:
        told = what_if.changes(self.evaluation.scheme, self.tried.scheme)
        told += [f"不计基地：{self.left_out.value}"] if self.left_out.value.strip() else []
        self.changed.value = _paragraph("已改动：" + escape("；".join(told) or "无"))

    def _show_worth(self) -> None:
        scheme = self.tried.scheme
        for part, level in self.worth.items():
            for key, label in level.items():
                if part == GROUP_WEIGHTS:
                    points = scheme.groups[key] * scheme.general_points
                else:
                    points = scheme.items[part][key]
                    points *= scheme.groups[part] * scheme.general_points if part in GROUPS else scheme.special_points
                label.value = f"{points:.2f}分"

    def _show_standing(self) -> None:
        effect = what_if.effect(self.outcome)
        self._findings = [
            self._said("headline", title=self.tried.scheme.title, moved=effect),
            self._said("twice", now=what_if.twice_in_bottom(self.tried), before=self._twice_before),
            self._said("firmness", moved=effect),
        ]
        few = without_bottom(self.tried.scores, self.tried.scheme)
        if len(few):
            self._findings.append(self._said("unflagged", few=few, count=self.tried.scheme.bottom_count))
        self.said.value = "".join(_paragraph(sentence) for sentence in self._findings)
        self.chart.value = charts.totals(self.outcome)

    def _show_ranking(self, _=None) -> None:
        shown = self.outcome
        if self.region.value != ALL:
            shown = shown[shown.region == self.region.value]
        if self.kind.value != ALL:
            shown = shown[shown.kind == self.kind.value]
        if self.feature.value != ALL:
            shown = shown[[self.feature.value in letters.split(";") for letters in shown.features]]
        if self.only_moved.value:
            shown = shown[(shown["rank"] != shown.rank_before) | (shown.tier != shown.tier_before)]
        title = f"试算结果（{len(shown)}家）"
        self.result.value = show(frames.ranking(shown), "ranking", title).data

    def _show_bases(self, _=None) -> None:
        typed = [text for control in (self.first, self.second) if (text := control.value.strip())]
        try:
            chosen = [self.tried.find(self._ids.get(text, text)) for text in typed]
            explained = [self.tried.explain(base_id) for base_id in chosen]
        except UserError as error:
            self.card.value = _paragraph(escape(str(error)), "alert")
            return
        rows = [self.tried.base(base_id) for base_id in chosen]
        cards = []
        if len(chosen) == 2:
            apart = rows[0].region.iloc[0] != rows[1].region.iloc[0]
            note = self._said("side_note") if apart else ""
            cards.append(show(frames.compared(*rows), "compared", "甲乙两家对比（所试方案）", note))
            cards.append(show(frames.side_by_side(*explained), "side_by_side", "逐项对比，差距大的在前"))
        for place, (row, table) in enumerate(zip(rows, explained), 1):
            cards.append(show(frames.points_and_cells(table), f"points_{place}", frames.card_title(row, table)))
        hint = "选一家，看每项得分和它来自哪个文件的哪个单元格；再选一家，逐项对比。得分按所试方案计。"
        self.card.value = "".join(card.data for card in cards) or _paragraph(hint)

    def _save(self, _=None) -> None:
        path = Path(self.file_name.value)
        if path.suffix != ".toml" or path.name != self.file_name.value or path.name.startswith("."):
            self.message.value = _paragraph("文件名应形如 试算方案.toml，不含文件夹", "alert")
            return
        self._recalculate()
        if self.message.value:  # the scheme is not valid
            return
        try:
            work_folder().mkdir(parents=True, exist_ok=True)
            path = work_folder() / path
            if path.exists() and path not in self._saved:
                self.message.value = _paragraph(escape(f"已有文件 {path.name}，未覆盖；请换一个文件名"), "alert")
                return
            with written_whole(path) as temporary:
                temporary.write_text(written(self.tried.scheme.document), "utf-8")
        except OSError as error:
            self.message.value = _paragraph(escape(f"未能保存 {path.name}：{error}"), "alert")
            return
        self._saved.add(path)
        before = "".join(f" --previous {one.year}" for one in self.evaluation.history)
        line = f'ecanalysis score {self.evaluation.year}{before} --scheme "{path}" --out scored'
        prompt, line = (f"<code>{escape(text)}</code>" for text in (f'r.under("{path.name}")', line))
        self.message.value = _paragraph(f"已保存 {escape(path.name)}。笔记本中：{prompt}；命令行：{line}")

    def _put(self, values: dict[widgets.Widget, object]) -> None:
        self._held = True  # calculate only once, for all values together
        for control, value in values.items():
            control.value = value
        self._held = False
        self._recalculate()

    def _back(self, _=None) -> None:
        """Undo the last change, if there is one."""
        if len(self._steps) > 1:
            self._steps.pop()
            self._put(self._steps[-1])

    def _repr_mimebundle_(self, **kwargs):
        """The widget, together with the static view for HTML and nbval."""
        bundle = super()._repr_mimebundle_(**kwargs) or {}
        static, notes = self._static_view()._repr_mimebundle_()
        return bundle | {"text/plain": repr(self), "text/html": static["text/html"]}, notes

    def _static_view(self) -> Table:
        shown = frames.ranking(self.outcome.head(ROWS)).drop(columns="features")  # does not fit on a page
        return show(shown, "desk", f"{self!r}，前{len(shown)}行", self.ranking_note)


_NAMED = {"description_width": "6em"}
_BUTTON = widgets.Layout(width="9em")
_WRAPPED = widgets.Layout(flex_flow="row wrap", align_items="flex-start")


def _slider(label: str, weight: float, mean: float) -> widgets.FloatSlider:
    return widgets.FloatSlider(
        value=weight,
        min=0,
        max=max(3 * mean, 1.5 * weight),
        step=round(mean / 20, 6),
        readout_format=".2f" if mean >= 1 else ".3f",
        description=label,
        tooltip=f"{label}：占本层各项之和的比重；可拖动、用方向键，或点右侧数字键入",
        continuous_update=False,  # calculate only when the slider is released
        style={"description_width": "20.5em"},
        layout=widgets.Layout(width="35em"),
    )


def _picker(name: str, labels: list[str]) -> widgets.Combobox:
    return widgets.Combobox(
        options=labels,
        description=name,
        placeholder="名称的一部分、别名或编号",
        continuous_update=False,
        style=_NAMED,
        layout=widgets.Layout(width="30em"),
    )


def _filter(name: str, options: dict[str, str]) -> widgets.Dropdown:
    style = {"description_width": "3em"}
    return widgets.Dropdown(options={ALL: ALL} | options, description=name, style=style, layout=NARROW)


def _paragraph(html: str, kind: str = "said") -> str:
    return f'<p class="{kind}" role="status">{html}</p>'
