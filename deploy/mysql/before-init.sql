-- The schema of ocrcore, and the account that makes its tables: what the first `ocrcore init` needs.
--
-- Run it as an administrator, with a password of your own and the name of your schema in place of `ocr`. After `ocrcore
-- init` rights.sql makes the other accounts, and finds this one. A test compares both.

CREATE DATABASE IF NOT EXISTS ocr;

CREATE USER IF NOT EXISTS ocr_init@'%' IDENTIFIED BY 'CHANGE-ME';

GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, INDEX, REFERENCES ON ocr.* TO ocr_init@'%';
