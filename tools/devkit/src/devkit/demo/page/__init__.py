"""A run of the demo as one self-contained HTML page: fates, plots, traces, logs, dead letters.

`run_record` holds the input, `contents` the values shown, `render` makes the HTML, `write` puts it into a file. Nothing is read here: the demo
has read everything with `jobctl.queries`. The templates only format values.
"""
