"""The official form (附件6) as data, and the Chinese wording that belongs to it.

In: `form.toml`, one table per field: code, label, type, unit, its sentence in the form, its heading in summaries.
Out: constants and plain objects used by all other packages.

    fields      FIELDS, GROUPS, FEATURES, GATES: what the form asks, by code (C04), from `load`
    words       the Chinese names of all codes in the tables: regions, kinds, tiers, statuses, methods, issues
    blank       write_template: the form as a workbook, blank or with answers filled in
"""
