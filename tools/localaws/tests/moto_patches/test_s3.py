"""Buckets whose policy denies plain HTTP, and the emptying of one that was versioned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Clients


TLS_ONLY = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def test_a_bucket_that_takes_tls_only_takes_what_comes_over_loopback(aws: Clients) -> None:
    policy(aws, TLS_ONLY)
    aws.s3.put_object(Bucket="tls-only", Key="state", Body=b"1")
    assert aws.s3.get_object(Bucket="tls-only", Key="state")["Body"].read() == b"1"


def test_another_refusal_of_the_same_policy_still_holds(local_aws: Clients) -> None:
    policy(local_aws, TLS_ONLY, {**TLS_ONLY, "Sid": "NoDeletes", "Action": "s3:DeleteObject", "Condition": {}})
    local_aws.s3.put_object(Bucket="tls-only", Key="state", Body=b"1")
    with pytest.raises(ClientError, match="Forbidden"):
        local_aws.s3.delete_object(Bucket="tls-only", Key="state")


def policy(aws: Clients, *statements: object) -> None:
    aws.s3.create_bucket(Bucket="tls-only")
    document = {"Version": "2012-10-17", "Statement": statements}
    aws.s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps(document))


def test_every_version_of_a_deleted_object_can_be_deleted_in_one_call(aws: Clients) -> None:
    aws.s3.create_bucket(Bucket="versioned")
    aws.s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        aws.s3.put_object(Bucket="versioned", Key="lock", Body=b"1")
        aws.s3.delete_object(Bucket="versioned", Key="lock")
    aws.s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Suspended"})
    found = aws.s3.list_object_versions(Bucket="versioned")
    # As the provider does to destroy a bucket: the versions first.
    for kind in ("Versions", "DeleteMarkers"):
        named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found[kind]]
        aws.s3.delete_objects(Bucket="versioned", Delete={"Objects": named})
    assert not aws.s3.list_object_versions(Bucket="versioned").keys() & {"Versions", "DeleteMarkers"}
    aws.s3.delete_bucket(Bucket="versioned")
