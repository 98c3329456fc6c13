"""Emptying a bucket that was versioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Clients


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
