CREATE TABLE IF NOT EXISTS a (id bigint);
create index if not exists i on a (id);
CREATE EXTENSION IF NOT EXISTS citext;
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'fair';
ALTER TABLE a ADD COLUMN IF NOT EXISTS b bigint, ADD IF NOT EXISTS c bigint;
