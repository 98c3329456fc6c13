"""The demo: triggers become jobs on an embedded local AWS, and every one is accounted for (`python -m jobtools.demo`).

Joins `jobtools.local` (what runs) and `jobtools.look` (what is shown). `run` does it all, in order.
"""
