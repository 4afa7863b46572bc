CREATE TABLE other (i int);
-- after
CREATE TABLE other (i int);
CREATE TABLE whole (i int NOT NULL, at date NOT NULL, PRIMARY KEY (i, at)) PARTITION BY RANGE (at);
CREATE INDEX by_at ON whole (at);
