CREATE TABLE b (id bigint);
-- DOWN
-- DROP TABLE b;
