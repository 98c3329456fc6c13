"""From a checkout to verified running jobs in one AWS account: `python -m jobtools.deploy STEP`, which the nox sessions of the same names run.

Layer: tools, main thread; above images, docker, infra and scan. Each step can be run alone, and again: none relies on what an earlier one kept in
memory or in a folder.

What is deployed, and how the steps meet:

    arguments   what a person may say; --help         settings  deploy.toml: project, Region, allowed accounts
    target      where to: every step gets it          identity  who are we, and may we?
    person      how somebody is asked                 wrong     errors a person can act on: what, and what next
    steps       what the flow asks of its parts       work      what the steps of one run share
    flow        the order of everything               run       which step does what
    wishes      what a person asked of the images

Terraform:

    program     one command, stopped as Terraform wants to be stopped
    root        one root: init, plan, apply of the plan that was shown
    roots       the two roots, the state of each, the bootstrap's way into its bucket
    locks       who holds a state, who a deployment   running   does it run on this machine already?
    explain     what an error means                   shown     what a person reads of a plan
    waves       who receives before who sends         images    which service runs which image
    drift       what was changed beside Terraform     destroy   everything goes, by name

The parts:

    pictures    images built, pushed, scanned         rollout   service deployments watched to their end
    smoke       a trigger followed to its end         hops      how long each part of its way took
    info        what runs where, as it is told        standing  the same, as it is asked
    history     which images worked                   local     what `--local` deploys to

What several of them ask:

    service_deployment   how far is one deployment?   stopped_tasks   why did a task end, with its last lines?
    queue_depth          how much waits?              image_tags      what do people call a digest?
    console              where does a browser find it?
    paused               which services are asleep, by somebody's wish?
"""
