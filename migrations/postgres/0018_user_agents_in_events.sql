-- The user agent of the client, in events about bindings.
ALTER TABLE elsewhere_events
    ADD COLUMN IF NOT EXISTS user_agent VARCHAR(512);
