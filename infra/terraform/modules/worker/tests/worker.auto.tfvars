# A service for all the tests of this folder; each test changes what it is about.

name             = "p-dev"
service          = "background-job"
environment_name = "dev"
aws_region       = "us-east-1"
cluster_name     = "p-dev-cluster"
cluster_arn      = "arn:aws:ecs:us-east-1:123456789012:cluster/p-dev-cluster"
queue = {
  name              = "p-dev-background-jobs"
  url               = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs"
  arn               = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs"
  dead_letter_name  = "p-dev-background-jobs-dlq"
  dead_letter_url   = "https://sqs.us-east-1.amazonaws.com/123456789012/p-dev-background-jobs-dlq"
  dead_letter_arn   = "arn:aws:sqs:us-east-1:123456789012:p-dev-background-jobs-dlq"
  lease_seconds     = 60
  max_receive_count = 10
}
job_logs               = true
receives               = "background-jobs"
kms_key_arn            = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
log_kms_key_arn        = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
ecs_log_group_name     = "/ecs/p-dev"
metrics_log_group_name = "/ecs/p-dev/metrics"
metrics_namespace      = "p-dev"
vpc_id                 = "vpc-0123456789abcdef0"
subnet_ids             = ["subnet-0123456789abcdef0"]
security_group_ids     = ["sg-0123456789abcdef0"]
assign_public_ip       = false
image                  = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/background-job@sha256:1111111111111111111111111111111111111111111111111111111111111111"
collector_image        = "123456789012.dkr.ecr.us-east-1.amazonaws.com/p/collector@sha256:2222222222222222222222222222222222222222222222222222222222222222"
collector_config       = "receivers: {}"
alarm_topic_arn        = "arn:aws:sns:us-east-1:123456789012:p-dev-alerts"
task_role              = { name = "p-dev-background-job-task", arn = "arn:aws:iam::123456789012:role/p-dev-background-job-task" }
execution_role         = { name = "p-dev-background-job-execution", arn = "arn:aws:iam::123456789012:role/p-dev-background-job-execution" }
