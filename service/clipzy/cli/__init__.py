"""The command line: one module a command that does more than start something."""
