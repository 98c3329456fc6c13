"""Command line of the deploy steps."""

from __future__ import annotations

import argparse
from pathlib import Path

from jobctl.checkout import REPOSITORY

EXAMPLES = """\
nox -s deploy -- --environment dev             a clean checkout becomes verified running jobs; asks before anything is changed
nox -s deploy -- --environment dev --yes       the same in CI; deploy.toml must name the account
nox -s deploy -- --local                       all of it against an AWS and a registry on this machine
nox -s rollback -- --environment dev           back to the images of the deployment before
nox -s drift -- --environment prod             does AWS match this checkout?
nox -s destroy -- --environment dev            deletes an environment; asks for its name first

Exit codes: 0 done; 1 it failed; 2 wrong arguments, for drift: it differs; 3 credentials, account, or not agreed; 4 locked by somebody; 6 rolled back;
7 something to install, start or write first; 130 Ctrl-C. Run it again: each step finds what is done already.
"""


def read_arguments(arguments: list[str], *, local: bool = False) -> argparse.Namespace:
    """`step` is one of those below; `environment`, `local`, `yes`, `verbose` and so on. Exits with 2 where they are wrong.

    `local` adds the options of deployments to this machine.
    """
    common = _common(local=local)
    parser = argparse.ArgumentParser(
        prog="python -m jobdeploy",
        description="From a commit to running jobs in one AWS account. Each step can be run alone, and again.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)

    def step(name: str, summary: str) -> argparse.ArgumentParser:
        return steps.add_parser(
            name,
            parents=[common],
            help=summary,
            description=summary,
            epilog=EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    step("bootstrap", "the states' bucket, the repositories, GitHub's roles: once for an account, and when they change")
    push = step("push", "the images into ECR, where it lacks them, the collector mirrored; tells the digests")
    push.add_argument("images", nargs="*", metavar="IMAGE", help="these alone: base, a service, collector")
    deploy = step("deploy", "everything: bootstrap, images, scan gate, plan, apply, services watched, smoke")
    deploy.add_argument(
        "--without-scan", action="store_true", help="does not wait for ECR's scan: nobody has looked into these images"
    )
    deploy.add_argument(
        "--rollback-on-failed-smoke",
        action="store_true",
        help="where the smoke test's job was refused or failed in a task of the new version: restores the previous deployment",
    )
    step("smoke", "sends a trigger and follows its job to the end")
    step("rollback", "to the images of the deployment before")
    step("drift", "whether AWS matches this checkout")
    destroy = step("destroy", "deletes an environment; asks for its name first")
    destroy.add_argument(
        "--bootstrap", action="store_true", help="the states' bucket and all images too, if no environment is left"
    )
    unlock = step("unlock", "removes a lock that a killed run left")
    unlock.add_argument("lock", metavar="ID", help="as the error named it")
    unlock.add_argument("--bootstrap", action="store_true", help="the lock of the bootstrap's state")
    return _checked(parser, parser.parse_args(arguments))


def _common(*, local: bool) -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--environment", metavar="NAME", help="a folder of infra/terraform/environments (with --local: dev)"
    )
    common.add_argument("--region", metavar="REGION", help="another than deploy.toml's")
    common.add_argument("--yes", action="store_true", help="agrees to every question, but not to the end of prod")
    common.add_argument(
        "--confirm",
        metavar="NAME",
        action="append",
        default=[],
        help="types a name that destroy asks for (prod, the project)",
    )
    common.add_argument("--verbose", "-v", action="store_true", help="plans in full")
    common.add_argument("--endpoint-url", metavar="URL", help="a local AWS that runs already")
    common.set_defaults(local=False, registry=None)
    if local:
        common.add_argument(
            "--local", action="store_true", help="an AWS and a registry of this run's own, on this machine"
        )
        common.add_argument("--registry", metavar="HOST:PORT", help="a registry on this machine that stands for ECR")
    common.add_argument(
        "--terraform", metavar="FOLDER", type=Path, help="a copy of infra/terraform (default: this checkout's)"
    )
    common.add_argument("--repository", type=Path, default=REPOSITORY, help=argparse.SUPPRESS)
    return common


def _checked(parser: argparse.ArgumentParser, options: argparse.Namespace) -> argparse.Namespace:
    if options.local and options.endpoint_url:
        parser.error("--local has an endpoint of its own; --endpoint-url is for one that runs already")
    if options.registry and not (options.endpoint_url or options.local):
        parser.error("--registry stands for ECR only beside --endpoint-url")
    if options.environment is None:
        if not options.local:
            parser.error("--environment is needed: a folder of infra/terraform/environments")
        options.environment = "dev"
    return options
