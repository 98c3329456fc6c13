"""What there is in the local AWS, as AWS lists it, whatever Terraform's state says."""

from __future__ import annotations

from jobctl.environment.target import Clients

_LISTS = (
    ("ecr", "describe_repositories", "repositories", "repositoryArn"),
    ("iam", "list_roles", "Roles", "Arn"),
    ("logs", "describe_log_groups", "logGroups", "arn"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
)
"""Kinds that others than Terraform make too, or that the tagging API leaves out."""
_STAY = ("ecs", "kms")
"""Services that list what was deleted for some days: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html"""


def find_resources(clients: Clients) -> set[str]:
    """ARNs and names: everything with a tag (all of ours that can have one do), clusters that are active, and `_LISTS`."""
    pages = clients("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    tagged = {one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]}
    listed = {
        str(one[name])
        for service, operation, kind, name in _LISTS
        for page in clients(service).get_paginator(operation).paginate()
        for one in page[kind]
    }
    clusters = clients("ecs").describe_clusters(clusters=clients("ecs").list_clusters()["clusterArns"])["clusters"]
    active = {one["clusterArn"] for one in clusters if one["status"] == "ACTIVE"}
    return {arn for arn in tagged if arn.split(":")[2] not in _STAY} | listed | active
