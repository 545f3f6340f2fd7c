-- What a report counts, kept with each review by triggers, so that no way of writing can forget it. A row for each quarter of an hour in
-- which a source showed something new: the weeks of every time zone begin at one. Ratings are summed in millionths, which add up exactly.
CREATE TABLE tallies (
    source_id    INTEGER NOT NULL REFERENCES sources (id),
    quarter      INTEGER NOT NULL,                  -- of 900,000 ms, since 1970
    -- Reviews that appeared while we were watching, by their first version; what was known before in the same words is left out.
    seen         INTEGER NOT NULL DEFAULT 0,
    negative     INTEGER NOT NULL DEFAULT 0,
    positive     INTEGER NOT NULL DEFAULT 0,
    unrated      INTEGER NOT NULL DEFAULT 0,
    rated        INTEGER NOT NULL DEFAULT 0,
    rating_sum   INTEGER NOT NULL DEFAULT 0,
    -- By how much the rated reviews on show became more, and the sum of their ratings.
    standing     INTEGER NOT NULL DEFAULT 0,
    standing_sum INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, quarter)
) STRICT, WITHOUT ROWID;

-- What is written to this view is added to the tallies.
CREATE VIEW tallied AS SELECT * FROM tallies;
CREATE TRIGGER tally INSTEAD OF INSERT ON tallied BEGIN
    INSERT INTO tallies
    VALUES (new.source_id, new.quarter, coalesce(new.seen, 0), coalesce(new.negative, 0), coalesce(new.positive, 0),
        coalesce(new.unrated, 0), coalesce(new.rated, 0), coalesce(new.rating_sum, 0), coalesce(new.standing, 0),
        coalesce(new.standing_sum, 0))
    ON CONFLICT (source_id, quarter) DO UPDATE SET
        seen = seen + excluded.seen, negative = negative + excluded.negative, positive = positive + excluded.positive,
        unrated = unrated + excluded.unrated, rated = rated + excluded.rated, rating_sum = rating_sum + excluded.rating_sum,
        standing = standing + excluded.standing, standing_sum = standing_sum + excluded.standing_sum;
END;

-- The first version of a watched review, as it is counted.
CREATE VIEW firsts AS
    SELECT r.id AS review_id, r.source_id, r.first_seen_at / 900000 AS quarter, 1 AS seen,
        json_extract(v.verdict, '$.verdict') = 'negative' AS negative,
        json_extract(v.verdict, '$.verdict') = 'positive' AS positive,
        json_extract(v.verdict, '$.verdict') = 'unrated' AS unrated,
        v.rating IS NOT NULL AS rated, CAST(round(coalesce(v.rating, 0) * 1e6) AS INTEGER) AS rating_sum
    FROM reviews r JOIN versions v ON v.review_id = r.id AND v.number = 1
    WHERE r.baseline = 0;

-- What each version changed in what is on show.
CREATE VIEW shifts AS
    SELECT v.review_id, v.number, r.source_id, v.seen_at / 900000 AS quarter,
        (v.rating IS NOT NULL) - (former.rating IS NOT NULL) AS standing,
        CAST(round(coalesce(v.rating, 0) * 1e6) AS INTEGER) - CAST(round(coalesce(former.rating, 0) * 1e6) AS INTEGER) AS standing_sum
    FROM versions v JOIN reviews r ON r.id = v.review_id
    LEFT JOIN versions former ON former.review_id = v.review_id AND former.number = v.number - 1;

-- Written out, since it runs for every review; the sense is that of the review, which is as new.
CREATE TRIGGER tally_first AFTER INSERT ON versions WHEN new.number = 1 BEGIN
    INSERT INTO tallies
    SELECT r.source_id, new.seen_at / 900000, r.baseline = 0, r.baseline = 0 AND r.sense = 'negative',
        r.baseline = 0 AND r.sense = 'positive', r.baseline = 0 AND r.sense = 'unrated', r.baseline = 0 AND new.rating IS NOT NULL,
        iif(r.baseline, 0, CAST(round(coalesce(new.rating, 0) * 1e6) AS INTEGER)), new.rating IS NOT NULL,
        CAST(round(coalesce(new.rating, 0) * 1e6) AS INTEGER)
    FROM reviews r WHERE r.id = new.review_id
    ON CONFLICT (source_id, quarter) DO UPDATE SET
        seen = seen + excluded.seen, negative = negative + excluded.negative, positive = positive + excluded.positive,
        unrated = unrated + excluded.unrated, rated = rated + excluded.rated, rating_sum = rating_sum + excluded.rating_sum,
        standing = standing + excluded.standing, standing_sum = standing_sum + excluded.standing_sum;
