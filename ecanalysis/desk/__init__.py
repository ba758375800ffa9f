"""The analyst's workplace: JupyterLab in Chinese, and a widget to try out schemes.

In: an evaluation. Out: JupyterLab on this project; a widget.

    lab         start: JupyterLab on the notebooks, in Chinese, without network access
    explore     Explorer: sliders for the scheme, the resulting ranking, two bases compared
    frames      ranking, compared, side_by_side, points_and_cells: the tables of the widget
"""
