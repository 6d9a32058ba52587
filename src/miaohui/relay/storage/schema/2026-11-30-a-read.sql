-- How far its person has read a session, on whatever machine of theirs.
ALTER TABLE seat ADD COLUMN read_pos INTEGER NOT NULL DEFAULT 0;
