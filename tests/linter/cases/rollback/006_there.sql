SELECT 1;
-- DOWN
-- DROP TABLE phones;
