"""The live view of `jobctl watch`: reads a stack repeatedly, shows it, and lets a person open a job or send letters back.

It joins `overview`, `dead_letters`, `queries` and `views` to Textual. One thread reads (`source`, `reader`), the other shows; snapshots are
passed between them. The reading thread touches no widget, the view's thread makes no call to AWS. The cost of a refresh: see `source`.

    snapshot                                   what is known at one moment
    source, part, queue_figures, metric_feed,
    recent_jobs                                what is read, how often, and errors of AWS
    reader                                     the reading thread
    plot, views                                plots, tables, texts
    app, stack_screen, job_screen, dead_screen,
    confirm_screen                             the screens and their keys
    redrive_thread                             letters back to their queues
    web                                        the same for a browser
"""
