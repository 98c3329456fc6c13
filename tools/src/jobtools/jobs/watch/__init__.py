"""What is going on, as it goes on? `jobs watch`: a terminal view that reads again and again, and lets a person go into a job or send letters back.

Layer: tools, above `jobs.overview`, `jobs.record`, `jobs.repair` and `look`, which it joins to Textual. Two threads: one reads (`source`,
`reading`), the other shows; snapshots travel between them, and no widget is touched by the first, no call made by the second. What a refresh
costs: see `source`.

    snapshot                                   what is known at one moment
    source, part, queue_figures, metric_feed,
    recent_jobs                                what is read how often, and what if AWS refuses
    reading                                    the thread
    plot, views                                how it looks
    app, stack_screen, job_screen, dead_screen,
    question_screen                            the screens and their keys
    redrive                                    letters back to their queues
    web                                        the same for a browser
"""
