"""What `clipzy` ends with: 0 when all went well, else one of these."""

FAILED = 1
MISUSED = 2
NOT_FOUND = 3
JOB_FAILED = 4
JOB_CANCELLED = 5
UNREACHABLE = 6
REFUSED = 7
TIMED_OUT = 8
# as shells have it for signals
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143

MEANINGS = {
    FAILED: "it failed",
    MISUSED: "the command, a file or a setting is invalid",
    NOT_FOUND: "there is no such job, video or file",
    JOB_FAILED: "the job failed",
    JOB_CANCELLED: "the job was cancelled",
    UNREACHABLE: "the service or its database does not answer or is too busy",
    REFUSED: "the service refuses: because of the token, or of the state of the job or video",
    TIMED_OUT: "the time limit was reached; the job goes on",
    HUNG_UP: "the terminal was closed",
    INTERRUPTED: "interrupted by Ctrl-C",
    TERMINATED: "it was asked to end (SIGTERM)",
}


def exit_codes(*codes: int) -> str:
    """The end of a command's help: those codes, each with its meaning."""
    return "Exit codes: " + "; ".join(["0 done", *(f"{code} {MEANINGS[code]}" for code in codes)]) + "."
