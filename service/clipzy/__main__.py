"""`clipzy` and `python -m clipzy`.

Imports next to nothing at its top: multiprocessing imports the main module anew in the process of every stage.
"""

import os


def main() -> None:
    """Run the command line."""
    # read by NumPy when it is imported. The analyses multiply small matrices: threads for one product only wait for each
    # other, on 16 processors for 46 s of processor time where one thread needs 3
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # for every Python started from here, such as multiprocessing's servers (`-c`): without it each would look for modules in
    # the current folder first, which may hold anybody's files
    os.environ["PYTHONSAFEPATH"] = "1"
    from clipzy.cli.app import run_command_line  # noqa: PLC0415 (see above)
    from clipzy.secrecy import hide_from_others  # noqa: PLC0415 (see above)

    # this process holds tokens, keys and the database's password; decoders read strangers' files in processes of the same user
    hide_from_others()

    run_command_line()


if __name__ == "__main__":
    main()
