-- Moves every table of the schema `ocr` into a new one, `ocr_old`, so that a copy can be restored into the empty schema
-- (docs/deploy-shelf.md). The accounts keep their rights, which go by the name of a table.
--
-- Run it as an administrator, when no process of the service runs, with the name of your schema in place of `ocr`. All
-- tables move, or none. Delete ocr_old when nobody needs it: DROP DATABASE ocr_old.

SET SESSION group_concat_max_len = 1000000;

SELECT CONCAT('RENAME TABLE ', GROUP_CONCAT('`ocr`.`', table_name, '` TO `ocr_old`.`', table_name, '`')) INTO @moves
FROM information_schema.tables WHERE table_schema = 'ocr';

CREATE DATABASE ocr_old;

PREPARE moves FROM @moves;
EXECUTE moves;
DEALLOCATE PREPARE moves;
