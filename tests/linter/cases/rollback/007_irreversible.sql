-- Irreversible: What was deleted is kept nowhere
DELETE FROM phones;
