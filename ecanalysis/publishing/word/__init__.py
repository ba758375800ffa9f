"""A published page -> papers in Word, as an office sends them.

paper           new_paper, packed: A4 after GB/T 9704, styles, types and page numbers; the same bytes each time
blocks          body_of, put: headings, lists, tables and pictures of a page, in Word
letterhead      put_letterhead: the first page of a letter
papers          papers: which papers go with a page, and what stands in each
"""
