"""Beats and downbeats in music: Triton's tensors to `clipzy.networks.beats` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import BEATS


class TritonPythonModel(Adapter):
    model = BEATS
