"""Sound from a file, and the sound of an output."""
