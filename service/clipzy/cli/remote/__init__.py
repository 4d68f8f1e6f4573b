"""The commands that talk to a running service, through its Python client: one module a task."""
