-- from version: 18
CREATE TABLE t (a integer, b integer NOT NULL, c integer, d integer, e integer NOT NULL);
ALTER TABLE t ADD NOT NULL c NOT VALID;
ALTER TABLE t ADD NOT NULL d NO INHERIT;
-- after
CREATE TABLE t (a integer, b integer, c integer NOT NULL, d integer NOT NULL, e integer, new integer NOT NULL NO INHERIT);
ALTER TABLE t ADD NOT NULL a NO INHERIT;
ALTER TABLE t ADD NOT NULL b NOT VALID;
ALTER TABLE t ADD NOT NULL e NO INHERIT NOT VALID;
CREATE TABLE u (a integer, b integer NOT NULL NO INHERIT);
ALTER TABLE u ADD NOT NULL a NOT VALID;
