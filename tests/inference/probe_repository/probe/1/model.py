"""The probe of the tests: the engine's own adapter around a network that does as it is told."""

import os
import sys
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[4]))

import probe
from clipzy.inference.adapter import Adapter


class TritonPythonModel(Adapter):
    """The adapter as the engine's models have it, with the probe for a network."""

    model = probe.PROBE

    def initialize(self, args):  # noqa: ARG002 (Triton's signature)
        """Load nothing."""
        self._run = obey


def obey(inputs):
    """Double the numbers, or do what the first number of a row orders."""
    rows = inputs["numbers"]
    for order, *operands in rows[:, :2].tolist():
        if order == probe.SLEEP:
            time.sleep(operands[0])
        elif order == probe.FAIL:
            raise ArithmeticError("these numbers cannot be doubled")
        elif order == probe.DIE:
            os._exit(1)
        elif order == probe.ANSWER_NOTHING:
            return {"doubled": rows[:, :0]}
    return {"doubled": rows * 2}
