"""`clipzy` and `python -m clipzy`.

Imports next to nothing at its top: multiprocessing imports the main module anew in the process of every stage.
"""


def main() -> None:
    """Run the command line."""
    from clipzy.cli.app import run_command_line  # noqa: PLC0415 (see above)

    run_command_line()


if __name__ == "__main__":
    main()
