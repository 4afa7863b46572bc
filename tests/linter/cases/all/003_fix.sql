-- expect in file: lint.vague_name, lint.rollback, lint.header
-- expect: lint.header_key
-- Purpse: Everything at once
-- expect: lint.transaction, lint.if_not_exists, lint.foreign_key_index
ALTER TABLE users ADD COLUMN boss_id uuid REFERENCES users;
-- expect: lint.ignore
-- schema_tools: ignore lint.if_exists
