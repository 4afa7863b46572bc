-- Purpose: Purpose of migration
SELECT 1;
