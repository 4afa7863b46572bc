-- from version: 16
-- collation provider: icu
CREATE COLLATION ruled (PROVIDER = icu, LOCALE = 'und');
CREATE COLLATION made (PROVIDER = icu, LOCALE = 'und', RULES = '& b < a');
CREATE TABLE t (name text COLLATE ruled);
-- after
CREATE COLLATION ruled (PROVIDER = icu, LOCALE = 'und', RULES = '& V << w <<< W');
CREATE TABLE t (name text COLLATE ruled);
