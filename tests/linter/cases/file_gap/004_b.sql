-- expect in file: file.gap
SELECT 1;
