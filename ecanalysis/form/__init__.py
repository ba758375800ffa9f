"""The official form (附件6) as data, and every word for people that belongs to it.

In: `form.toml`, a table a field: code, label, type, unit, the sentence it stands in, the heading a summary gives it.
Out: constants and plain objects that every other room reads.

    fields      FIELDS, GROUPS, FEATURES, GATES: what the form asks, by code (C04), from `load`
    words       the Chinese of all that tables hold or name: regions, kinds, tiers, statuses, methods, issues
    blank       write_template: the form as a workbook, blank or with answers filled in
"""
