"""An executed notebook -> a page -> a report that changes as a whole or not at all.

In: notebooks, parameters, an evaluation. Out: reports/<year>/ with pages, an entry page and a manifest.

    planning        plan, select: which pages a round owes, and which are asked for
    briefings       brief: make every one of them
    pages           make_page, run_notebook: one notebook, run and published or kept for inspection
    engine          Papermill's own engine, within the limits of a page
    kernels         kernels: interpreters that start warm, apart from a user's own settings
    warm            start, serve: what runs in a kernel's own process; end_all: nothing of it goes on
    machines        on_cluster: the same work on an existing Dask cluster
    numbering       numbered: names of tables and figures -> 表1, 图2
    html            html_page, entry_page, explore_page, write_pdf: a page that needs nothing but itself
    explore         page: explore.html, on which results are looked up without JupyterLab
    entry           FRONT: the report's first page and explore.html, which lead to all others
    beside          print_pages, write_papers, write_workbooks: PDF, Word papers and workbooks beside the pages
    word            papers: which Word papers go with a page, and how they are written
    reports         staged, write_manifest, declare_final: the folder, exchanged in one step; changes: what is new in it
    review          review: is every page what these inputs, this scheme and this code give? differences: if not, where
"""

import sys

# Wherever nbformat is imported jsonschema builds a grammar for internationalised addresses, which takes a second. No
# notebook's schema has such an address, and without the grammar jsonschema passes over that one format.
sys.modules.setdefault("rfc3987_syntax", None)
