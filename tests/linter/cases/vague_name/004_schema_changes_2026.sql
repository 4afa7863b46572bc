-- expect in file: lint.vague_name
SELECT 1;
