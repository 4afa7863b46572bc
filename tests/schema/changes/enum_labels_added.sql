CREATE TYPE mood AS ENUM ('ok');
CREATE TABLE t (m mood DEFAULT 'ok');
-- after
CREATE TYPE mood AS ENUM ('best', 'good', 'ok', 'it''s bad', 'worst');
CREATE TYPE size AS ENUM ('s', 'm');
COMMENT ON TYPE mood IS 'how one feels';
CREATE TABLE t (m mood DEFAULT 'ok', s size);
