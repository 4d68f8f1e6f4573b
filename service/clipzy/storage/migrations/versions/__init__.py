"""One module a step of the database's shape, oldest first by number."""
