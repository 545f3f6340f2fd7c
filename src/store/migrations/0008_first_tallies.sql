-- The same tallies, where writing them costs least: a new review brings all that counts of it, so that nothing is read again for it, and
-- writing a version sets off nothing. Whoever adds a version says so in the review.
DROP TRIGGER tally_first;
CREATE TRIGGER tally_first AFTER INSERT ON reviews BEGIN
    INSERT INTO tallies
    VALUES (new.source_id, new.first_seen_at / 900000, new.baseline = 0, new.baseline = 0 AND new.sense = 'negative',
        new.baseline = 0 AND new.sense = 'positive', new.baseline = 0 AND new.sense = 'unrated',
        new.baseline = 0 AND new.rating IS NOT NULL, iif(new.baseline, 0, CAST(round(coalesce(new.rating, 0) * 1e6) AS INTEGER)),
        new.rating IS NOT NULL, CAST(round(coalesce(new.rating, 0) * 1e6) AS INTEGER))
    ON CONFLICT (source_id, quarter) DO UPDATE SET
        seen = seen + excluded.seen, negative = negative + excluded.negative, positive = positive + excluded.positive,
        unrated = unrated + excluded.unrated, rated = rated + excluded.rated, rating_sum = rating_sum + excluded.rating_sum,
        standing = standing + excluded.standing, standing_sum = standing_sum + excluded.standing_sum;
END;

DROP TRIGGER tally_version;
CREATE TRIGGER tally_version AFTER UPDATE OF version ON reviews WHEN new.version > old.version BEGIN
    INSERT INTO tallied (source_id, quarter, standing, standing_sum)
    SELECT source_id, quarter, standing, standing_sum FROM shifts WHERE review_id = new.id AND number = new.version;
END;

-- For a list of more than two SQLite makes a table of its own each time a row is checked. The same checks without: only the words change.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(replace(sql,
    'CHECK (identity IN (''own'', ''derived'', ''weak''))',
    'CHECK (identity = ''own'' OR identity = ''derived'' OR identity = ''weak'')'),
    'CHECK (precision IN (''exact'', ''day'', ''month''))',
    'CHECK (precision = ''exact'' OR precision = ''day'' OR precision = ''month'')')
WHERE type = 'table' AND name = 'reviews';
UPDATE sqlite_schema SET sql = replace(sql,
    'CHECK (state IN (''pending'', ''done'', ''given-up''))',
    'CHECK (state = ''pending'' OR state = ''done'' OR state = ''given-up'')')
WHERE type = 'table' AND name = 'deliveries';
PRAGMA writable_schema = RESET;
