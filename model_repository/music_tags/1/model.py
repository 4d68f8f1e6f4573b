"""Genre, mood and instruments of music: Triton's tensors to `clipzy.networks.music_tags` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import MUSIC_TAGS


class TritonPythonModel(Adapter):
    model = MUSIC_TAGS
