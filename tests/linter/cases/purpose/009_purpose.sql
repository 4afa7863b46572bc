-- Purpose: Umzug nach Köln
SELECT 1;
