"""What the benchmarks measure beside us: bare PyAV, and a pipeline rebuilt from the libraries that a comparable API names."""
