"""Speech in sound: Triton's tensors to `clipzy.networks.voice_activity` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import VOICE_ACTIVITY


class TritonPythonModel(Adapter):
    model = VOICE_ACTIVITY
