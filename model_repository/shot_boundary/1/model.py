"""Shot boundaries in small frames: Triton's tensors to `clipzy.networks.shot_boundary` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import SHOT_BOUNDARY


class TritonPythonModel(Adapter):
    model = SHOT_BOUNDARY
