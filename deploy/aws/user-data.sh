#!/bin/bash
# Makes a machine of ocrcore of a new Debian 12. CloudFormation fills in what stands in braces.
set -euo pipefail
# shutdown terminates a machine. That of an operator ends whatever became of its command. One that serves or reads ends if
# it was not made or its process does not start, after five minutes in which its console can be read: its group then
# starts another. A set-up that failed stays, for deploy/aws/ocrcore-aws to tell of it.
case ${Role} in
operator) trap 'shutdown -h now' EXIT ;;
serve | worker) trap '[ $? = 0 ] || { sleep 300; shutdown -h now; }' EXIT ;;
esac
export DEBIAN_FRONTEND=noninteractive AWS_DEFAULT_REGION=${AWS::Region}
apt-get -q update
apt-get -q install -y --no-install-recommends ca-certificates python3-boto3
install -d -m 755 /opt/ocrcore/release
cd /opt/ocrcore/release
python3 - <<'PYTHON'
import boto3
boto3.client("s3").download_file("${ArtefactBucket}", "${ReleaseKey}", "../release.tar.gz")
PYTHON
echo "${ReleaseSha256}  ../release.tar.gz" | sha256sum --check --quiet
tar -xzf ../release.tar.gz --no-same-owner
install -d -m 755 /etc/ocrcore
python3 - <<'PYTHON'
import urllib.request
urllib.request.urlretrieve("${DatabaseCaUrl}", "/etc/ocrcore/database-ca.pem")
PYTHON
umask 077
cat > /etc/ocrcore/ocrcore.env <<'ENV'
OCR_BACKEND=aws
AWS_REGION=${AWS::Region}
OCR_S3_BUCKET=${Documents}
OCR_SQS_QUEUE=${Jobs.QueueName}
OCR_SQS_DLQ=${DeadLetters.QueueName}
OCR_DYNAMODB_TABLE=${AuditLog}
OCR_CLOUDWATCH_NAMESPACE=${AWS::StackName}
OCR_DATABASE_CA=/etc/ocrcore/database-ca.pem
OCR_AUTH=keys
OCR_ALLOWED_HOSTS=${HostName}
OCR_PUBLIC_URL=https://${HostName}
OCR_TRUSTED_PROXIES=${VpcCidr}
OCR_KEEP=${KeepJobs}
OCR_JOB_TTL=${JobTtl}
OCR_GRACE=60s
OCR_LOG=json
OCRCORE_HOST=0.0.0.0
ENV
umask 022
./deploy/install ${Role}
# The machine's own role reads the password of its own account, and of no other.
export OCRCORE_ACCOUNT=${Account} OCRCORE_SECRET_ID=${SecretId} OCRCORE_DATABASE_HOST=${DatabaseHost}
/opt/ocrcore/venv/bin/python deploy/aws/database_url.py
case ${Role} in
setup)
    export OCRCORE_ADMINISTRATOR_SECRET=${AdministratorSecret} OCRCORE_FIRST_KEY=${FirstKey}
    export OCRCORE_API_SECRET=${ApiSecret} OCRCORE_WORKER_SECRET=${WorkerSecret}
    /opt/ocrcore/venv/bin/python deploy/aws/set_up.py
    shutdown -h now
    ;;
operator)
    /opt/ocrcore/venv/bin/python deploy/aws/answer.py
    ;;
worker)
    systemctl enable --now --no-block ocrcore-console.service ocrcore-worker.service ocrcore-drain.service
    /opt/ocrcore/venv/bin/python deploy/aws/started.py ocrcore-worker.service "${Group}"
    ;;
serve)
    systemctl enable --now --no-block ocrcore-console.service ocrcore-serve.service
    /opt/ocrcore/venv/bin/python deploy/aws/started.py ocrcore-serve.service "${Group}"
    ;;
esac
