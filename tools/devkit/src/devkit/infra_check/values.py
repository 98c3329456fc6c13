"""Values of an installation that only an account has: image digests, a VPC, secrets.

Image digests come from a push, a VPC and secrets from whoever runs the account: here the digests are made up, and VPC and secrets are made
before the inventory is taken.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from localaws.aws import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from devkit.infra_check.tree import Installation
    from jobctl.environment.target import Clients

Values = dict[str, Any]
_ACCOUNT = "123456789012"
"""moto's."""
_IMAGES = ("main_job_image", "background_job_image", "collector_image")
_WITH_IMAGE_VARIABLE = {"main-job", "background-job"}
IN_PRIVATE_SUBNETS = {"prod"}
"""Environments that run in a VPC of their own, without a way to the internet; the others in the default VPC."""
_CIDR = "10.80.0.0/16"
_SUBNETS = {f"{REGION}a": "10.80.0.0/20", f"{REGION}b": "10.80.16.0/20"}


def image(name: str, version: str) -> str:
    """An image by digest, as a push to ECR would name it."""
    digest = hashlib.sha256(f"{name}:{version}".encode()).hexdigest()
    return f"{_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name.replace('_', '-')}@sha256:{digest}"


def images_of_the_two() -> Values:
    """The images that every stack has."""
    return {name: image(name, "1") for name in _IMAGES}


def values_of_the_account(installation: Installation, clients: Clients) -> Values:
    """Values for variables that the root declares and its environment cannot contain."""
    values = images_of_the_two()
    values["service_images"] = {name: image(name, "1") for name in installation.services() - _WITH_IMAGE_VARIABLE}
    values["environment"] = "dev"
    if installation.name in IN_PRIVATE_SUBNETS:
        values |= {**_private_network(clients), "create_vpc_endpoints": True, **_secrets(clients)}
    return {
        name: value
        for name, value in values.items()
        if installation.has_variable(name) and not (name == "environment" and installation.sets(name))
    }


def changed_values(installation: Installation) -> Values:
    """A new image of one service, and another retention: what the root declares of it."""
    values = {"log_retention_days": 60, "main_job_image": image("main_job_image", "2")}
    return {name: value for name, value in values.items() if installation.has_variable(name)}


def write_values(file: Path, values: Values) -> str:
    """The argument with which Terraform takes the values, above those of an environment."""
    file.write_text(json.dumps(values))
    return f"-var-file={file}"


def _private_network(clients: Clients) -> Values:
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock=_CIDR)["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):  # private DNS names of VPC endpoints need both
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, cidr in _SUBNETS.items()
    ]
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    return {"vpc_id": vpc, "subnet_ids": subnets, "route_table_ids": [routes]}


def _secrets(clients: Clients) -> Values:
    """One of each kind for the background job, the one in Secrets Manager with a key of its owner's."""
    key = clients("kms").create_key(Description="of the secrets")["KeyMetadata"]["Arn"]
    secret = clients("secretsmanager").create_secret(Name="proof/database", SecretString="{}", KmsKeyId=key)["ARN"]
    clients("ssm").put_parameter(Name="/proof/token", Value="none", Type="SecureString")
    parameter = f"arn:aws:ssm:{REGION}:{_ACCOUNT}:parameter/proof/token"
    secrets = {"DATABASE_PASSWORD": f"{secret}:password::", "API_TOKEN": parameter}
    return {"background_job": {"secrets": secrets}, "secret_kms_key_arns": [key]}
