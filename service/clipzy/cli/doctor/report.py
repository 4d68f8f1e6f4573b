"""Runs all checks and reports what they found."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from rich.table import Table
from rich.text import Text

from clipzy.cli.doctor import configuration, machine, networks, state
from clipzy.cli.doctor.findings import Check, Finding, Verdict, examine
from clipzy.cli.exit_codes import FAILED
from clipzy.cli.terminal import answering
from clipzy.inference.installation import ANEW
from clipzy.settings import Settings

STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red"}
LOADS_TORCH_S = 60.0  # from a cold disk


def examine_and_report(*, as_json: bool) -> None:
    """Look at everything, and say what was found.

    Raises:
        SystemExit: something that is needed is missing.
    """
    with answering(as_json) as answer, _quiet_libraries():
        settings, findings = configuration.read()
        findings = [*findings, *examine(_checks(settings))]
        failed = sum(finding.verdict is Verdict.FAIL for finding in findings)
        warned = sum(finding.verdict is Verdict.WARN for finding in findings)
        document = {
            "ok": failed == 0,
            "checks": [
                {
                    "name": finding.name,
                    "verdict": finding.verdict.value,
                    "fact": finding.fact,
                    "advice": finding.advice or None,
                }
                for finding in findings
            ],
        }
        answer.give(document, *_shown(findings), Text(), Text(_conclusion(failed, warned)))
    if failed:
        raise SystemExit(FAILED)


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Without log lines: the report says what they would."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _checks(settings: Settings | None) -> Sequence[Check]:
    """Those of the machine, and where the settings can be read those of what they name."""
    checks = [
        Check("python", machine.check_python, "use Python 3.11 or 3.12"),
        Check("ffmpeg", machine.check_video, ANEW, LOADS_TORCH_S),
        Check("gpu", machine.check_gpu, "look at `nvidia-smi`"),
    ]
    if settings is None:
        return checks
    return [
        *checks,
        Check("disk", partial(machine.check_disks, settings), "check DATA_PATH and LOCAL_STORAGE_PATH"),
        Check("database", partial(state.check_database, settings), "start it, or check DATABASE_URL"),
        Check("storage", partial(state.check_storage, settings), _storage_advice(settings)),
        Check("networks", partial(networks.check_triton, settings), "start it, or check TRITON_URL")
        if settings.inference == "triton"
        else Check("networks", partial(networks.check_local, settings), networks.OWN_TORCH, LOADS_TORCH_S),
    ]


def _storage_advice(settings: Settings) -> str:
    if settings.storage_type == "s3":
        return "check S3_BUCKET_NAME, AWS_ENDPOINT_URL and the keys"
    return "give this user the folder, or set LOCAL_STORAGE_PATH to another"


def _shown(findings: Sequence[Finding]) -> list[Table]:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        table.add_row(Text(finding.verdict, STYLES[finding.verdict]), finding.name, Text(finding.fact))
        if finding.advice:
            table.add_row("", "", Text(f"→ {finding.advice}"))
    return [table]


def _conclusion(failed: int, warned: int) -> str:
    if failed:
        return f"{failed} required part{' is' if failed == 1 else 's are'} missing: see the failing lines"
    if warned:
        return f"the engine can work, with {warned} warning{'' if warned == 1 else 's'} above"
    return "everything is there"
