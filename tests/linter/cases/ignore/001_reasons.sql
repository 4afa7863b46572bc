-- schema_tools: ignore lint.rollback Nothing to be undone.
-- schema_tools: ignore lint.header - the oldest file, from before headers
CREATE TABLE a (
    b bigint REFERENCES c,  -- schema_tools: ignore lint.foreign_key_index: five rows
    -- schema_tools: ignore lint.foreign_key_index (never joined)
    d bigint REFERENCES c
);
-- Not a word about schema_tools here.
SELECT '-- schema_tools: ignore lint.date' /* -- schema_tools: ignore lint.date */;
