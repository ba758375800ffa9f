"""A round: what was read of its files, its roster, its corrections and its seal -> the tidy tables.

In: a round's folder (submissions/, roster.csv, corrections.csv, sealed/). Out: a `Round` of plain frames.

    round           read_round, parse: a folder -> every tidy table
    tidy            collect, one_form_each: readings -> frames; of several forms for one base one chosen, a stamped
                    scan compared with the file beside it
    roster          read_roster, match, nearest, received: who is who, and which base a submitted name means
    corrections     read_corrections, apply_corrections: values a reviewer has put right
    peers           check_peers: a base's numbers beside its region's
    seals           read_seal, write_seal, round_of_seal, difference: results as they were decided on
    schemas         frame, of_round, found_in: one specification of every column and table, from columns.toml
    dictionary      write_dictionary: docs/data-dictionary.md, in English and Chinese, from schemas
    cache           load, save: what was read before, kept by the files' checksums
    once            once: what many pages are cut from, computed once and kept with the evaluation
    lookup          find_base, find_code, find_province: by part of a name, an alias or an id
    provenance      provenance, fingerprint: what a report was made from, as checksums
"""
