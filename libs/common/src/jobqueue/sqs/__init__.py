"""SQS behind the consumer's ports. Nothing of boto3 leaves this folder."""
