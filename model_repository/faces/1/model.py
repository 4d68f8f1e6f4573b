"""Faces in pictures: Triton's tensors to `clipzy.networks.faces` and back."""

from clipzy.inference.adapter import Adapter
from clipzy.inference.specs import FACES


class TritonPythonModel(Adapter):
    model = FACES
