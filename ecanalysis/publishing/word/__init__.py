"""A published page -> official papers in Word.

paper           new_paper, put_letterhead, packed: A4 layout, styles and fonts after GB/T 9704; reproducible bytes
blocks          body_of, put: headings, lists, tables and pictures of a page, in Word
papers          papers: the papers made from a page, and their content
"""
