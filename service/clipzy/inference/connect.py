"""The networks' client that the settings name; a module of its own, since every stage's process imports it."""

from __future__ import annotations

from clipzy.inference.client import Inference, Tell
from clipzy.inference.triton import TritonInference
from clipzy.settings import Settings


def open_inference(settings: Settings, tell: Tell, *, gpu: bool = True) -> Inference:
    """Open the client, in the process that uses it. `tell` takes a sentence when it has to wait for a server, or to do without a GPU.

    `gpu`: whether networks in this process may use one; it does not concern a server's.
    """
    if settings.inference == "local":
        # torch takes seconds to import, and only this way of asking needs it
        from clipzy.inference.local import LocalInference  # noqa: PLC0415

        return LocalInference(settings.weights_path, None if gpu else "cpu", tell)
    return TritonInference(
        settings.triton_url,
        timeout_s=settings.inference_timeout_s,
        patience_s=settings.inference_patience_s,
        shared_memory=settings.triton_shared_memory,
        on_wait=tell,
    )
