mock_provider "aws" {
  source = "../../testing"
}

variables {
  name        = "p-dev"
  kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
}

run "by_default" {
  # The key is what the runtime writes.
  assert {
    condition     = aws_dynamodb_table.this.hash_key == "jobId" && aws_dynamodb_table.this.range_key == "stage" && aws_dynamodb_table.this.ttl[0].attribute_name == "expires"
    error_message = "jobId, stage and expires are the adapter's names (jobqueue/dynamodb/items.py)"
  }
  assert {
    condition     = aws_dynamodb_table.this.name == "p-dev-jobs" && aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "on demand, under the project's name"
  }

  assert {
    condition     = [for index in aws_dynamodb_table.this.global_secondary_index : "${index.name} ${index.hash_key} ${index.range_key}"] == ["listing listed jobId"]
    error_message = "the index is that of the adapter (jobqueue/dynamodb/listing.py)"
  }

  # It is encrypted with the key and can be restored.
  assert {
    condition     = aws_dynamodb_table.this.server_side_encryption[0].kms_key_arn == var.kms_key_arn && aws_dynamodb_table.this.point_in_time_recovery[0].enabled
    error_message = "the project's key, point-in-time recovery"
  }
}
