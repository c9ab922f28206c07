"""A made-up country for measuring: 34 provinces, fifteen years, 100,000 projects with everything that hangs on one.

Rows go into the database in bulk, past the services; so every figure that a service would keep is worked out here, and
`checks` adds all of them up again afterwards. The same seed, number of projects and day give the same rows.
"""
