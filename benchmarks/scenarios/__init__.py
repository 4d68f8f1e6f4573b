"""One module a scenario: each has `run(options)`, which yields rows, and measures us and our peers side by side in one run."""
