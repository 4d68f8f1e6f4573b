"""Bytes that outlive a process: objects, artifacts, the database's migrations."""
