"""Deployment of a checkout to one AWS account: `python -m jobtools.deploy STEP`, run by the nox sessions of the same names.

Each step can be run alone, and again: none relies on what an earlier one kept in memory or in a folder.

What is deployed, and how the steps meet:

    arguments   the command line; --help              settings  deploy.toml: project, Region, allowed accounts
    target      the environment to deploy to          identity  the account, and whether it is allowed
    person      questions on the terminal             wrong     errors with what is wrong and what to do next
    steps       protocols of the flow's parts         work      objects that the steps of one run share
    flow        the order of the steps                run       the function of each step
    wishes      options of a run on images

Terraform:

    program     runs one command, stopped by Terraform's own interrupt
    root        one root: init, plan, apply of the plan that was shown
    roots       the two roots, the state of each, the move of the bootstrap's state into its bucket
    locks       locks of states and of deployments    running   other runs on this machine
    explain     errors in words                       shown     summary of a plan
    waves       services in order: receivers first    images    the image of each service
    drift       changes made outside Terraform        destroy   removal of an environment, confirmed by its name

The parts:

    pictures    images built, pushed, scanned         rollout   service deployments watched to their end
    smoke       a trigger followed to its end         hops      time that each hop of it took
    info        the running services, printed         standing  the running services, as read from AWS
    history     images of deployments that worked     local     the target of `--local`

Used by several of them:

    service_deployment   the state of one deployment  stopped_tasks   why tasks ended, with their last lines
    queue_depth          messages in a queue          image_tags      tags of a digest
    console              links into the AWS console   paused          services paused by `jobs pause`
"""
