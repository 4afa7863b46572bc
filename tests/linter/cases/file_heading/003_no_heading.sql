CREATE TABLE c (id bigint)
-- nothing to undo
