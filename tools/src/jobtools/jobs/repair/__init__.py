"""How does a person put things right? Dead letters back or away (`dead`), a service asleep and awake again (`pause`, `resume`).

Layer: tools. The values (`letter`, `redriven`, `selection`, `plan`) know nothing of AWS; `dead_queue` is the only file that talks to SQS, `peek` and
`take` use it; `paused`, `scaling` and `tasks` are the steps of `pausing`. `commands` joins them to the command line.
"""
