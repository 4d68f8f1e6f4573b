"""Arrays in, measurements out: pure numerics, no files and no networks."""
