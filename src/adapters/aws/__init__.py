"""The backend on AWS: S3, SQS, DynamoDB, through boto3."""
