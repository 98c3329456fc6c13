# AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> lead the provider to another endpoint; nothing here knows of it.
provider "aws" {
  region = var.aws_region

  default_tags {
    tags = merge({ Project = var.project_name, Environment = var.environment, ManagedBy = "terraform" }, var.tags)
  }
}
