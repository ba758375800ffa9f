"""Frames of codes and numbers -> what people read: tables, sentences, charts, workbooks.

In: the tables of an evaluation. Out: Chinese; nothing is decided here. A notebook needs `show`, `draw` and `wording`.

    formats         number, percent, answer, label …: one value as people write it, the only place that does
    spoken          columns, Spoken: headings and words as people read them, taken as input
    mistyped        told: what Python and pandas say of what was mistyped, in Chinese
    display         show, chinese: a frame as a named table, as a frame in Chinese; Readable: as JupyterLab shows it
    prompt          base, explain, where, to_excel …: what is asked of an evaluation by name
    scripts         TABLES, FOLDER: what makes tables sort and filter, on a page and in JupyterLab
    wording         wording: the sentences of notebooks/wording/<notebook>.md.j2
    charts          draw: a figure as a named picture; a module of charts for each subject
    schemes         entries, cuts, assumed: a scheme in words
    submissions     coverage, faults, suspicious: what notebook 01 counts
    national        participation, progress, leaders: what the national briefing counts
    feedback        of_base, of_province: what goes back to a base or a province, and nothing else
    stamped         piece, scans, to_look_at: what was read on scans, with the picture of the place
    workbook        write_workbook, export: a round as one workbook for people, its tables as CSV
    returns         returns_of, write_return_lists: what each province has to put right, a workbook a province
"""
