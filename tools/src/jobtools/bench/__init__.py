"""What does a message cost, and how fast is one process? `python -m jobtools.bench` measures both services next to bare boto3.

Layer: tools. The services run as the real processes that they are, against the stand-in; `docs/reference/bench.md` says how to read the table.
It never talks to AWS, and never judges by an exit code: times are printed, not asserted.
"""
