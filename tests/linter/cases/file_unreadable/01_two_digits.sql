-- expect in file: file.unreadable
SELECT 1;
