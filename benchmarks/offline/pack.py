"""Pack what an offline GPU machine lacks: wheels for its Python, in parts small enough to be carried one by one.

On the machine, `python3 -m pip list --format=freeze > have.txt` says what it has. Here:

    python benchmarks/offline/pack.py --have have.txt --python 3.12 -o .gpu

downloads, with their pinned hashes, the wheels of requirements/engine.txt that are not among them and fills `.gpu/part1`, `part2`, ….
There, `python3 -m venv SITE && SITE/bin/python -m pip install --no-index --no-deps part*/*.whl` installs them; a `.pth` file in SITE's
site-packages that names those of the machine's own Python (for torch) and this repository's `service` completes it: Triton's Python
backend finds packages there, and not by PYTHONPATH.
What the machine has stays as it is, but for numpy, whose version Triton's Python backend depends on, and the SciPy and OpenCV that go with it.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

from packaging.markers import Marker, default_environment

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
PART_MIB = 52  # with the project beside it, of some 10, a part keeps within an upload limit of 64 MiB
# with numpy 2 Triton's Python backend answers with empty tensors; newer SciPys want it, and OpenCV 5 gives other shapes
ALWAYS = {"numpy", "opencv-python-headless", "scipy"}
PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(39, 16, -1)] + [
    "manylinux2014_x86_64",
    "manylinux1_x86_64",
]


def pins(requirements: str, python: str) -> dict[str, str]:
    """What a compiled requirements file pins for Linux and that Python: the lines of each package by its normalised name, without their condition."""
    there = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
    found = {}
    for block in re.split(r"\n(?=\S)", requirements.strip()):
        first, *rest = block.split("\n")
        pin, _, condition = first.rstrip(" \\").partition(" ; ")
        if "==" in pin and (not condition or Marker(condition).evaluate(there)):
            found[normalised(re.split(r"[\[=]", pin)[0])] = "\n".join([f"{pin} \\" if rest else pin, *rest])
    return found


def normalised(name: str) -> str:
    """A package's name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def lacking(requirements: str, have: str, leave: set[str], python: str) -> list[str]:
    """The pins for that Python of what is neither had nor to be left out; `have`: lines `name==version` or plain names."""
    had = {normalised(re.split(r"[=@ ]", line)[0]) for line in have.split() if line.strip()}
    return [
        block
        for name, block in pins(requirements, python).items()
        if name not in leave and (name not in had or name in ALWAYS)
    ]


def parts(sizes: dict[str, int], most: int) -> list[list[str]]:
    """Files in as few parts of at most `most` bytes as first-fit decreasing finds; a larger file is a part of its own."""
    filled: list[tuple[int, list[str]]] = []
    for name, size in sorted(sizes.items(), key=lambda item: -item[1]):
        for index, (total, names) in enumerate(filled):
            if total + size <= most:
                filled[index] = (total + size, [*names, name])
                break
        else:
            filled.append((size, [name]))
    return [names for _, names in filled]


def download(wanted: list[str], python: str, folder: Path) -> None:
    """Fetch one wheel for each pin; raises CalledProcessError where the index has none for that Python."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "wanted.txt"
    listed.write_text("\n".join(wanted) + "\n")
    arguments = [
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "--implementation=cp",
        f"--python-version={python}",
    ]
    arguments += [f"--platform={each}" for each in PLATFORMS]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            *arguments,
            "--dest",
            str(folder),
            "--requirement",
            str(listed),
        ],
        check=True,
    )
    listed.unlink()


def main() -> None:
    """Pack, and say how much there is of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--have", type=Path, required=True, help="what the machine has: `pip list --format=freeze` there"
    )
    parser.add_argument("--python", default="3.12", help="its Python (default 3.12)")
    parser.add_argument("--requirements", type=Path, default=ROOT / "requirements" / "engine.txt")
    parser.add_argument("--leave", default="", help="packages to do without, separated by commas")
    parser.add_argument("--part-mib", type=float, default=PART_MIB, help=f"most MiB in one part (default {PART_MIB})")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / ".gpu")
    options = parser.parse_args()
    leave = {normalised(name) for name in options.leave.split(",")}
    wanted = lacking(options.requirements.read_text(), options.have.read_text(), leave, options.python)
    shutil.rmtree(options.output, ignore_errors=True)
    store = options.output / "wheels"
    download(wanted, options.python, store)
    sizes = {path.name: path.stat().st_size for path in store.iterdir()}
    for number, names in enumerate(parts(sizes, int(options.part_mib * MIB)), 1):
        part = options.output / f"part{number}"
        part.mkdir()
        for name in names:
            (store / name).rename(part / name)
        total = sum(sizes[name] for name in names) / MIB
        print(f"{part}: {len(names)} wheels, {total:.1f} MiB")
    store.rmdir()


if __name__ == "__main__":
    main()
