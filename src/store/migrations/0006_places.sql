-- What a report asks for is found by its own location and sources, however many others there are.
CREATE INDEX reviews_watched ON reviews (source_id, first_seen_at) WHERE baseline = 0;
DROP INDEX reviews_unrated;
CREATE INDEX reviews_unrated ON reviews (source_id, first_seen_at) WHERE sense = 'unrated';
CREATE INDEX cases_by_location ON cases (location, opened_at);
