"""A round's files, roster, corrections and seal -> the tidy tables.

In: a round's folder (submissions/, roster.csv, corrections.csv, sealed/). Out: a `Round` of plain frames.

    round           read_round, parse: a folder -> every tidy table
    tidy            collect, one_form_each: readings -> frames; one form chosen per base, stamped scans compared with
                    the file sent beside them
    roster          read_roster, match, nearest, received: the bases, and matching of submitted names
    corrections     read_corrections, apply_corrections: values corrected by a reviewer
    peers           check_peers: a base's numbers compared with its region's
    seals           read_seal, write_seal, round_of_seal, difference: results as decided on, kept unchanged
    schemas         frame, OF_ROUND, found_in: one specification of every column and table, from columns.toml
    dictionary      write_dictionary: docs/data-dictionary.md, in English and Chinese, from schemas
    cache           load, save: what was parsed before, by the files' checksums
    once            once: caches a function's result with its evaluation
    lookup          find_base, find_code, find_province: by part of a name, an alias or an id
    provenance      provenance, fingerprint: the inputs of a report, as checksums
"""
