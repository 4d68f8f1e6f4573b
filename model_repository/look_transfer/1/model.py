"""The look that carries one video's colours to another: Triton's tensors to `clipzy.networks.look_transfer` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import LOOK_TRANSFER


class TritonPythonModel(Adapter):
    model = LOOK_TRANSFER
