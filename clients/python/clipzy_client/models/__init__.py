"""What the engine answers, as frozen models; what a later engine adds is kept in `model_extra`."""
