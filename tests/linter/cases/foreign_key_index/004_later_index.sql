CREATE INDEX served_later_user_id ON served_later (user_id);
