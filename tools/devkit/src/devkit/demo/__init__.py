"""The demo: triggers become jobs on an embedded local AWS, and every one is accounted for (`python -m devkit.demo`).

Joins `devkit.services` and `localaws` (what runs) and `jobctl.queries` (what is shown). `run` does it all, in order.
"""
