"""SQS behind the consumer's ports."""
