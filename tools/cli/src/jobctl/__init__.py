"""The `jobctl` command: what goes on in a stack, and what happened to a job.

It needs AWS credentials and nothing else. Commands join `look` (reading and showing) and `deploy` (what runs where); they own no table and no log
reader.

    app         the commands, their common options, and how errors are reported
    session     which stack, with which credentials: options, environment, a file
    stack       the SSM parameter that describes a stack
    overview    what is going on, for `status` and `watch`
    screen      tables or JSON, progress, local times
    exits       exit codes
    places      links to logs, tasks, traces, queues and the dashboard
    repair      dead letters, pause and resume
    watch       the live view
"""
