import sys
from pathlib import Path

# the benchmarks are programs that import their neighbours by name
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "accuracy")]
