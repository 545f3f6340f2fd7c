-- What was erased is known again by a keyed hash of its identity alone; few reviews are, so the index is small.
CREATE INDEX reviews_forgotten ON reviews (source_id) WHERE forgotten_at IS NOT NULL;
