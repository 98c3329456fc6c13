# terraform apply -var-file=../environments/prod/terraform.tfvars -var-file=images.tfvars
#
# images.tfvars is written by the deployment: main_job_image, background_job_image, collector_image, each by digest.
environment = "prod"

log_retention_days = 30

# One task of each service on FARGATE, whatever happens to Spot; the rest one to three.
desired_count = 2
min_tasks     = 1
max_tasks     = 20
capacity_providers = [
  { name = "FARGATE", base = 1, weight = 1 },
  { name = "FARGATE_SPOT", weight = 3 },
]

# alarm_subscriptions = { oncall = { protocol = "email", endpoint = "oncall@example.com" } }
# grafana_principal_arns = ["arn:aws:iam::111122223333:role/grafana"]
