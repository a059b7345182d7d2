"""The AWS backend: S3, SQS and DynamoDB through boto3."""
