"""One module a step of the database's shape, oldest first by number.

A step only adds: the version before goes on working on what it leaves, since its workers run while an upgrade goes on, and may be gone
back to. What it adds is nullable or has a default in the database.
"""
