"""DynamoDB behind the consumer's port of job records."""
