"""Speed, measured: `python -m benchmarks` prints ratios against a reference in the same run."""
