# terraform apply -var-file=../environments/dev/terraform.tfvars -var-file=images.tfvars
#
# images.tfvars is written by the deployment: main_job_image, background_job_image, collector_image, each by digest.
environment = "dev"

# Nothing runs while there is no work; Spot, for a fraction of the price.
desired_count      = 1
min_tasks          = 0
max_tasks          = 3
capacity_providers = [{ name = "FARGATE_SPOT" }]
