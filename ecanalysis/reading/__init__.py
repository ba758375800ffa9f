"""A file as it was received -> cells -> answers -> values and issues.

In: a folder of submissions. Out: for each file a `Reading`: values, issues, answered codes, base and contacts, each
with its file, sheet and cell. A mistake in a submission becomes an issue, never an exception.

    found, bundles, unpacking      find: the files; open_bundles: the contents of .zip, .7z and .rar, within limits
    converted, prepared            prepared: bundles opened, old formats converted by LibreOffice, scans recognised
    files, apart                   read_files: reads each file in a worker process that may crash without harm
    reader                         read_file: reads one file in this process
    limits, opening                the limits within which a file is read; the only functions that open one
    cells                          cells_of: a file of any format -> its filled cells, as written
    scans                          stamped scans and photographs, matched with the form (the extra `scans`)
    answers                        read_form: cells -> answers, for all layouts that provinces send
    people                         struck_out: keeps contact data out of all tables but `contacts`
    spelling, units, ticks         spelling variants of characters, units and tick boxes
    values                         read_value: a typed answer -> a number, a yes/no, a choice, or the reason for none
    checks                         check_forms: answers of one form -> questions a careful analyst would ask
    rows                           Value, Issue, Answered, Base, Contact: the rows that reading returns

Nothing here imports pandas: reading runs in worker processes and must start quickly.
"""
