"""The cost of a message and the throughput of one process: `python -m devkit.bench` measures both services next to bare boto3.

The services run as real processes against the local AWS; `docs/reference/bench.md` says how to read the table.
Nothing talks to AWS, and the exit code does not depend on the figures: times are printed, not asserted.
"""
