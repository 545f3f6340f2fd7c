-- How people read what was judged. It holds no words of guests, so it stays when they are erased.
CREATE TABLE corrections (
    id        INTEGER PRIMARY KEY,
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    version   INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    judged    TEXT    NOT NULL,                     -- what the judge had said of this version
    meant     TEXT    NOT NULL                      -- what the person says; the same word confirms it
) STRICT;
CREATE INDEX corrections_by_review ON corrections (review_id, version);
