import sys
from pathlib import Path

# the benchmarks are programs that import their neighbours by name
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks" / "accuracy"))
