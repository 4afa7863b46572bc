-- from version: 18
CREATE EXTENSION btree_gist;
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE rooms (room integer, during tsrange, CONSTRAINT rooms_key PRIMARY KEY (room, during));
CREATE TABLE t (
    a integer CONSTRAINT a_positive CHECK (a > 0) NOT ENFORCED,
    b integer CONSTRAINT b_positive CHECK (b > 0),
    c integer CONSTRAINT c_fk REFERENCES p NOT ENFORCED,
    d integer CONSTRAINT d_fk REFERENCES p
);
-- after
CREATE EXTENSION btree_gist;
CREATE TABLE p (id integer PRIMARY KEY);
CREATE TABLE rooms (room integer, during tsrange, CONSTRAINT rooms_key PRIMARY KEY (room, during WITHOUT OVERLAPS));
CREATE TABLE bookings (room integer, during tsrange,
    CONSTRAINT booked FOREIGN KEY (room, PERIOD during) REFERENCES rooms (room, PERIOD during));
CREATE TABLE t (
    a integer CONSTRAINT a_positive CHECK (a > 0),
    b integer CONSTRAINT b_positive CHECK (b > 0) NOT ENFORCED,
    c integer CONSTRAINT c_fk REFERENCES p,
    d integer CONSTRAINT d_fk REFERENCES p NOT ENFORCED
);
