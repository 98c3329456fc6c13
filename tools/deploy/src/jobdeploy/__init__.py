"""Deployment of a checkout to one AWS account: `python -m jobdeploy STEP`, run by the nox sessions of the same names.

Each step can be run alone, and again: none relies on what an earlier one kept in memory or in a folder.

    arguments   the command line; --help              settings  deploy.toml: project, Region, allowed accounts
    identity    the account, and whether it is allowed
    steps       protocols of the flow's parts         work      objects that the steps of one run share
    flow        the order of the steps                run       the function of each step
    options     options of a run on images            progress  steps and their durations, printed

Terraform:

    program     runs one command, stopped by Terraform's own interrupt
    root        one root: init, plan, apply of the plan that was shown
    roots       the two roots, the state of each, the move of the bootstrap's state into its bucket
    locks       locks of states and of deployments    running         other runs on this machine
    explain     errors in words                       plan_summary    summary of a plan
    drift       changes made outside Terraform        destroy         removal of an environment, confirmed by its name
    rollout_order   services in order: receivers first

The parts:

    images      images built, pushed, scanned         rollout         service deployments watched to their end
    smoke       a trigger followed to its end         stopped_tasks   why tasks ended, with their last lines
    history     images of deployments that worked
"""
