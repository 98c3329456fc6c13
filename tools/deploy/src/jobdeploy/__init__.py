"""Deployment of a checkout to one AWS account: `python -m jobdeploy STEP`, run by the nox sessions of the same names.

Each step can be run alone, and again: none relies on what an earlier one kept in memory or in a folder.

    arguments   the command line; --help                settings        deploy.toml: project, Region, allowed accounts
    identity    the account, and whether it is allowed  context         objects that the steps of one run share
    flow        the order of the steps                  run             the function of each step
    progress    steps and their durations, printed

Terraform:

    root        one root: init, plan, apply of the plan that was shown
    roots       the two roots, and the state of each    commands        one command, ended by Ctrl-C
    locks       the lock of a whole deployment          explain         its errors and Docker's, with what to do next
    destroy     removal of an environment               drift           AWS compared with this checkout

The parts:

    images      images built, pushed, scanned           rollout         service deployments watched to their end
    smoke       a trigger followed to its end           rollout_order   receivers of a queue before its senders
    history     images of deployments that worked       stopped_tasks   why tasks ended, with their last lines
    asleep      sleeping services woken, paused ones kept so
    environment_check   settings that an image needs and the plan does not give
    image_set   the services' images                errors          those of deployments alone
"""
