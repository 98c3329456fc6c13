"""Repairs of dead letters: select, send back or delete, with a copy of each on the disk before.

Letters are read by `jobctl.queries`. The values (`redriven_message`, `selection`) know nothing of AWS; only `redrive` takes letters out of a
queue, for the commands (`request`) and for the live view.
"""
