-- One guest, many voices: which review speaks in the case of another, and the traces by which a guest is known again.

CREATE TABLE voices (
    review_id INTEGER PRIMARY KEY REFERENCES reviews (id),
    first_id  INTEGER NOT NULL REFERENCES reviews (id), -- the review of the same guest that was known first
    kin       TEXT    NOT NULL,                         -- review::Kin: why
    at        INTEGER NOT NULL
) STRICT;
CREATE INDEX voices_by_first ON voices (first_id);

CREATE TABLE traces (                                   -- kept for some months only
    mark      INTEGER NOT NULL,                         -- a hash of review::voice::Trace
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    PRIMARY KEY (mark, review_id)
) STRICT, WITHOUT ROWID;
