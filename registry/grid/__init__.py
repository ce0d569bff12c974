"""The daily grid: one sheet of signs and laboratory values, days across, over many records of a child.

From the stored records to the page: `sheet` lays out, `cells` shows and reads one answer, `store` opens and saves,
`page` is what the template shows. From the page back: `form` what was sent, `paste` a block from a spreadsheet,
`reading` the rows to save. `grades` are what the signs come to, which nobody types.
"""
