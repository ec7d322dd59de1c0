-- The user agent of the client, in events about bindings.
ALTER TABLE elsewhere_events
    ADD COLUMN user_agent VARCHAR(512);
