"""Values of a stack that only an account has: image digests, a VPC, secrets. Digests are made up; VPC and secrets are made in the local AWS."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from devkit.rights.boundary import PROJECT
from jobdeploy.declared import read_declared
from localaws.aws import REGION

if TYPE_CHECKING:
    from pathlib import Path

    from jobctl.environment.target import Clients

_ACCOUNT = "123456789012"
"""moto's."""
SERVICE_RIGHTS = {
    "ssm:GetParameters": [f"arn:aws:ssm:*:{_ACCOUNT}:parameter/proof/*"],
    "secretsmanager:GetSecretValue": [f"arn:aws:secretsmanager:*:{_ACCOUNT}:secret:proof/*"],
}
"""Of the bootstrap: `secrets` have names of their own."""
GRAFANA = [f"arn:aws:iam::{_ACCOUNT}:root"]
_CIDR = "10.80.0.0/16"
_SUBNETS = {f"{REGION}a": "10.80.0.0/20", f"{REGION}b": "10.80.16.0/20"}


def image(name: str, version: str = "1") -> str:
    """An image by digest, as a push to ECR would name it."""
    digest = hashlib.sha256(f"{name}:{version}".encode()).hexdigest()
    return f"{_ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{PROJECT}/{name}@sha256:{digest}"


def further_services(stack: Path) -> list[str]:
    """The names of those that the project does not come with."""
    return sorted(read_declared(stack).keys() - {"main-job", "background-job"})


def images(stack: Path) -> dict[str, Any]:
    """An image for each service of this stack, and the collector's."""
    return {
        "main_job_image": image("main-job"),
        "background_job_image": image("background-job"),
        "collector_image": image("collector"),
        "service_images": {name: image(name) for name in further_services(stack)},
    }


def private_network(clients: Clients) -> dict[str, Any]:
    """A VPC without a way to the internet."""
    ec2 = clients("ec2")
    vpc = ec2.create_vpc(CidrBlock=_CIDR)["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):  # private DNS names of VPC endpoints need both
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, cidr in _SUBNETS.items()
    ]
    routes = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    network = {"vpc_id": vpc, "subnet_ids": subnets, "route_table_ids": [routes]}
    return network | {"create_vpc_endpoints": True, "vpc_endpoints": ["s3", "dynamodb"]}


def secrets(clients: Clients) -> dict[str, Any]:
    """One of each kind for the background job, the one in Secrets Manager with a key of its owner's."""
    key = clients("kms").create_key(Description="of the secrets")["KeyMetadata"]["Arn"]
    secret = clients("secretsmanager").create_secret(Name="proof/database", SecretString="{}", KmsKeyId=key)["ARN"]
    clients("ssm").put_parameter(Name="/proof/token", Value="none", Type="SecureString")
    parameter = f"arn:aws:ssm:{REGION}:{_ACCOUNT}:parameter/proof/token"
    values = {"DATABASE_PASSWORD": f"{secret}:password::", "API_TOKEN": parameter}
    return {"background_job": {"secrets": values}, "secret_kms_key_arns": [key]}
