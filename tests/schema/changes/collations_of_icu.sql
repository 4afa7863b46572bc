-- collation provider: icu
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de');
CREATE COLLATION any_case (PROVIDER = icu, LOCALE = 'en', DETERMINISTIC = false);
CREATE TABLE t (name text COLLATE german);
-- after
CREATE COLLATION german (PROVIDER = icu, LOCALE = 'de-AT');
CREATE COLLATION any_case (PROVIDER = icu, LOCALE = 'en');
CREATE TABLE t (name text COLLATE german);
