import sys
from importlib import metadata
from pathlib import Path

import grimp
import pytest

import clipzy
from clipzy.errors import ConfigurationError
from clipzy.stages.analysis_version import ANALYSIS_VERSION, KEEPING, LIBRARIES, MEASURING, installed, version_of

PACKAGE = Path(clipzy.__file__).parent
# what the analyses import beside: how they run, not what they measure
RUNNING = {"build", "errors", "machine", "settings", "storage", "telemetry"}
# and of what others have made; torch measures where the networks are, which is mostly elsewhere
RUNNING_LIBRARIES = {
    *("opentelemetry", "prometheus_client", "pydantic", "pydantic_core", "pydantic_settings", "pynvml", "structlog"),
    *("grpc", "torch", "tritonclient"),
}
LIBRARY = {"numpy": "1.26.4"}


def test_what_measurements_are_kept_under_is_the_version_of_this_code():
    """Two processes of the same code find each other's measurements."""
    assert version_of(PACKAGE, installed()) == ANALYSIS_VERSION


@pytest.mark.parametrize("folder", MEASURING)
def test_a_changed_byte_is_another_version(folder, tmp_path):
    """No measurement of other code is used."""
    package = _package(tmp_path)
    before = version_of(package, LIBRARY)
    (package / folder / "deeper" / "b.py").write_text("B = 2\n")
    assert version_of(package, LIBRARY) != before


def test_another_form_of_the_files_between_stages_is_another_version(tmp_path):
    """A job goes on from none that it could not read."""
    package = _package(tmp_path)
    before = version_of(package, LIBRARY)
    (package / KEEPING).write_text("FORM = 2\n")
    assert version_of(package, LIBRARY) != before


def test_a_module_of_another_name_is_another_version(tmp_path):
    """The same lines may be imported by others then."""
    package = _package(tmp_path)
    before = version_of(package, LIBRARY)
    (package / "analysis" / "a.py").rename(package / "analysis" / "c.py")
    assert version_of(package, LIBRARY) != before


def test_the_same_code_elsewhere_is_the_same_version(tmp_path):
    """Neither where it lies counts, nor what Python and numba compile beside it, nor the other packages."""
    one, other = _package(tmp_path / "one"), _package(tmp_path / "other")
    (other / "media" / "__pycache__").mkdir()
    (other / "media" / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"compiled")
    (other / "api").mkdir()
    (other / "api" / "a.py").write_text("A = 1\n")
    assert version_of(one, LIBRARY) == version_of(other, LIBRARY)


@pytest.mark.parametrize("libraries", [{"numpy": "1.26.5"}, {"scipy": "1.26.4"}, {**LIBRARY, "scipy": "1"}, {}])
def test_other_libraries_are_another_version(libraries, tmp_path):
    """An upgrade of FFmpeg in PyAV's wheel, say, decodes otherwise with the same code of ours."""
    package = _package(tmp_path)
    assert version_of(package, libraries) != version_of(package, LIBRARY)


def test_all_libraries_that_are_in_the_version_are_known_here():
    """By names that are spelled as their wheels are."""
    assert all(installed().values())


def test_an_engine_without_its_source_files_says_so(tmp_path):
    """It could not tell what it measures from what older versions measured."""
    package = _package(tmp_path)
    for path in (package / "media").rglob("*.py"):
        path.rename(path.with_suffix(".pyc"))
    with pytest.raises(ConfigurationError, match=r"no source files in .*media"):
        version_of(package, LIBRARY)


@pytest.mark.parametrize("stage", ["video_analysis", "audio_analysis", "motion_analysis"])
def test_all_that_an_analysis_is_made_of_is_in_the_version(stage):
    """Code that decides what is measured lies in none but these folders."""
    used = grimp.build_graph("clipzy", cache_dir=None).find_upstream_modules(f"clipzy.stages.{stage}")
    assert {module.split(".")[1] for module in used if "." in module} <= {*MEASURING, *RUNNING}


@pytest.mark.parametrize("stage", ["video_analysis", "audio_analysis", "motion_analysis"])
def test_all_libraries_that_an_analysis_computes_with_are_in_the_version(stage):
    """Or are named here as those that only let it run."""
    graph = grimp.build_graph("clipzy", include_external_packages=True, cache_dir=None)
    used = {module.split(".")[0] for module in graph.find_upstream_modules(f"clipzy.stages.{stage}")}
    wheels = metadata.packages_distributions()
    computing = used - sys.stdlib_module_names - RUNNING_LIBRARIES - {"clipzy"}
    assert {wheel for package in computing for wheel in wheels[package]} <= set(LIBRARIES)


def _package(folder):
    package = folder / "clipzy"
    for name in MEASURING:
        (package / name / "deeper").mkdir(parents=True)
        (package / name / "a.py").write_text("A = 1\n")
        (package / name / "deeper" / "b.py").write_text("B = 1\n")
    (package / KEEPING).parent.mkdir()
    (package / KEEPING).write_text("FORM = 1\n")
    return package
