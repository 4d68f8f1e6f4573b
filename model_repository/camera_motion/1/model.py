"""Camera motion between pairs of grey frames: Triton's tensors to `clipzy.networks.camera_motion` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import CAMERA_MOTION


class TritonPythonModel(Adapter):
    model = CAMERA_MOTION
