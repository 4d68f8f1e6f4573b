"""What `clipzy` ends with when it does not end well."""

FAILED = 1  # the work could not be done
MISUSED = 2  # the command, a file or a setting is not what it must be
INTERRUPTED = 130  # as shells have it for Ctrl-C
