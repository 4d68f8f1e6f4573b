"""Completion in the shells, as Typer makes it for the installed `clipzy`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent


def in_shell(script, home):
    """What bash prints for a script, with `clipzy` on its path."""
    environment = {**os.environ, "HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bash_completes_subcommands_once_it_is_installed(tmp_path):
    """By the function that `--install-completion` leaves in the home folder; those of a group too."""
    script = """
        clipzy --install-completion >/dev/null; source ~/.bashrc
        complete_for() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _clipzy_completion clipzy; echo "${COMPREPLY[*]}"; }
        complete_for clipzy st; complete_for clipzy styles ''
    """
    assert in_shell(script, tmp_path).splitlines() == ["status styles", "diff"]


@pytest.mark.parametrize(
    ("shell", "words"),
    [("zsh", '"status":"Show the state of jobs."'), ("fish", "status\tShow the state of jobs.")],
)
def test_zsh_and_fish_are_answered_in_their_own_form(tmp_path, shell, words):
    """With a word about each command."""
    asked = f"_TYPER_COMPLETE_ARGS='clipzy st' _TYPER_COMPLETE_FISH_ACTION=get-args _CLIPZY_COMPLETE=complete_{shell}"
    assert words in in_shell(f"{asked} clipzy", tmp_path)
