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
