CREATE TABLE other (a integer);
-- after
CREATE TABLE other (a integer);
CREATE TABLE whole (id integer) PARTITION BY LIST (id);
CREATE TABLE a_part PARTITION OF whole FOR VALUES IN (1);
