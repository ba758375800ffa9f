"""A file as it was received -> cells -> answers -> values and issues.

In: a folder of submissions. Out: for each file a `Reading` (rows): values, issues, answered codes, base and contacts,
every one with its file, sheet and cell. What a submitter did wrong becomes an issue, never an exception.

    found, bundles, unpacking      find: the files; open_bundles: what .zip, .7z and .rar hold, within limits
    converted, prepared            prepared: old formats through LibreOffice, so that every file can be read
    files, apart                   read_files: each file in a worker process that can be lost
    reader                         read_file: one of them, here and now
    limits, opening                how much of a file is read before it is refused; the one way to open it
    cells                          read_cells: a file of any format -> its filled cells, as written
    scans                          stamped scans and photographs, matched with the form (the extra `scans`)
    answers                        read_form: cells -> answers, in whatever layout a province sends
    people                         struck_out: the one gate that keeps contact data out of all but the table `contacts`
    spelling, units, ticks         how people write signs, units and boxes
    values                         read_value: what was typed -> a number, a yes/no, a choice, or why there is none
    checks                         check_forms: answers of one form -> what a careful analyst would ask
    rows                           Value, Issue, Answered, Base, Contact: what comes out, with names

Nothing here imports pandas: reading runs in worker processes and must start quickly.
"""
