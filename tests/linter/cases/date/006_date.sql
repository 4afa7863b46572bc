-- Date: 
SELECT 1;
