"""What Triton's image does before its server starts, with a program in the server's place, and with a real one."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from clipzy.inference.model_processes import children
from helm.test_images import DOCKERFILES, stages
from probe import probe_server

WORDS = {name: json.loads(rest) for name, rest in stages(DOCKERFILES["triton"])[-1] if name in {"ENTRYPOINT", "CMD"}}


def test_what_a_killed_server_left_in_shared_memory_is_removed(tmp_path):
    """In a pod it outlives the container; nothing else is. Then the process is the server, so that signals and `alive.py` reach it."""
    shared, programs = tmp_path / "shm", tmp_path / "bin"
    shared.mkdir()
    programs.mkdir()
    entry = [word.replace("/dev/shm", str(shared)) for word in WORDS["ENTRYPOINT"]]
    assert entry != WORDS["ENTRYPOINT"]
    for name in ("triton_python_backend_shm_region_0a1b-2c3d", "triton_python_backend_shm_region_4e5f", "another's"):
        (shared / name).touch()
    (programs / "tritonserver").write_text('#!/bin/sh\nprintf "%s\\n" $$ "$@"\n')
    (programs / "tritonserver").chmod(0o755)
    # the second time there is nothing to remove
    for arguments in (WORDS["CMD"], ["--an-option=of two words"]):
        command = [*entry, *arguments]
        with subprocess.Popen(command, env={"PATH": f"{programs}:/bin"}, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout.read().splitlines() == [str(server.pid), *arguments]
        assert [path.name for path in shared.iterdir()] == ["another's"]


def test_shared_memory_is_named_as_the_image_expects():
    """By the server itself, to which the image names nothing else."""
    (beginning,) = re.findall(r"/dev/shm/(\w+)\*", WORDS["ENTRYPOINT"][2])
    option = "shm-region-prefix-name"
    assert option not in " ".join(WORDS["CMD"])
    server = probe_server()
    value = next(word for word in server._arguments if option in word)
    server._arguments = [word if word != value else "python,stub-timeout-seconds=60" for word in server._arguments]
    try:
        server.start()
        server.wait_ready()
        (process,) = children(server.pid)
        names = [Path(f"/dev/shm/{word}") for word in Path(f"/proc/{process}/cmdline").read_text().split("\0") if word]
        (region,) = [path for path in names if path.name.startswith(beginning)]
        assert region.exists()
    finally:
        server.stop()
    assert not region.exists()  # as it ends by itself, it removes that one
