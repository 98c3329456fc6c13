"""What goes on, and what happened to this job? The `jobs` command, which needs AWS credentials and nothing else.

Layer: tools, above `look` (reading and showing) and `deploy` (what runs where). Commands only join the two: they own no table and no log reader.

    app         the commands, their common options, and what becomes of an error
    session     which stack, with which credentials: options, environment, a file
    stack       the one SSM parameter that says what is in a stack
    overview    what is going on, for `status` and `watch`
    screen      tables or JSON, progress, local times
    exits       exit codes
    places      where one thing leads to another
    repair      dead letters, pause and resume
    watch       the live view
"""
