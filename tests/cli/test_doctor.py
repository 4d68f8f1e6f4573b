"""`clipzy doctor`: on a real SQLite database and a local storage, with a Triton that is not there."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import threading
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pynvml
import pytest

from clipzy.cli.doctor import machine
from clipzy.cli.doctor.findings import Check, Verdict, examine, ok
from older_weights import make_older
from ports import free_port

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def database(tmp_path, monkeypatch, fresh_database) -> Path:
    """An engine's folder with its database; nothing listens where its Triton should. Answers the database's file."""
    database = tmp_path / "data" / "clipzy.db"
    database.parent.mkdir()
    shutil.copy(fresh_database, database)
    for name, value in {
        "DATA_PATH": "data",
        "LOCAL_STORAGE_PATH": "storage",
        "TRITON_URL": f"127.0.0.1:{free_port()}",
        "INFERENCE": "triton",
    }.items():
        monkeypatch.setenv(name, value)
    return database


def found(said):
    """The checks by their names; the last where there are several."""
    return {check["name"]: check for check in said.document["checks"]}


@pytest.mark.usefixtures("database")
def test_what_is_there_is_ok_and_a_dead_triton_fails(clipzy):
    """With the fact on each line, and what to do about the one that fails."""
    said = clipzy("doctor", "--json")
    checks = found(said)
    assert said.code == 1
    assert said.document["ok"] is False
    assert checks["networks"]["verdict"] == "fail"
    assert "does not answer: " in checks["networks"]["fact"]
    assert "clipzy triton" in checks["networks"]["advice"]
    fine = {name: check["fact"] for name, check in checks.items() if check["verdict"] == "ok"}
    assert {"settings", "python", "ffmpeg", "decoder", "encoder", "database", "storage"} <= fine.keys()
    assert "at the newest migration" in fine["database"]
    assert "PyAV" in fine["ffmpeg"]
    assert "nvenc" in fine["encoder"]
    assert "nvdec" in fine["decoder"]
    assert not [path for path in Path("storage").rglob("*") if path.is_file()], "the object that was tried stays"


@pytest.mark.usefixtures("database")
def test_people_get_a_line_a_check_with_its_advice_below(clipzy):
    """In 80 columns."""
    said = clipzy("doctor")
    assert said.code == 1
    lines = said.out.splitlines()
    failing = next(number for number, line in enumerate(lines) if line.startswith("fail"))
    assert lines[failing].split()[1] == "networks"
    assert any("→ " in line for line in lines[failing:])
    assert "1 required part is missing" in lines[-1]
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.usefixtures("database")
def test_a_triton_that_hangs_does_not_hang_the_doctor(clipzy, monkeypatch):
    """One that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("TRITON_URL", f"127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        said = clipzy("doctor", "--json")
    assert time.monotonic() - began < 10
    assert found(said)["networks"]["verdict"] == "fail"


def test_checks_run_side_by_side_each_within_its_time():
    """One that hangs fails with its advice, one that raises with its words; the others are not held up."""
    hold = threading.Event()

    def hang():
        hold.wait(30)
        return [ok("never", "")]

    def stumble():
        raise RuntimeError("over a stone")

    began = time.monotonic()
    findings = examine(
        [
            Check("first", hang, "wake it", limit_s=0.3),
            Check("second", hang, "wake it too", limit_s=0.3),
            Check("third", stumble, "lift your feet"),
            Check("fourth", lambda: [ok("fourth", "fine")], ""),
        ]
    )
    assert time.monotonic() - began < 0.55
    hold.set()
    assert [(each.name, each.verdict, each.fact, each.advice) for each in findings] == [
        ("first", Verdict.FAIL, "no answer within 0 s", "wake it"),
        ("second", Verdict.FAIL, "no answer within 0 s", "wake it too"),
        ("third", Verdict.FAIL, "over a stone", "lift your feet"),
        ("fourth", Verdict.OK, "fine", ""),
    ]


def test_a_database_that_is_not_there_yet_is_not_made(clipzy, database):
    """A start of the engine will make it."""
    database.unlink()
    check = found(clipzy("doctor", "--json"))["database"]
    assert check["verdict"] == "warn"
    assert "clipzy migrate" in check["advice"]
    assert not database.exists()


def test_a_database_of_an_older_version_is_to_be_migrated(clipzy, database):
    """Which a start of the engine does."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0007'")
    connection.close()
    check = found(clipzy("doctor", "--json"))["database"]
    assert check["verdict"] == "warn"
    assert "the newest is" in check["fact"]


def test_a_database_of_a_later_version_is_worked_with(clipzy, database):
    """As after a version was gone back to; the report says so, and fails of nothing."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    check = found(clipzy("doctor", "--json"))["database"]
    assert check["verdict"] == "warn"
    assert "9999, made by a later version" in check["fact"]


def test_a_database_of_another_program_fails(clipzy, database):
    """Which no start would work with, either."""
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ae1027a6acf'")
    connection.close()
    check = found(clipzy("doctor", "--json"))["database"]
    assert check["verdict"] == "fail"
    assert "ae1027a6acf of another program" in check["fact"]


def test_a_file_that_is_no_database_fails(clipzy, database):
    """With what SQLite says."""
    database.write_bytes(b"notes" * 1000)
    check = found(clipzy("doctor", "--json"))["database"]
    assert check["verdict"] == "fail"
    assert "not a database" in check["fact"]


@pytest.mark.usefixtures("database")
def test_a_database_that_does_not_answer_fails_within_its_time(clipzy, monkeypatch):
    """A PostgreSQL that is not there; its password is told to nobody."""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://clipzy:secret@127.0.0.1:{free_port()}/clipzy")
    said = clipzy("doctor", "--json")
    check = found(said)["database"]
    assert check["verdict"] == "fail"
    assert "does not answer" in check["fact"]
    assert "secret" not in said.out + said.err


@pytest.mark.usefixtures("database")
def test_a_storage_that_cannot_be_written_fails(clipzy, monkeypatch, tmp_path):
    """A folder that is a file."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LOCAL_STORAGE_PATH", "file/storage")
    check = found(clipzy("doctor", "--json"))["storage"]
    assert check["verdict"] == "fail"
    assert "LOCAL_STORAGE_PATH" in check["advice"]


@pytest.mark.parametrize(
    ("size", "url", "told"),
    [(64 << 20, "127.0.0.1", True), (1 << 30, "127.0.0.1", False), (64 << 20, "triton.invalid", False)],
    ids=["container", "enough", "triton elsewhere"],
)
@pytest.mark.usefixtures("database")
def test_little_shared_memory_is_warned_of(clipzy, monkeypatch, size, url, told):
    """Where this machine's Triton keeps tensors: containers have 64 MiB of it if nobody asks for more, and jobs with a long sound would fail."""
    usage = shutil.disk_usage
    monkeypatch.setattr(
        shutil, "disk_usage", lambda path: SimpleNamespace(total=size) if path == Path("/dev/shm") else usage(path)
    )
    monkeypatch.setenv("TRITON_URL", f"{url}:{free_port()}")
    checks = found(clipzy("doctor", "--json"))
    assert ("shared memory" in checks) == told
    if told:
        assert checks["shared memory"]["verdict"] == "warn"
        assert "/dev/shm has 67.1 MB" in checks["shared memory"]["fact"]
        assert "--shm-size" in checks["shared memory"]["advice"]


@pytest.mark.parametrize(("most_mb", "verdict"), [("1", "ok"), ("1000000000", "fail")])
@pytest.mark.usefixtures("database")
def test_room_is_measured_by_the_largest_upload(clipzy, monkeypatch, most_mb, verdict):
    """At the data and at the storage."""
    monkeypatch.setenv("MAX_FILE_SIZE_MB", most_mb)
    checks = found(clipzy("doctor", "--json"))
    assert (checks["disk"]["verdict"], checks["storage disk"]["verdict"]) == (verdict, verdict)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MAX_CONCURRENT_JOBS", "many", "MAX_CONCURRENT_JOBS"),
        ("API_TOKENS", "a secret", "entry 1 of API_TOKENS"),
        ("WEBHOOK_SECRET", "whsec_", "WEBHOOK_SECRET must be"),
        ("WEBHOOK_ALLOWED_NETWORKS", "everywhere", "WEBHOOK_ALLOWED_NETWORKS must be"),
        ("ALLOWED_HOSTS", "https://a.example", "ALLOWED_HOSTS must be"),
        ("STORAGE_TYPE", "s3", "needs S3_BUCKET_NAME"),
        ("TRITON_URL", "http://triton:8000", "TRITON_URL: must be host:port without http://"),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_setting_that_does_not_fit_is_named(clipzy, monkeypatch, name, value, words):
    """And the machine is looked at all the same."""
    monkeypatch.setenv(name, value)
    said = clipzy("doctor", "--json")
    checks = found(said)
    assert said.code == 1
    assert checks["settings"]["verdict"] == "fail"
    assert words in checks["settings"]["fact"]
    assert checks["python"]["verdict"] == "ok"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"WORKER_LOST_AFTER_S": "6"}, "WORKER_LOST_AFTER_S"),
        ({"API_HOST": "0.0.0.0"}, "API_TOKENS is empty: anyone may call it"),
    ],
    ids=["impatient", "open"],
)
@pytest.mark.usefixtures("database")
def test_settings_that_hardly_were_meant_are_warned_of(clipzy, monkeypatch, settings, words):
    """They can be worked with."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    check = found(clipzy("doctor", "--json"))["settings"]
    assert check["verdict"] == "warn"
    assert words in check["fact"]


@pytest.mark.parametrize("host", ["127.0.0.2", "LOCALHOST", "0:0:0:0:0:0:0:1"])
@pytest.mark.usefixtures("database")
def test_no_address_of_this_machine_alone_is_warned_of(clipzy, monkeypatch, host):
    """Whichever way it is written."""
    monkeypatch.setenv("API_HOST", host)
    assert found(clipzy("doctor", "--json"))["settings"]["verdict"] == "ok"


@pytest.mark.usefixtures("database")
def test_a_misspelled_name_is_warned_of_by_the_doctor_and_at_the_start(clipzy, tmp_path):
    """Where it stands in `.env`, of which the engine takes what it knows."""
    (tmp_path / ".env").write_text("RETENTION_DAY=7\n")
    told = "RETENTION_DAY in .env is not a setting and is ignored; the nearest is RETENTION_DAYS"
    check = found(clipzy("doctor", "--json"))["settings"]
    assert (check["verdict"], check["fact"]) == ("warn", told)
    assert told in clipzy("migrate").err


@pytest.mark.usefixtures("database")
def test_networks_in_process_need_their_weights(clipzy, monkeypatch):
    """Where INFERENCE=local, an empty folder of weights fails."""
    monkeypatch.setenv("INFERENCE", "local")
    monkeypatch.setenv("WEIGHTS_PATH", "no-weights")
    check = found(clipzy("doctor", "--json"))["networks"]
    assert check["verdict"] == "fail"
    assert "shot_boundary" in check["fact"]
    assert "clipzy models" in check["advice"]


@pytest.mark.usefixtures("database")
def test_weights_that_a_triton_here_lacks_are_named(clipzy, monkeypatch):
    """Where it does not run: it could not start without them."""
    monkeypatch.setenv("WEIGHTS_PATH", "no-weights")
    check = found(clipzy("doctor", "--json"))["weights"]
    assert check["verdict"] == "fail"
    assert "shot_boundary" in check["fact"]
    assert "clipzy models" in check["advice"]


@pytest.mark.usefixtures("database")
def test_networks_in_process_are_ready_with_their_weights(clipzy, monkeypatch, weights_path):
    """Then everything that is needed is there."""
    monkeypatch.setenv("INFERENCE", "local")
    monkeypatch.setenv("WEIGHTS_PATH", str(weights_path))
    said = clipzy("doctor", "--json")
    assert said.code == 0, said.out
    assert said.document["ok"] is True
    assert "torch" in found(said)["networks"]["fact"]


@pytest.fixture
def old_weights(monkeypatch, weights_path, tmp_path):
    """Those of one network were made by another version."""
    copied = tmp_path / "weights"
    shutil.copytree(weights_path, copied)
    make_older(copied, "music_tags")
    monkeypatch.setenv("WEIGHTS_PATH", str(copied))


@pytest.mark.parametrize(
    "settings",
    [{"INFERENCE": "local"}, {"INFERENCE": "triton"}],
    ids=["in process", "by a Triton of this machine"],
)
@pytest.mark.usefixtures("database", "old_weights")
def test_weights_that_another_version_has_made_are_warned_of(clipzy, monkeypatch, settings):
    """The networks run with them, and none is said to be missing."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    checks = found(clipzy("doctor", "--json"))
    assert checks["weights"]["verdict"] == "warn"
    assert "those of music_tags in " in checks["weights"]["fact"]
    assert "made by another version" in checks["weights"]["fact"]
    assert "clipzy models" in checks["weights"]["advice"]
    assert "missing or damaged" not in checks["networks"]["fact"]


