"""One frozen value for every setting, out of the environment."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from clipzy.cli.environment import misspelled, read_settings
from clipzy.errors import ConfigurationError
from clipzy.settings import Settings
from clipzy.style.plan import LONGEST_SIDE


@pytest.fixture(autouse=True)
def _bare(monkeypatch, tmp_path):
    """No variable of this machine and no `.env` has a say."""
    for name in (*Settings.model_fields, "aws_default_region"):
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_setting_has_a_default_and_a_reason():
    """The engine starts with an empty environment, and each field says in a sentence what it is for."""
    Settings()
    for name, field in Settings.model_fields.items():
        assert not field.is_required(), name
        assert re.search(r"\w{2,} .*\.$|AWS name\.$", field.description or ""), f"{name}: {field.description}"


def test_a_setting_is_read_from_its_variable(monkeypatch):
    """Of the same name in capitals."""
    monkeypatch.setenv("MAX_CONCURRENT_JOBS", "3")
    assert Settings().max_concurrent_jobs == 3


def test_a_level_may_be_written_in_either_case(monkeypatch):
    """As people write it."""
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert Settings().log_level == "DEBUG"


def test_the_region_may_stand_in_the_older_variable(monkeypatch):
    """Which other tools of AWS read; the newer one goes before it."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Settings().aws_region == "eu-west-1"
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert Settings().aws_region == "eu-central-1"
    assert Settings(aws_region="us-west-2").aws_region == "us-west-2"


def test_the_environment_goes_before_the_env_file(monkeypatch, tmp_path):
    """A `.env` in the working folder is read, and overruled."""
    (tmp_path / ".env").write_text("API_PORT=9000\nMAX_QUEUED_JOBS=5\nOF_ANOTHER_PROGRAM=x\n")
    monkeypatch.setenv("API_PORT", "9001")
    settings = Settings()
    assert (settings.api_port, settings.max_queued_jobs) == (9001, 5)


