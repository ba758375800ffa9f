"""JupyterLab as the analyst gets it, and the sliders.

In: an evaluation. Out: JupyterLab on this project, in Chinese; a widget.

    lab         start: JupyterLab on the notebooks, in Chinese, fetching nothing
    explore     Explorer: sliders over the scheme, the ranking they give, two bases compared
    frames      ranking, side_by_side, points_and_cells: the tables of the widget
"""
