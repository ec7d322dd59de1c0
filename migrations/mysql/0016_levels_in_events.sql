-- The assurance level of a session that has changed, and the one before.
ALTER TABLE elsewhere_events
    ADD COLUMN aal VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin,
    ADD COLUMN previous_aal VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin;
