"""Speech, singing and music in sound: Triton's tensors to `clipzy.networks.audio_events` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import AUDIO_EVENTS


class TritonPythonModel(Adapter):
    model = AUDIO_EVENTS