def test_a_misspelled_name_in_the_env_file_is_told_with_the_one_that_is_meant(tmp_path):
    """Not those of other programs, nor the second name of a setting."""
    misspelt = {"MAX_FILE_SIZE": "MAX_FILE_SIZE_MB", "WEBHOOK_SECRETS": "WEBHOOK_SECRET", "s3_bucket": "S3_BUCKET_NAME"}
    others = ("POSTGRES_PASSWORD", "AWS_DEFAULT_REGION", "api_port", "CLIPZY_URL", "FORWARDED_ALLOW_IPS", "PORT")
    (tmp_path / ".env").write_text("".join(f"{name}=8001\n" for name in (*misspelt, *others)))
    assert misspelled() == [
        f"{name.upper()} in .env is not a setting and is ignored; the nearest is {meant}"
        for name, meant in misspelt.items()
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_CONCURRENT_JOBS", "0"),
        ("API_PORT", "70000"),
        ("PROCESSING_TIMEOUT_SECONDS", "-1"),
        ("STORAGE_TYPE", "ftp"),
        ("INFERENCE", "guess"),
        ("LOG_LEVEL", "LOUD"),
        ("HEARTBEAT_INTERVAL_S", "1e10"),  # more than a thread can wait for
        ("WORKER_LOST_AFTER_S", "1e15"),  # before the first year
        ("WEBHOOK_BACKOFF_S", "inf"),
        ("INFERENCE_TIMEOUT_S", "inf"),
        ("MAX_QUEUED_JOBS", "1000001"),
        ("MAX_DIMENSION_PX", str(LONGEST_SIDE + 1)),  # its plans could not be given
        ("STAGE_MEMORY_LIMIT_MB", "99999999999999"),  # more than a limit can be
    ],
)
def test_a_value_that_makes_no_sense_is_refused(monkeypatch, name, value):
    """At the start, with the setting's name, not at the first job."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("triton.internal", "must be host:port"),
        ("triton.internal:", "must be host:port"),
        ("triton.internal:grpc", "must be host:port"),
        (":8001", "must be host:port"),
        ("", "must be host:port"),
        ("triton:0", "must be host:port"),
        ("triton:65536", "must be host:port"),
        ("triton:8001/v2", "must be host:port"),
        ("::1:8001", "must be host:port"),
        ("[127.0.0.1]:8001", "must be host:port"),
        ("http://triton:8000/", "must be host:port without http://, as triton:8000; its port is that of gRPC"),
        ("grpc://triton:8001", "must be host:port without grpc://, as triton:8001"),
    ],
)
def test_a_place_of_triton_that_is_none_is_refused_by_name(monkeypatch, url, advice):
    """By every command, in words, before anything is asked there or started."""
    monkeypatch.setenv("TRITON_URL", url)
    with pytest.raises(ConfigurationError, match=rf"TRITON_URL: {advice}"):
        read_settings()


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8001", "triton:1", "my-triton.an_y.internal:65535", "[::1]:8001", "[2001:db8::7]:8001"]
)
def test_a_place_of_triton_is_taken(url):
    """A name, or an address, with a port."""
    assert Settings(triton_url=url).triton_url == url


@pytest.mark.parametrize(
    ("together", "names"),
    [
        ({"HEARTBEAT_INTERVAL_S": "30"}, ["HEARTBEAT_INTERVAL_S=30", "WORKER_LOST_AFTER_S=30"]),
        ({"WORKER_LOST_AFTER_S": "4"}, ["HEARTBEAT_INTERVAL_S=5", "WORKER_LOST_AFTER_S=4"]),
        ({"MAX_INCOMING_MB": "1000"}, ["MAX_INCOMING_MB=1000", "MAX_FILE_SIZE_MB=1000"]),
        ({"STORAGE_TYPE": "s3", "AWS_ACCESS_KEY_ID": "AKIA"}, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        ({"STORAGE_TYPE": "s3", "AWS_SECRET_ACCESS_KEY": "x"}, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        ({"STORAGE_TYPE": "s3", "AWS_ENDPOINT_URL": "minio:9000"}, ["AWS_ENDPOINT_URL=minio:9000", "http://"]),
        ({"LOCAL_STORAGE_PATH": "data/work"}, ["LOCAL_STORAGE_PATH=data/work", "DATA_PATH"]),
        ({"DATA_PATH": "d", "LOCAL_STORAGE_PATH": "d/x/../cache/files"}, ["LOCAL_STORAGE_PATH", "DATA_PATH"]),
    ],
    ids=[
        "as rare as the silence",
        "shorter silence",
        "no room for the largest",
        "half a key",
        "half a secret",
        "no URL of a server",
        "swept",
        "swept in a roundabout way",
    ],
)
def test_settings_that_cannot_work_together_are_refused(monkeypatch, together, names):
    """At the start, in a sentence with the names of them all."""
    for name, value in together.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        read_settings()
    said = str(refused.value)
    assert said.startswith("invalid settings: ")
    assert all(name in said for name in names), said
    assert "Value error" not in said
    assert ": : " not in said


@pytest.mark.parametrize(
    "together",
    [
        {"HEARTBEAT_INTERVAL_S": "0.3", "WORKER_LOST_AFTER_S": "1.5"},
        {"STORAGE_TYPE": "s3", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"},
        {"STORAGE_TYPE": "s3"},
        {"STORAGE_TYPE": "s3", "AWS_ENDPOINT_URL": "http://minio:9000"},
        {"STORAGE_TYPE": "s3", "AWS_ENDPOINT_URL": "https://s3.example.com/"},
        {"AWS_ACCESS_KEY_ID": "of something else on this machine", "AWS_ENDPOINT_URL": "of that"},
        {"LOCAL_STORAGE_PATH": "data/workshop"},
        {"STORAGE_TYPE": "s3", "LOCAL_STORAGE_PATH": "data/work"},
    ],
    ids=[
        "quick",
        "both keys",
        "a role",
        "a server",
        "a server by TLS",
        "keys without S3",
        "beside the swept",
        "not used",
    ],
)
def test_settings_that_fit_together_are_taken(monkeypatch, together):
    """What is not used is not judged."""
    for name, value in together.items():
        monkeypatch.setenv(name, value)
    Settings()


def test_settings_cannot_be_changed():
    """What one part reads the other reads too."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings().api_port = 1


def test_secrets_are_not_shown():
    """Neither printed nor logged with the rest."""
    settings = Settings(aws_secret_access_key="hush-hush")
    assert "hush-hush" not in repr(settings)
    assert settings.aws_secret_access_key.get_secret_value() == "hush-hush"


def test_the_database_is_below_the_data_folder_unless_it_is_named(tmp_path):
    """As an absolute path, so that it does not move with the working folder."""
    assert Settings(data_path=Path("d")).resolved_database_url == f"sqlite:///{tmp_path.resolve()}/d/clipzy.db"
    assert Settings(database_url="postgresql://h/d").resolved_database_url == "postgresql://h/d"
