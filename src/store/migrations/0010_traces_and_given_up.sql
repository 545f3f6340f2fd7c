-- The traces of one location side by side: its twelve bits, then 52 of the hash. A look leaves its traces on a page or two, instead of
-- one on each page of a large index, which cost a tenth of a first look.
CREATE TABLE traces_by_place (                          -- kept for some months only
    mark      INTEGER NOT NULL,                         -- review::voice::Trace
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    PRIMARY KEY (mark, review_id)
) STRICT, WITHOUT ROWID;

-- The bits of a location as review::voice::Trace makes them.
WITH RECURSIVE bits (location, read, bits) AS (
    SELECT DISTINCT location, 0, 0 FROM sources
    UNION ALL
    SELECT location, read + 1, (bits * 31 + unicode(substr(location, read + 1, 1))) % 4096 FROM bits WHERE read < length(location)
)
INSERT INTO traces_by_place
SELECT (b.bits << 52) | (t.mark & 0xFFFFFFFFFFFFF), t.review_id
FROM traces t JOIN reviews r ON r.id = t.review_id JOIN sources s ON s.id = r.source_id
JOIN bits b ON b.location = s.location AND b.read = length(b.location)
ORDER BY 1, 2;

DROP TABLE traces;
ALTER TABLE traces_by_place RENAME TO traces;

-- What was given up is counted whenever somebody asks how things stand; it is little among all that was delivered.
CREATE INDEX deliveries_given_up ON deliveries (due_at) WHERE state = 'given-up';
