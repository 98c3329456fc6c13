output "state_bucket" {
  description = "The bucket of the states: into environments/ENVIRONMENT/backend.hcl."
  value       = aws_s3_bucket.state.bucket
}

output "state_key_arn" {
  description = "The key of states and images."
  value       = aws_kms_key.this.arn
}

output "ecr_repository_urls" {
  description = "Where images are pushed, by name: base, collector, and each service."
  value       = { for name, repository in module.repository : name => repository.url }
}

output "github_role_arns" {
  description = "GitHub's roles: plan, push, apply; empty without github_subjects."
  value       = try(module.github_access[0].role_arns, {})
}

output "permissions_boundary_arn" {
  description = "The most that a role of the stack can have; the stack finds it by its name."
  value       = aws_iam_policy.boundary.arn
}
