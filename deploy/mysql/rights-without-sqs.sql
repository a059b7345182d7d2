-- What the accounts of rights.sql need besides, where the queue and the audit log are in the database: OCR_QUEUE=sql and
-- OCR_AUDIT=sql, which are the defaults except with OCR_BACKEND=aws.
--
-- Run it after rights.sql, as an administrator. The tests run a service of several processes with these rights.

-- OCR_QUEUE=sql
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.queue_groups TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.queue_messages TO ocr_api@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.queue_groups TO ocr_worker@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON ocr.queue_messages TO ocr_worker@'%';

-- OCR_AUDIT=sql
GRANT SELECT, INSERT, DELETE ON ocr.audit TO ocr_api@'%';
GRANT SELECT, INSERT, DELETE ON ocr.audit TO ocr_worker@'%';
