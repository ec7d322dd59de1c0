-- The assurance level of a session that has changed, and the one before.
ALTER TABLE elsewhere_events ADD COLUMN aal TEXT;
ALTER TABLE elsewhere_events ADD COLUMN previous_aal TEXT;
