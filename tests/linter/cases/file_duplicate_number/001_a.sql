-- expect in file: file.duplicate_number
SELECT 1;
