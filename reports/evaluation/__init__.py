"""Period evaluation: what belongs to a period, counted in the database, each figure leading back to its rows.

`selection` says which projects and dates are meant; `facts` which rows were planned, done, paid by then.
"""
