"""What the machine has: Python, FFmpeg's libraries, decoder and encoder, GPU, room on the disks."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import av
import pynvml

from clipzy.cli.doctor.findings import Finding, fail, ok, warn
from clipzy.cli.figures import file_size
from clipzy.errors import ConfigurationError
from clipzy.inference.installation import ANEW
from clipzy.machine.disks import nearest_folder
from clipzy.media import accel
from clipzy.settings import Settings

OLDEST_PYTHON, TOO_NEW_PYTHON = (3, 11), (3, 13)  # as pyproject.toml has it
# FFmpeg's names of what the engine cannot do without, and of what some accepted videos need
NEEDED = {"h264", "hevc", "mpeg4", "aac", "mp3"}
NEEDED_TO_WRITE = {"aac"}  # beside an H.264 encoder, which is tried
USEFUL = {"vp8", "vp9", "libdav1d", "prores", "mjpeg", "opus", "vorbis", "flac", "pcm_s16le"}
CONTAINERS = {"mov", "matroska", "avi", "mp4"}
# Template, footage, output, and what a stage leaves for the next, each as large as an upload may be
UPLOADS_OF_A_JOB = 4
LOOK = "check `nvidia-smi`; an updated driver needs a restart"


def check_python() -> Sequence[Finding]:
    """The version that the pinned packages are made for."""
    found = f"{platform.python_version()} at {sys.executable}"
    if OLDEST_PYTHON <= sys.version_info[:2] < TOO_NEW_PYTHON:
        return [ok("python", found)]
    return [fail("python", found, "use Python 3.11 or 3.12")]


def check_video() -> Sequence[Finding]:
    """FFmpeg's libraries, then a decoder and an encoder: one after the other, since FFmpeg has but one log."""
    return [_libraries(), _decoder(), _encoder()]


def check_gpu() -> Sequence[Finding]:
    """The GPUs by NVML, the driver's own library. None is no fault: the processors do the work then."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as exc:
        return [_no_gpu(exc)]
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        found = [_gpu(number, driver) for number in range(pynvml.nvmlDeviceGetCount())]
        return found or [ok("gpu", f"none that driver {driver} sees: the CPU does the work")]
    except pynvml.NVMLError as exc:
        return [_no_gpu(exc)]
    finally:
        pynvml.nvmlShutdown()


def check_disks(settings: Settings) -> Sequence[Finding]:
    """Room at the data, and at the storage where that is a folder."""
    folders = {"DATA_PATH": settings.data_path}
    if settings.storage_type == "local":
        folders["LOCAL_STORAGE_PATH"] = settings.local_storage_path
    return [_disk(setting, path, settings) for setting, path in folders.items()]


def _libraries() -> Finding:
    versions = " ".join(
        f"{name} {'.'.join(map(str, av.library_versions[name]))}" for name in ("libavcodec", "libavformat")
    )
    lacking = sorted(
        {name for name in NEEDED if not _has_codec(name, "r")}
        | {name for name in NEEDED_TO_WRITE if not _has_codec(name, "w")}
        | {name for name in CONTAINERS if name not in av.formats_available}
    )
    if lacking:
        return fail("ffmpeg", f"PyAV {av.__version__} ({versions}) lacks {', '.join(lacking)}", ANEW)
    missed = sorted(name for name in USEFUL if not _has_codec(name, "r"))
    if missed:
        return warn("ffmpeg", f"PyAV {av.__version__} ({versions}) cannot read {', '.join(missed)}", ANEW)
    return ok("ffmpeg", f"PyAV {av.__version__} ({versions}), with all codecs needed")


def _has_codec(name: str, mode: str) -> bool:
    try:
        av.codec.Codec(name, "r" if mode == "r" else "w")
    except ValueError:
        return False
    return True


def _decoder() -> Finding:
    choice = accel.choose_decoder()
    return ok("decoder", f"{choice.name} ({choice.reason})")


def _encoder() -> Finding:
    try:
        choice = accel.choose_encoder()
    except ConfigurationError as exc:
        return fail("encoder", str(exc), ANEW)
    return ok("encoder", f"{choice.name} ({choice.reason})")


def _gpu(number: int, driver: str) -> Finding:
    """One of the driver's GPUs; one that fails, as where it was lost, does not hide the others."""
    name = f"GPU {number}"
    try:
        handle = pynvml.nvmlDeviceGetHandleByIndex(number)
        name = f"GPU {number} ({pynvml.nvmlDeviceGetName(handle)})"
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    except pynvml.NVMLError as exc:
        # as of a GPU that shares the machine's own memory, or is divided
        if exc.value in {pynvml.NVML_ERROR_NOT_SUPPORTED, pynvml.NVML_ERROR_NO_PERMISSION}:
            return ok("gpu", f"{name}, driver {driver}, which does not tell its memory ({exc})")
        return warn("gpu", f"{name} fails; NVML says: {exc}", LOOK)
    room = f"{file_size(int(memory.total))}, {file_size(int(memory.free))} free"
    return ok("gpu", f"{name}, {room}, driver {driver}")


def _no_gpu(why: pynvml.NVMLError) -> Finding:
    absent = {pynvml.NVML_ERROR_LIBRARY_NOT_FOUND, pynvml.NVML_ERROR_DRIVER_NOT_LOADED}
    if why.value in absent:
        return ok("gpu", f"none ({why}): the CPU does the work")
    return warn("gpu", f"there is one, but NVML says: {why}", LOOK)


def _disk(setting: str, path: Path, settings: Settings) -> Finding:
    name = "disk" if setting == "DATA_PATH" else "storage disk"
    nearest = nearest_folder(path)
    free = shutil.disk_usage(nearest).free
    largest = settings.max_file_size_mb << 20
    wanted = UPLOADS_OF_A_JOB * largest * settings.max_concurrent_jobs
    fact = f"{file_size(free)} free at {setting} ({path})"
    if not os.access(nearest, os.W_OK):
        return fail(name, f"{nearest} cannot be written to", f"give this user the folder, or set {setting} to another")
    if free < largest:
        return fail(
            name, fact, f"one upload may take {file_size(largest)}: make room, or set {setting} or MAX_FILE_SIZE_MB"
        )
    if free < wanted:
        jobs = "a job" if settings.max_concurrent_jobs == 1 else f"{settings.max_concurrent_jobs} jobs at once"
        return warn(name, fact, f"{jobs} with the largest uploads may take {file_size(wanted)}: make room")
    return ok(name, fact)
