CREATE TABLE grows (a integer);
-- after
CREATE TABLE grows (a integer, id bigserial);
CREATE TABLE numbered (id serial PRIMARY KEY);
