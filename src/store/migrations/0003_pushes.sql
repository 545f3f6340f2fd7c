-- What was pushed to us and by which id, so that the same delivery again changes nothing.

CREATE TABLE pushes (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    delivery  TEXT    NOT NULL,                     -- the sender's id
    at        INTEGER NOT NULL,
    PRIMARY KEY (source_id, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX pushes_by_time ON pushes (at);
