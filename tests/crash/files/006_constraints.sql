-- Migration: 006_constraints.sql
-- Purpose: constraints that are added first and validated later
-- Transaction: off
ALTER TABLE entry ADD CONSTRAINT entry_amount_check CHECK (amount >= 0) NOT VALID;
ALTER TABLE entry VALIDATE CONSTRAINT entry_amount_check;
ALTER TABLE entry ADD CONSTRAINT entry_account FOREIGN KEY (account_id) REFERENCES account (id) NOT VALID;
ALTER TABLE entry VALIDATE CONSTRAINT entry_account;
