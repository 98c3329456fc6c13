# The state is in the bucket that the bootstrap root makes: terraform init -backend-config=../environments/ENVIRONMENT/backend.hcl
# No `encrypt`: without a key's id it asks S3 for AES256, and overrides the bucket's own encryption with the bootstrap's key.
terraform {
  backend "s3" {
    key          = "stack.tfstate"
    use_lockfile = true # the lock is an object beside the state; no table
  }
}
