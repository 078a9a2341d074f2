"""The weekly report: what the week was, by e-mail to the staff who asked for it, and as one page to print.

`figures` reads the week, `letter` writes it, `post` speaks to the mail server, `subscribers` knows who wants it,
`sending` sees to it that each gets it once, `desk` shows it to staff.
"""
