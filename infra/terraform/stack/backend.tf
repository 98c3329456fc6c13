# The state is in the bucket that the bootstrap root makes: terraform init -backend-config=../environments/ENVIRONMENT/backend.hcl
terraform {
  backend "s3" {
    key          = "stack.tfstate"
    encrypt      = true
    use_lockfile = true # the lock is an object beside the state; no table
  }
}