@pytest.mark.usefixtures("database", "old_weights")
def test_the_weights_of_a_triton_elsewhere_are_its_own(clipzy, monkeypatch):
    """A folder on this machine says nothing of them."""
    monkeypatch.setenv("TRITON_URL", "triton.invalid:8001")
    assert "weights" not in found(clipzy("doctor", "--json"))


@pytest.mark.usefixtures("database")
def test_networks_in_process_beside_a_gpu_that_torch_cannot_use_are_warned_of(clipzy, monkeypatch, weights_path):
    """As under a driver that is too old, where torch just sees none."""
    monkeypatch.setenv("INFERENCE", "local")
    monkeypatch.setenv("WEIGHTS_PATH", str(weights_path))
    monkeypatch.setattr("clipzy.inference.local.has_gpu", lambda: False)
    monkeypatch.setattr(
        "clipzy.inference.local.fault_of", lambda _device: "The NVIDIA driver on your system is too old"
    )
    monkeypatch.setattr("clipzy.machine.gpu.absence", lambda: None)
    check = found(clipzy("doctor", "--json"))["networks"]
    assert check["verdict"] == "warn"
    assert "on the CPU, since the GPU fails: The NVIDIA driver on your system is too old" in check["fact"]
    assert "580 or later" in check["advice"]


