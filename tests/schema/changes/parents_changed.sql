CREATE TABLE one (a integer, CONSTRAINT a_over CHECK (a > 0));
CREATE TABLE two (b integer NOT NULL);
CREATE TABLE three (c integer);
CREATE TABLE leaving () INHERITS (one, two);
CREATE TABLE joining (a integer, b integer);
CREATE TABLE moving () INHERITS (one, two, three);
CREATE TABLE new_parent_gone () INHERITS (three);
-- after
CREATE TABLE one (a integer, CONSTRAINT a_over CHECK (a > 0));
CREATE TABLE two (b integer NOT NULL);
CREATE TABLE leaving (a integer, b integer NOT NULL);
CREATE TABLE joining () INHERITS (two, one);
CREATE TABLE moving (c integer, CHECK (c > 0)) INHERITS (two, one);
CREATE TABLE new_parent_gone (c integer);
