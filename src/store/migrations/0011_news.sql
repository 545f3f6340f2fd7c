-- What there is to say of sources themselves, until it is told: what comes within a short while of one another is told in one alert.
CREATE TABLE news (
    id   INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    body TEXT    NOT NULL                               -- alert::News, JSON
) STRICT;

CREATE TABLE news_told (                                -- one row: when some were told last
    only INTEGER PRIMARY KEY CHECK (only = 1),
    at   INTEGER NOT NULL
) STRICT;
