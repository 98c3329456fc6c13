"""What does the whole flow look like? `python -m jobtools.demo`: triggers become jobs on an embedded local AWS, and every one is accounted for.

Layer: tools; joins `jobtools.local` (what runs) and `jobtools.look` (what is shown). `run` is the story, in order.
"""