END;
CREATE TRIGGER tally_version AFTER INSERT ON versions WHEN new.number > 1 BEGIN
    INSERT INTO tallied (source_id, quarter, standing, standing_sum)
    SELECT source_id, quarter, standing, standing_sum FROM shifts WHERE review_id = new.review_id AND number = new.number;
END;
-- What vanished is no longer on show from then on; what came back was never away.
CREATE TRIGGER tally_gone AFTER UPDATE OF gone_at ON reviews WHEN old.gone_at IS NOT new.gone_at BEGIN
    INSERT INTO tallied (source_id, quarter, standing, standing_sum)
    SELECT source_id, old.gone_at / 900000, sum(standing), sum(standing_sum) FROM shifts
    WHERE old.gone_at IS NOT NULL AND review_id = new.id
    AND number IN (SELECT number FROM versions WHERE review_id = new.id AND seen_at < old.gone_at)
    GROUP BY source_id;
    INSERT INTO tallied (source_id, quarter, standing, standing_sum)
    SELECT source_id, new.gone_at / 900000, -sum(standing), -sum(standing_sum) FROM shifts
    WHERE new.gone_at IS NOT NULL AND review_id = new.id
    AND number IN (SELECT number FROM versions WHERE review_id = new.id AND seen_at < new.gone_at)
    GROUP BY source_id;
END;
CREATE TRIGGER tally_corrected AFTER UPDATE OF verdict ON versions WHEN new.number = 1 BEGIN
    INSERT INTO tallied (source_id, quarter, negative, positive, unrated)
    SELECT source_id, quarter, negative - (json_extract(old.verdict, '$.verdict') = 'negative'),
        positive - (json_extract(old.verdict, '$.verdict') = 'positive'),
        unrated - (json_extract(old.verdict, '$.verdict') = 'unrated')
    FROM firsts WHERE review_id = new.review_id
    AND NOT EXISTS (SELECT 1 FROM voices w WHERE w.review_id = new.review_id AND w.kin = 'same-words');
END;
CREATE TRIGGER tally_joined AFTER INSERT ON voices WHEN new.kin = 'same-words' BEGIN
    INSERT INTO tallied (source_id, quarter, seen, negative, positive, unrated, rated, rating_sum)
    SELECT source_id, quarter, -seen, -negative, -positive, -unrated, -rated, -rating_sum FROM firsts WHERE review_id = new.review_id;
END;
CREATE TRIGGER tally_parted AFTER DELETE ON voices WHEN old.kin = 'same-words' BEGIN
    INSERT INTO tallied (source_id, quarter, seen, negative, positive, unrated, rated, rating_sum)
    SELECT source_id, quarter, seen, negative, positive, unrated, rated, rating_sum FROM firsts WHERE review_id = old.review_id;
END;

INSERT INTO tallies
SELECT source_id, quarter, sum(seen), sum(negative), sum(positive), sum(unrated), sum(rated), sum(rating_sum), sum(standing),
    sum(standing_sum)
FROM (
    SELECT source_id, quarter, seen, negative, positive, unrated, rated, rating_sum, 0 AS standing, 0 AS standing_sum FROM firsts f
    WHERE NOT EXISTS (SELECT 1 FROM voices w WHERE w.review_id = f.review_id AND w.kin = 'same-words')
    UNION ALL
    SELECT source_id, quarter, 0, 0, 0, 0, 0, 0, standing, standing_sum FROM shifts
    UNION ALL
    SELECT s.source_id, r.gone_at / 900000, 0, 0, 0, 0, 0, 0, -s.standing, -s.standing_sum
    FROM reviews r JOIN shifts s ON s.review_id = r.id JOIN versions v ON v.review_id = s.review_id AND v.number = s.number
    WHERE r.gone_at IS NOT NULL AND v.seen_at < r.gone_at
)
GROUP BY source_id, quarter;
