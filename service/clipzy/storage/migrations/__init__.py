"""Alembic's scripts, packaged so that `clipzy migrate` works from an installed wheel."""
