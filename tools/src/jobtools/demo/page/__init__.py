"""How is a run of the demo shown to somebody who was not there? One self-contained HTML page: fates, plots, traces, logs, dead letters.

Layer: tools. `run_record` is what it is made from, `contents` what stands on it, `render` makes the text of it, `write` puts it into a file. It reads
nothing: everything was read by the demo with `jobtools.look`. The templates only say how a value looks.
"""
