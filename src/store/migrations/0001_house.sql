-- The first schema. Times are UTC milliseconds. Forward only: never edit a migration that was released.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    id              INTEGER PRIMARY KEY,
    name            TEXT    NOT NULL UNIQUE,
    kind            TEXT    NOT NULL,
    location        TEXT    NOT NULL,
    memory          TEXT    NOT NULL DEFAULT '{}',  -- validators of the last poll, JSON
    baseline_at     INTEGER,                        -- when the first contact was committed
    polled_at       INTEGER,                        -- the last try
    ok_at           INTEGER,                        -- the last success
    failures        INTEGER NOT NULL DEFAULT 0,     -- in a row
    due_at          INTEGER,                        -- not before this
    revisited_at    INTEGER,                        -- when open cases beyond the window were last looked at
    health          TEXT    NOT NULL DEFAULT 'new',
    health_since    INTEGER,
    health_evidence TEXT    NOT NULL DEFAULT '',
    told            INTEGER NOT NULL DEFAULT 0,     -- whether this trouble was told
    count_stated    INTEGER                         -- what the site says it has
) STRICT;

CREATE TABLE blind_spans (                          -- when a source could not be seen
    source_id INTEGER NOT NULL REFERENCES sources (id),
    since     INTEGER NOT NULL,
    until     INTEGER,                              -- null: it still cannot
    PRIMARY KEY (source_id, since)
) STRICT, WITHOUT ROWID;

CREATE TABLE reviews (
    id            INTEGER PRIMARY KEY,
    source_id     INTEGER NOT NULL REFERENCES sources (id),
    base          TEXT    NOT NULL,                 -- the identity; rating and text are no part of it
    ordinal       INTEGER NOT NULL DEFAULT 0,       -- among equals
    identity      TEXT    NOT NULL CHECK (identity IN ('own', 'derived', 'weak')),
    external_id   TEXT,
    item          TEXT,
    author        TEXT,
    author_id     TEXT,
    url           TEXT,
    posted_at     INTEGER,
    precision     TEXT    CHECK (precision IN ('exact', 'day', 'month')),
    first_seen_at INTEGER NOT NULL,
    baseline      INTEGER NOT NULL DEFAULT 0,       -- found at first contact or in a surge
    missing_count INTEGER NOT NULL DEFAULT 0,       -- complete looks in a row without it
    missing_since INTEGER,
    gone_at       INTEGER,                          -- confirmed gone
    forgotten_at  INTEGER,                          -- erased on request; only figures remain
    version       INTEGER NOT NULL DEFAULT 1,       -- the latest
    sense         TEXT    NOT NULL,                 -- the latest verdict
    severity      TEXT    NOT NULL,
    rating        REAL,                             -- the latest, normalised 0-1
    UNIQUE (source_id, base, ordinal)
) STRICT;
CREATE INDEX reviews_by_time ON reviews (first_seen_at);
CREATE INDEX reviews_unrated ON reviews (first_seen_at) WHERE sense = 'unrated';

CREATE TABLE versions (
    review_id INTEGER NOT NULL REFERENCES reviews (id),
    number    INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    hash      TEXT    NOT NULL,
    rating    REAL,
    content   TEXT    NOT NULL,                     -- review::Content, JSON
    verdict   TEXT    NOT NULL,                     -- judge::Verdict, JSON
    PRIMARY KEY (review_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE rejected (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    key       TEXT    NOT NULL,
    seen_at   INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (source_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE cases (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,   -- people say these numbers aloud: never reused
    review_id  INTEGER NOT NULL UNIQUE REFERENCES reviews (id),
    location   TEXT    NOT NULL,
    opened_at  INTEGER NOT NULL,
    stage      TEXT    NOT NULL,                    -- a cache, checked against replay
    assignee   TEXT,
    due_at     INTEGER,                             -- when watch must look at it next
    is_open    INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_open ON cases (opened_at) WHERE is_open = 1;
CREATE INDEX cases_due ON cases (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE case_events (
    id      INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES cases (id),
    at      INTEGER NOT NULL,
    event   TEXT    NOT NULL                        -- case::Event, JSON
) STRICT;
CREATE INDEX case_events_by_case ON case_events (case_id, id);
CREATE TRIGGER case_events_are_never_rewritten BEFORE DELETE ON case_events
BEGIN SELECT RAISE(ABORT, 'case_events is append-only'); END;

CREATE TABLE alerts (
    id        INTEGER PRIMARY KEY,
    key       TEXT    NOT NULL UNIQUE,              -- told once
    at        INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    case_id   INTEGER REFERENCES cases (id),
    review_id INTEGER REFERENCES reviews (id),
    body      TEXT    NOT NULL                      -- alert::Alert, JSON
) STRICT;
CREATE INDEX alerts_by_case ON alerts (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX alerts_by_review ON alerts (review_id) WHERE review_id IS NOT NULL;

CREATE TABLE deliveries (
    id         TEXT    PRIMARY KEY,                 -- the same on every attempt: the webhook-id
    alert_id   INTEGER NOT NULL REFERENCES alerts (id),
    channel    TEXT    NOT NULL,
    person     TEXT,
    address    TEXT,
    created_at INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    state      TEXT    NOT NULL CHECK (state IN ('pending', 'done', 'given-up')),
    done_at    INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX deliveries_pending ON deliveries (channel, due_at) WHERE state = 'pending';
CREATE INDEX deliveries_by_alert ON deliveries (alert_id);

CREATE TABLE attempts (
    delivery_id TEXT    NOT NULL REFERENCES deliveries (id),
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    outcome     TEXT    NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE broken_channels (
    channel TEXT    PRIMARY KEY,
    since   INTEGER NOT NULL,
    why     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
    location TEXT    NOT NULL,
    week     TEXT    NOT NULL,                      -- ISO week in the location's zone: 2026-W47
    sent_at  INTEGER NOT NULL,
    PRIMARY KEY (location, week)
) STRICT, WITHOUT ROWID;
