"""How does a person put things right? Dead letters back or away (`dead`), a service asleep and awake again (`pause`, `resume`).

Layer: tools. Letters are read by `jobtools.look`. The values (`redriven`, `selection`) know nothing of AWS; `dead_queue` is the only file that takes
letters out of SQS, `take` uses it; `scaling` and `tasks` are the steps of `pausing`, and `jobtools.deploy.paused` says who is paused, because
deployments ask it too. `commands` joins them to the command line.
"""
