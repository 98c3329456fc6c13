# terraform init -backend-config=../environments/prod/backend.hcl
# The bucket is the bootstrap's output state_bucket: PROJECT-ACCOUNT-REGION-state.
bucket = "message-driven-microservices-000000000000-us-east-1-state"
key    = "prod/stack.tfstate"
region = "us-east-1"
