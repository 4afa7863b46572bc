-- Transaction: OFF
SET work_mem = '1MB';
CALL move_rows();
-- DOWN
-- CALL move_rows_back();
