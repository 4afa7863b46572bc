-- Transaction: off
UPDATE users SET a = 1;
