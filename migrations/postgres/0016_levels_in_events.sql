-- The assurance level of a session that has changed, and the one before.
ALTER TABLE elsewhere_events
    ADD COLUMN IF NOT EXISTS aal VARCHAR(4),
    ADD COLUMN IF NOT EXISTS previous_aal VARCHAR(4);