@pytest.mark.parametrize(
    ("why", "verdict", "words"),
    [
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, Verdict.OK, "none (Driver Not Loaded): the CPU does the work"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, Verdict.WARN, "there is one, but NVML says"),
    ],
    ids=["none", "mismatched driver"],
)
def test_a_machine_without_a_gpu_is_fine_and_one_that_cannot_use_it_is_not(monkeypatch, why, verdict, words):
    """With NVML's own reason."""

    def refuse():
        raise pynvml.NVMLError(why)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)
    (finding,) = machine.check_gpu()
    assert finding.verdict is verdict
    assert words in finding.fact


def test_a_gpu_that_was_lost_does_not_hide_the_others(monkeypatch):
    """The driver counts it still, and answers no question about it, or none about its memory; not every GPU has one of its own."""

    def asked(number, faults):
        if number in faults:
            raise pynvml.NVMLError(faults[number])
        return number

    lost, shares = pynvml.NVML_ERROR_GPU_IS_LOST, pynvml.NVML_ERROR_NOT_SUPPORTED
    for name, answer in {"Init": None, "Shutdown": None, "SystemGetDriverVersion": "580", "DeviceGetCount": 4}.items():
        monkeypatch.setattr(pynvml, f"nvml{name}", lambda answer=answer: answer)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda number: asked(number, {0: lost}))
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda _: "L4")
    memory = SimpleNamespace(total=24 * 10**9, free=23 * 10**9)
    monkeypatch.setattr(
        pynvml, "nvmlDeviceGetMemoryInfo", lambda number: memory if asked(number, {1: lost, 2: shares}) else None
    )
    assert [(each.verdict, each.fact) for each in machine.check_gpu()] == [
        (Verdict.WARN, "GPU 0 fails; NVML says: GPU is lost"),
        (Verdict.WARN, "GPU 1 (L4) fails; NVML says: GPU is lost"),
        (Verdict.OK, "GPU 2 (L4), driver 580, which does not tell its memory (Not Supported)"),
        (Verdict.OK, "GPU 3 (L4), 24.0 GB, 23.0 GB free, driver 580"),
    ]


def test_pythons_are_those_of_the_project(monkeypatch):
    """As pyproject.toml has them; another one fails."""
    oldest, too_new = (".".join(map(str, version)) for version in (machine.OLDEST_PYTHON, machine.TOO_NEW_PYTHON))
    assert tomllib.loads(PROJECT.read_text())["project"]["requires-python"] == f">={oldest},<{too_new}"
    monkeypatch.setattr(machine, "TOO_NEW_PYTHON", (3, 11))
    (finding,) = machine.check_python()
    assert finding.verdict is Verdict.FAIL
