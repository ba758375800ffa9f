"""Frames of codes and numbers -> Chinese tables, sentences, charts and workbooks.

In: the tables of an evaluation. Out: Chinese for people; nothing is decided here. Notebooks use `show`, `draw` and
`wording`.

    formats         number, percent, answer, label …: the only functions that write one value as Chinese text
    spoken          columns, Spoken: Chinese headings and words accepted as input
    mistyped        listen: error messages of Python and pandas in Chinese
    display         show, chinese: a frame as a named table, as a frame in Chinese; Readable: as shown in JupyterLab
    prompt          base, explain, where, to_excel …: methods of an evaluation for interactive use
    scripts         TABLES, FOLDER: the script that makes tables sort and filter, on pages and in JupyterLab
    wording         wording: the sentences of notebooks/wording/<notebook>.md.j2
    charts          draw: a figure as a named picture; one module of charts per subject
    schemes         entries, cuts, assumed: a scheme in words
    submissions     coverage, faults, suspicious: the counts of notebook 01
    national        participation, progress, leaders: the counts of the national briefing
    feedback        of_base, of_province: the content of the pages for a base or a province
    stamped         piece, scans, to_look_at: answers read on scans, with pictures of their places
    workbook        write_workbook, export: a round as one workbook for people, or its tables as CSV
    returns         returns_of, write_return_lists: the list of faults of each province, one workbook per province
"""
