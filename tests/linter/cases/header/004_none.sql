-- expect in file: lint.header
SELECT 1;
-- Author: behind the first statement this is no header
