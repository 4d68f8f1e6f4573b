"""Six real stage functions that do what the job's "video", a JSON file, tells them: sleep, warn, fail, crash."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clipzy.errors import InferenceUnavailable, MediaError
from clipzy.jobs.lifecycle import Stage
from clipzy.stages.context import StageContext
from clipzy.telemetry import log, observations

STAGE_FUNCTIONS = {stage: f"tiny_stages:{stage.value}" for stage in Stage}


class NoNetworks:
    """An inference client for stages that ask no network; made as any other is."""

    def __init__(self, tell=None, *, gpu=True):
        self.tell, self.gpu = tell, gpu

    def infer(self, model, inputs):
        """Refuse."""
        raise InferenceUnavailable(f"there is no {model.name} here for {sorted(inputs)}")

    def close(self):
        """Nothing is open."""


def script_of(context: StageContext) -> dict:
    """What the stages of this job are told: by stage name a list of [action, argument]."""
    return json.loads(context.sources[-1].path.read_text())


def journal(context: StageContext) -> Path:
    """Where every run of a stage leaves a line: job, stage, attempt's folder, process."""
    return context.cache / "journal.txt"


def _stage(name: str) -> Callable[[StageContext], None]:
    def run(context: StageContext) -> None:
        with journal(context).open("a") as file:
            file.write(f"{context.job_id} {name} {context.folder.name} {os.getpid()}\n")
        for action, argument in script_of(context).get(name, []):
            ACTIONS[action](context, argument)
        (context.folder / "result.txt").write_text(",".join(context.earlier))

    return run


def _sleep(context: StageContext, seconds: float) -> None:
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        context.report(passed / seconds)
        time.sleep(0.02)
    context.report(1.0)


def _start_child(context: StageContext, seconds: float) -> None:
    child = subprocess.Popen(["sleep", str(seconds)])
    (context.cache / "grandchild.pid").write_text(str(child.pid))


def _publish(context: StageContext, files: dict) -> None:
    (context.folder / "publish").mkdir(exist_ok=True)
    for name, content in files.items():
        (context.folder / "publish" / name).write_text(content)


def _sign(context: StageContext, name: str) -> None:
    _publish(context, {name: json.dumps({"made_in": context.folder.name})})
    context.warn(f"made in {context.folder.name}")


def _cite(context: StageContext, name: str) -> None:
    earlier, _, file = name.partition("/")
    _publish(context, {f"cited_{file}": (context.earlier[earlier] / "publish" / file).read_text()})


def _report_stubbornly(context: StageContext, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(Exception):
            context.report(0.5)


def _publish_names(context: StageContext, _argument: object) -> None:
    _publish(context, {"names.json": json.dumps([source.shown_name for source in context.sources])})


def _publish_zeros(context: StageContext, sizes: dict) -> None:
    (context.folder / "publish").mkdir(exist_ok=True)
    for name, mebibytes in sizes.items():
        with (context.folder / "publish" / name).open("wb") as file:
            for _ in range(mebibytes):
                file.write(bytes(1 << 20))


def _fail(_context: StageContext, message: str) -> None:
    raise MediaError(message)


def _stumble(_context: StageContext, message: str) -> None:
    raise ZeroDivisionError(message)


def _os_error(_context: StageContext, number: int) -> None:
    raise OSError(number, os.strerror(number))


def _crash(_context: StageContext, number: int) -> None:
    os.kill(os.getpid(), number)
    signal.pause()


def _crash_on_gpu(context: StageContext, _argument: object) -> None:
    with (context.folder / "half").open("x") as half:  # of an attempt that went before nothing may be left
        half.write("written")
    if context.hardware_decoding or context.hardware_encoding:
        _crash(context, signal.SIGSEGV)


def _wait_for(context: StageContext, name: str) -> None:
    deadline = time.monotonic() + 20
    while not (context.cache / name).exists():
        if time.monotonic() > deadline:
            raise MediaError(f"nobody wrote {name}")
        time.sleep(0.01)


def _exit(_context: StageContext, code: int) -> None:
    os._exit(code)


def _eat(_context: StageContext, mebibytes: int) -> None:
    bytearray(mebibytes << 20)


def _nag(context: StageContext, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        context.warn("again")


def _infer(context: StageContext, calls: int) -> None:
    from probe import PROBE, numbers  # noqa: PLC0415 (few jobs ask a network)

    for _ in range(calls):
        assert context.inference.infer(PROBE, numbers([1, 2]))["doubled"].tolist() == [[2, 4]]


def _infer_in_vain(context: StageContext, _argument: object) -> None:
    from probe import FAIL, PROBE, numbers  # noqa: PLC0415 (few jobs ask a network)

    context.inference.infer(PROBE, numbers([FAIL]))


def _see_frames(_context: StageContext, count: int) -> None:
    observations.saw_frames("video_analysis", count)


def _note_devices(context: StageContext, _argument: object) -> None:
    names = ("hardware_decoding", "all_decoding_units", "hardware_encoding")
    devices = {name: getattr(context, name) for name in names} | {"networks": context.inference.gpu}
    (context.folder / "devices.json").write_text(json.dumps(devices))


def _log(_context: StageContext, text: str) -> None:
    log.warning(text)


def _garble(context: StageContext, _argument: object) -> None:
    context.warn.__self__._pipe.send_bytes(b"garbage")


ACTIONS = {
    "sleep": _sleep,
    "start_child": _start_child,
    "publish": _publish,
    "publish_names": _publish_names,
    "report_stubbornly": _report_stubbornly,
    "sign": _sign,
    "cite": _cite,
    "publish_zeros": _publish_zeros,
    "fail": _fail,
    "stumble": _stumble,
    "crash": _crash,
    "crash_on_gpu": _crash_on_gpu,
    "exit": _exit,
    "touch": lambda context, name: (context.cache / name).touch(),
    "wait_for": _wait_for,
    "eat": _eat,
    "nag": _nag,
    "os_error": _os_error,
    "garble": _garble,
    "infer": _infer,
    "infer_in_vain": _infer_in_vain,
    "see_frames": _see_frames,
    "note_devices": _note_devices,
    "log": _log,
    "wait_for_network": lambda context, text: context.inference.tell(text),
    "warn": lambda context, text: context.warn(text),
    "report": lambda context, fraction: context.report(fraction),
}

video_analysis, audio_analysis, motion_analysis, style_extraction, style_application, rendering = map(_stage, Stage)
