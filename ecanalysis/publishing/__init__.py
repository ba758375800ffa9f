"""An executed notebook -> a page -> a report, which is replaced as a whole or not at all.

In: notebooks, parameters, an evaluation. Out: reports/<year>/ with pages, an entry page and a manifest.

    planning        plan, select: the pages a round requires, and the selection of some
    briefings       brief: make all of them
    pages           make_page: one notebook, run and published, or kept if it failed
    engine          Papermill's engine with the limits of a page
    kernels         kernels: preloaded interpreters, isolated from user settings
    warm            start, serve: the process of a kernel and the one it is forked from; end_all: end all their children
    machines        Cluster: the same work on an existing Dask cluster
    numbering       numbered: names of tables and figures -> 表1, 图2
    html            html_page, entry_page, explore_page, write_pdf: self-contained pages
    explore         page: explore.html, for looking up results without JupyterLab
    entry           FRONT: the report's first page and explore.html, which link to all others
    beside          print_pages, write_papers, write_workbooks: PDF, Word papers and workbooks beside the pages
    word            papers: the Word papers made from a page
    reports         staged, write_manifest, declare_final: the report's folder, replaced in one step; changes
    review          review: whether every page agrees with these inputs, scheme and code; differences: where it does not
"""

import sys

# When nbformat is imported, jsonschema builds a grammar for internationalised addresses, which takes a second. The
# schema of notebooks has no such address, and without the grammar jsonschema just skips that format.
sys.modules.setdefault("rfc3987_syntax", None)
