CREATE TYPE c AS (a int);
-- by hand
ALTER TYPE c ADD ATTRIBUTE d date;
