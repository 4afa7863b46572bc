-- from version: 17
CREATE COLLATION unicode_points (PROVIDER = builtin, LOCALE = 'C.UTF-8');
CREATE COLLATION gone (PROVIDER = builtin, LOCALE = 'C');
CREATE TABLE t (name text COLLATE unicode_points);
-- after
CREATE COLLATION unicode_points (PROVIDER = builtin, LOCALE = 'C');
CREATE TABLE t (name text COLLATE unicode_points);
