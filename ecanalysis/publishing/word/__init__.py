"""A published page -> papers in Word, as an office sends them.

paper           new_paper, put_letterhead, packed: A4 after GB/T 9704, styles, types; the same bytes each time
blocks          body_of, put: headings, lists, tables and pictures of a page, in Word
papers          papers: which papers go with a page, and what stands in each
"""
