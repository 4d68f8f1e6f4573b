import os
import subprocess
import sys


def test_threads_that_wait_give_their_processor_away():
    """OpenMP itself says, when torch loads it, that its threads do not spin; networks in one process with a decoder would starve it otherwise."""
    told = subprocess.run(
        [sys.executable, "-c", "import clipzy.inference.local"],
        env={**{k: v for k, v in os.environ.items() if not k.startswith("OMP_")}, "OMP_DISPLAY_ENV": "TRUE"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told.stderr


NAMELESS = """
import pwd

def nobody(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = nobody
import clipzy.inference.runner
import clipzy.networks.faces
"""


def test_networks_are_loaded_by_a_user_without_a_name():
    """As in a container, where a user may be a number alone: torchvision looks for the name, and none is told by the environment."""
    names = {"LOGNAME", "USER", "LNAME", "USERNAME"}
    subprocess.run(
        [sys.executable, "-c", NAMELESS], env={k: v for k, v in os.environ.items() if k not in names}, check=True
    )
