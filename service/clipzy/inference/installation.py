"""Where the tritonserver binary is, and the backend folder that it needs, from the nvidia-pytriton wheel.

The wheel is a box of files here: pytriton itself is never imported. Its layout is not what the server expects:
the Python backend wants its stub (one for each Python version) beside `libtriton_python.so`, and the stub wants a
shared libpython of the Python that runs now.
"""

from __future__ import annotations

import ctypes.util
import importlib.metadata
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from clipzy.errors import ConfigurationError

WHEEL = "nvidia-pytriton"
ANEW = "reinstall the pinned packages: `rm -r .venv`, then `make setup`"
PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class Installation:
    """The files of one tritonserver: `backend` is the Python backend's folder, without a stub."""

    binary: Path
    libraries: Path
    backend: Path
    stub: Path
    libpython: Path


def find_installation() -> Installation:
    """The wheel's server for the Python that runs now.

    Raises:
        ConfigurationError: the wheel, the stub for this Python or the shared libpython is missing.
    """
    try:
        files = importlib.metadata.files(WHEEL) or []
    except importlib.metadata.PackageNotFoundError as exc:
        raise ConfigurationError(
            f"the {WHEEL} wheel, which carries tritonserver, is not installed: "
            f"{ANEW}; or point TRITON_URL at a server, or set INFERENCE=local"
        ) from exc
    located = {str(file): Path(str(file.locate())) for file in files}

    def one(part: str) -> Path:
        found = next((path for name, path in located.items() if name.startswith(part) or name.endswith(part)), None)
        if found is None or not found.exists():
            raise ConfigurationError(f"{part} is missing from the {WHEEL} wheel: {ANEW}")
        return found

    return Installation(
        binary=one("tritonserver/bin/tritonserver"),
        libraries=one("nvidia_pytriton.libs/").parent,
        backend=one("backends/python/libtriton_python.so").parent,
        stub=one(f"python_backend_stubs/{PYTHON_VERSION}/triton_python_backend_stub"),
        libpython=shared_libpython(),
    )


def shared_libpython() -> Path:
    """The shared library of the Python that runs now.

    Raises:
        ConfigurationError: there is none, as where Python was built static or its library is a package of its own.
    """
    name = f"libpython{PYTHON_VERSION}.so.1.0"
    libdir = sysconfig.get_config_var("LIBDIR") or ""
    multiarch = sysconfig.get_config_var("MULTIARCH") or ""
    folders = [
        libdir,
        f"{libdir}/{multiarch}",
        f"{sys.base_prefix}/lib",
        "/usr/lib",
        f"/usr/lib/{multiarch}",
        "/usr/lib64",
    ]
    for folder in folders:
        if (path := Path(folder) / name).is_file():
            return path
    if ctypes.util.find_library(f"python{PYTHON_VERSION}"):  # the loader knows it: the name alone will do
        return Path(name)
    raise ConfigurationError(
        f"{name} is missing, which Triton's Python backend loads: apt-get install libpython{PYTHON_VERSION}"
    )


def assemble(folder: Path, installation: Installation) -> str:
    """Link a backend directory together as the server expects it.

    Args:
        folder: empty; receives `backends/python/…` and `lib/libpython…`.
        installation: the files to link.

    Returns:
        The folders that the server's LD_LIBRARY_PATH must begin with.
    """
    backend = folder / "backends" / "python"
    backend.mkdir(parents=True)
    for file in [*installation.backend.iterdir(), installation.stub]:
        if file.is_file():
            (backend / file.name).symlink_to(file)
    # libpython alone in a folder: its own may hold libraries that would shadow those torch was built with
    library = folder / "lib"
    library.mkdir()
    if installation.libpython.is_absolute():
        (library / installation.libpython.name).symlink_to(installation.libpython)
    return f"{library}:{installation.libraries}"
