# The table of job records (docs/decisions/0050): one item for each stage of a job.

resource "aws_dynamodb_table" "this" {
  name         = "${var.name}-jobs"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "jobId"
  range_key    = "stage"

  attribute {
    name = "jobId"
    type = "S"
  }
  attribute {
    name = "stage"
    type = "S"
  }

  attribute {
    name = "listed"
    type = "S"
  }

  # From which jobs are listed, newest first (docs/decisions/0054). What a beat changes stands not in it: each beat would be a second write.
  global_secondary_index {
    name            = "listing"
    hash_key        = "listed"
    range_key       = "jobId"
    projection_type = "INCLUDE"
    non_key_attributes = [
      "type", "status", "attempt", "version", "correlationId", "queuedAt", "beganAt", "endedAt", "dueAt", "reason", "parent",
    ]
  }

  # Set anew at each write; a job that is over is kept for job_record_days.
  ttl {
    attribute_name = "expires"
    enabled        = true
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
