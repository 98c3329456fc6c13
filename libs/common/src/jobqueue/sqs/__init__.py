"""SQS behind the consumer's ports. Layer 3: nothing of boto3 leaves this folder."""
