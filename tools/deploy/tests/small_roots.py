"""The two roots with next to nothing in them, for real Terraform with real states in the local AWS: Terraform's built-in resource needs no provider.

The stack has one resource that waits in its apply while a file says so, and one that says which image it was made with.
"""

from __future__ import annotations

import shutil
import sys
import uuid
from pathlib import Path

import pytest

from jobdeploy.target import DeployTarget
from localaws.aws import REGION

from .local_target import ACCOUNT

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="Terraform is not installed")
WAIT, BEGUN = "wait", "begun"
"""Files beside the stack: while the first is there an apply does not end; the second says that it has begun."""
_BOUNDARY = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}'
_BUCKET = """\
import boto3, contextlib, sys
s3 = boto3.client("s3", region_name="{region}", endpoint_url="{endpoint}")
ecr = boto3.client("ecr", region_name="{region}", endpoint_url="{endpoint}")
iam = boto3.client("iam", region_name="{region}", endpoint_url="{endpoint}")
if sys.argv[1] == "make":
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_policy(PolicyName="{project}-boundary-{region}", PolicyDocument='{boundary}')
    s3.create_bucket(Bucket="{bucket}")
    s3.put_bucket_versioning(Bucket="{bucket}", VersioningConfiguration={{"Status": "Enabled"}})
    for name in ("base", "collector", "main-job", "background-job"):
        with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
            ecr.create_repository(repositoryName="{project}/" + name)
else:
    said = s3.list_object_versions(Bucket="{bucket}")
    for one in said.get("Versions", []) + said.get("DeleteMarkers", []):
        s3.delete_object(Bucket="{bucket}", Key=one["Key"], VersionId=one["VersionId"])
    s3.delete_bucket(Bucket="{bucket}")
    for name in ("base", "collector", "main-job", "background-job"):
        ecr.delete_repository(repositoryName="{project}/" + name)
"""
_BOOTSTRAP = """\
variable "project_name" {{ type = string }}
variable "aws_region" {{ type = string }}
variable "force_destroy" {{
  type    = bool
  default = false
}}
resource "terraform_data" "bucket" {{
  provisioner "local-exec" {{
    command = "{python} bucket.py make"
  }}
  provisioner "local-exec" {{
    when    = destroy
    command = "{python} bucket.py remove"
  }}
}}
resource "terraform_data" "allowed" {{
  input = var.force_destroy
}}
"""
_STACK = """\
terraform {
  backend "s3" {
    key          = "stack.tfstate"
    use_lockfile = true
  }
}
locals {
  services = {
    "main-job" = {
      receives = "triggers"
      sends    = ["jobs"]
      job_logs = false
    }
    "background-job" = {
      receives = "jobs"
      sends    = []
      job_logs = true
    }
  }
}
variable "project_name" { type = string }
variable "environment" { type = string }
variable "aws_region" { type = string }
variable "main_job_image" { type = string }
variable "background_job_image" { type = string }
variable "collector_image" { type = string }
variable "service_images" { type = map(string) }
resource "terraform_data" "images" {
  input = [var.main_job_image, var.background_job_image, var.environment]
}
resource "terraform_data" "slow" {
  triggers_replace = var.main_job_image
  provisioner "local-exec" {
    command = "touch begun; while [ -e wait ]; do sleep 0.05; done"
  }
}
resource "terraform_data" "after" {
  input      = terraform_data.slow.id
  depends_on = [terraform_data.slow]
}
output "services" { value = fileexists("${path.module}/services.json") ? jsondecode(file("${path.module}/services.json")) : {} }
output "ecs_cluster_name" { value = "c" }
output "ssm_paused_parameter_name" { value = "/${var.project_name}/${var.environment}/paused" }
output "environment_names" {
  value = fileexists("${path.module}/environment.json") ? jsondecode(file("${path.module}/environment.json")) : {}
}
output "images" { value = terraform_data.images.output }
"""
MEMBERS = ("main-job", "background-job")


def make_small(endpoint: str, folder: Path, project: str | None = None) -> DeployTarget:
    """A target whose roots are in `folder`; nothing is made yet."""
    target = DeployTarget(
        project or f"p{uuid.uuid4().hex[:8]}",
        "dev",
        REGION,
        ACCOUNT,
        endpoint_url=endpoint,
        repository=folder,
        terraform=folder / "terraform",
    )
    if not target.stack.exists():
        _write(target, endpoint)
    return target


def make_boundary(target: DeployTarget) -> None:
    """The boundary of all roles, as the bootstrap's code here makes it."""
    name = f"{target.project}-boundary-{target.region}"
    target.clients("iam").create_policy(PolicyName=name, PolicyDocument=_BOUNDARY)


def _write(target: DeployTarget, endpoint: str) -> None:
    for name in MEMBERS:
        member = target.repository / "services" / name
        member.mkdir(parents=True)
        (member / "pyproject.toml").touch()
    for environment in ("dev", "prod"):
        values = target.terraform / "environments" / environment
        values.mkdir(parents=True)
        (values / "terraform.tfvars").write_text(f'environment = "{environment}"\n')
    target.stack.mkdir()
    (target.stack / "main.tf").write_text(_STACK)
    bootstrap = target.terraform / "bootstrap"
    bootstrap.mkdir()
    (bootstrap / "main.tf").write_text(_BOOTSTRAP.format(python=sys.executable))
    bucket = _BUCKET.format(
        region=REGION, endpoint=endpoint, bucket=target.state_bucket, project=target.project, boundary=_BOUNDARY
    )
    (bootstrap / "bucket.py").write_text(bucket)
