-- The accounts of ocrcore in MySQL: one for each role, each with exactly the rights that its processes use.
--
-- Run it as an administrator, after the first `ocrcore init`, with passwords of your own and the name of your schema in
-- place of `ocr`. Run it again after an upgrade: new tables need new rights. A test compares it with what the processes do.
-- The AWS backend uses these tables; queue and audit log are in SQS and DynamoDB.

CREATE USER IF NOT EXISTS ocr_init@'%' IDENTIFIED BY 'CHANGE-ME';
CREATE USER IF NOT EXISTS ocr_api@'%' IDENTIFIED BY 'CHANGE-ME';
CREATE USER IF NOT EXISTS ocr_worker@'%' IDENTIFIED BY 'CHANGE-ME';

-- `ocrcore init`: makes and migrates tables. No process that runs has this account. MySQL asks for REFERENCES where
-- MariaDB does not.
GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, INDEX, REFERENCES ON ocr.* TO ocr_init@'%';

-- `ocrcore serve`, `open_aws`, `ocrcore doctor` and `ocrcore keys`.
GRANT SELECT ON ocr.alembic_version TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.api_keys TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.audit_outbox TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.closed_sessions TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.corrections TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.deleted_jobs TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.job_items TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.jobs TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.key_entries TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.outbox TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.rate_windows TO ocr_api@'%';
GRANT SELECT, INSERT ON ocr.rejected_messages TO ocr_api@'%';
GRANT SELECT ON ocr.schema_compatibility TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.search_pages TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.search_terms TO ocr_api@'%';
GRANT SELECT ON ocr.secrets TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.webhook_deliveries TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.webhooks TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.workers TO ocr_api@'%';

-- `ocrcore worker`: makes no job. It deletes what upkeep deletes: old drafts, and what is left of deleted jobs. It
-- writes what webhooks are told, and sends none of it.
GRANT SELECT ON ocr.alembic_version TO ocr_worker@'%';
GRANT SELECT, DELETE ON ocr.api_keys TO ocr_worker@'%';
GRANT SELECT, INSERT, DELETE ON ocr.audit_outbox TO ocr_worker@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.deleted_jobs TO ocr_worker@'%';
GRANT SELECT, UPDATE, DELETE ON ocr.job_items TO ocr_worker@'%';
GRANT SELECT, UPDATE, DELETE ON ocr.jobs TO ocr_worker@'%';
GRANT SELECT, UPDATE, DELETE ON ocr.key_entries TO ocr_worker@'%';
GRANT SELECT, INSERT, DELETE ON ocr.outbox TO ocr_worker@'%';
GRANT INSERT ON ocr.rejected_messages TO ocr_worker@'%';
GRANT SELECT ON ocr.schema_compatibility TO ocr_worker@'%';
GRANT SELECT, INSERT, DELETE ON ocr.search_pages TO ocr_worker@'%';
GRANT SELECT, INSERT, DELETE ON ocr.search_terms TO ocr_worker@'%';
GRANT INSERT ON ocr.webhook_deliveries TO ocr_worker@'%';
GRANT SELECT ON ocr.webhooks TO ocr_worker@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.workers TO ocr_worker@'%';
