CREATE TABLE base (x integer, y integer NOT NULL CONSTRAINT y_over CHECK (y > 0), z integer DEFAULT 1);
CREATE TABLE kid (y integer, z integer) INHERITS (base);
CREATE TABLE other (y integer) INHERITS (base);
CREATE TABLE third (y integer CONSTRAINT y_over CHECK (y > 0)) INHERITS (base);
CREATE TABLE fourth () INHERITS (base);
CREATE TABLE fifth () INHERITS (base);
CREATE TABLE of_fifth () INHERITS (fifth);
-- after
CREATE TABLE base (x integer);
CREATE TABLE kid (y integer, z text) INHERITS (base);
CREATE TABLE other (y integer NOT NULL) INHERITS (base);
CREATE TABLE third (y integer CONSTRAINT y_over CHECK (y > 0)) INHERITS (base);
CREATE TABLE fourth (y integer) INHERITS (base);
CREATE TABLE fifth () INHERITS (base);
CREATE TABLE of_fifth (y integer) INHERITS (fifth);
