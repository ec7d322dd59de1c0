-- When the session was bound to the key of a device, and the public key, as a JSON Web Key.
ALTER TABLE sessions ADD COLUMN bound_at DATETIME;
ALTER TABLE sessions ADD COLUMN bound_key TEXT;
