-- roles: class_owner
CREATE SCHEMA app;
CREATE OPERATOR FAMILY app.numbers USING btree;
ALTER OPERATOR FAMILY app.numbers USING btree ADD
    OPERATOR 1 < (integer, bigint), OPERATOR 3 = (integer, bigint),
    FUNCTION 1 (integer, bigint) btint48cmp(integer, bigint);
COMMENT ON OPERATOR FAMILY app.numbers USING btree IS 'all numbers';
CREATE OPERATOR CLASS app.whole FOR TYPE integer USING btree FAMILY app.numbers AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 btint4cmp(integer, integer);
COMMENT ON OPERATOR CLASS app.whole USING btree IS 'whole numbers';
CREATE OPERATOR CLASS app."Hashed" FOR TYPE integer USING hash AS
    OPERATOR 1 =, FUNCTION 1 hashint4(integer);
CREATE OPERATOR CLASS boxes FOR TYPE box USING gist AS
    OPERATOR 1 <<, OPERATOR 3 &&, OPERATOR 15 <-> (box, point) FOR ORDER BY float_ops,
    FUNCTION 1 gist_box_consistent(internal, box, smallint, oid, internal),
    FUNCTION 2 gist_box_union(internal, internal),
    FUNCTION 5 gist_box_penalty(internal, internal, internal),
    FUNCTION 6 gist_box_picksplit(internal, internal),
    FUNCTION 7 gist_box_same(box, box, internal),
    FUNCTION 8 gist_box_distance(internal, box, smallint, oid, internal);
CREATE OPERATOR CLASS bits FOR TYPE text USING gin AS STORAGE integer;
CREATE TABLE t (i integer, b box);
CREATE INDEX by_i ON t (i app.whole);
CREATE INDEX by_b ON t USING gist (b boxes);
-- after
CREATE SCHEMA app;
CREATE OPERATOR FAMILY app.numbers USING btree;
ALTER OPERATOR FAMILY app.numbers USING btree ADD
    OPERATOR 1 < (integer, bigint), OPERATOR 5 > (integer, bigint);
ALTER OPERATOR FAMILY app.numbers USING btree OWNER TO class_owner;
CREATE OPERATOR CLASS app.whole FOR TYPE integer USING btree FAMILY app.numbers AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >,
    FUNCTION 1 btint4cmp(integer, integer), FUNCTION 2 btint4sortsupport(internal);
ALTER OPERATOR CLASS app.whole USING btree OWNER TO class_owner;
CREATE OPERATOR CLASS app."Hashed" FOR TYPE integer USING hash AS
    OPERATOR 1 =, FUNCTION 1 hashint4(integer);
COMMENT ON OPERATOR CLASS app."Hashed" USING hash IS 'it''s hashed';
CREATE OPERATOR FAMILY alone USING gist;
CREATE TYPE mood AS ENUM ('good');
CREATE OPERATOR CLASS moods DEFAULT FOR TYPE mood USING hash AS
    OPERATOR 1 = (anyenum, anyenum), FUNCTION 1 (mood, mood) hashenum(anyenum);
CREATE TABLE t (i integer, b box);
CREATE INDEX by_i ON t (i app.whole);
