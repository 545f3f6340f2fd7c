//! Reviews from a table: which column is what, and which order its dates have.

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use super::{Hints, ImportError, Read};
use crate::review::{PostedAt, Precision, RawRating, Reply, Sighting};

/// The most rows that are read.
const ROWS_MAX: usize = 1_000_000;

/// What a column can be, with the heads by which it is known (lower case, in several languages).
const FIELDS: &[(Field, &[&str])] = &[
    (Field::Id, &["id", "review id", "review_id", "reference", "bewertungs-id"]),
    (
        Field::Author,
        &[
            "author",
            "name",
            "guest",
            "guest name",
            "reviewer",
            "reviewer name",
            "customer",
            "gast",
            "autor",
            "auteur",
            "autore",
            "cliente",
        ],
    ),
    (
        Field::Rating,
        &[
            "rating",
            "stars",
            "score",
            "review score",
            "overall",
            "bewertung",
            "sterne",
            "note",
            "puntuación",
            "punteggio",
            "nota",
        ],
    ),
    (Field::Title, &["title", "headline", "subject", "review title", "titel", "titre", "título", "titolo"]),
    (
        Field::Text,
        &[
            "text",
            "body",
            "review",
            "comment",
            "comments",
            "review text",
            "content",
            "kommentar",
            "commentaire",
            "comentario",
            "commento",
        ],
    ),
    (
        Field::Posted,
        &["date", "posted", "posted_at", "posted at", "created", "created_at", "review date", "datum", "fecha", "data"],
    ),
    (
        Field::Liked,
        &["positive review", "positive bewertung", "commentaire positif", "commento positivo", "comentario positivo"],
    ),
    (
        Field::Disliked,
        &["negative review", "negative bewertung", "commentaire négatif", "commento negativo", "comentario negativo"],
    ),
    (
        Field::Reservation,
        &[
            "reservation number",
            "booking number",
            "buchungsnummer",
            "reservierungsnummer",
            "numéro de réservation",
            "numero di prenotazione",
            "número de reserva",
        ],
    ),
    (Field::Language, &["language", "lang", "sprache", "langue", "idioma", "lingua"]),
    (Field::Url, &["url", "link", "review url"]),
    (
        Field::Reply,
        &[
            "reply",
            "response",
            "answer",
            "owner reply",
            "property reply",
            "antwort",
            "réponse",
            "respuesta",
            "risposta",
        ],
    ),
];

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The platform's own id.
    Id,
    /// The guest's name.
    Author,
    /// The rating.
    Rating,
    /// The headline.
    Title,
    /// The words.
    Text,
    /// When it was posted.
    Posted,
    /// What was liked, where it stands apart.
    Liked,
    /// What was not liked, where it stands apart.
    Disliked,
    /// The reservation, which with the day names a review that has no id.
    Reservation,
    /// The language.
    Language,
    /// Where to read it.
    Url,
    /// The public answer.
    Reply,
}

/// In which order a numeric date has its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrder {
    /// 31.12.2026
    DayFirst,
    /// 12/31/2026
    MonthFirst,
}

impl Field {
    /// The field of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        FIELDS
            .iter()
            .find(|(_, heads)| heads[0] == name || (name == "posted" && heads.contains(&"posted")))
            .map(|(field, _)| *field)
    }
}

/// Reads a CSV file in UTF-8, UTF-16 with a mark, or else windows-1252, separated by commas, semicolons or tabs.
///
/// # Errors
/// If no useful column is found, or its dates can be read in two ways.
pub(super) fn read_csv(bytes: &[u8], hints: &Hints) -> Result<Read, ImportError> {
    let text = decode(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(&text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let heads: Vec<String> = reader.headers().map_err(|_| ImportError::Empty)?.iter().map(str::to_owned).collect();
    let (mut rows, mut unreadable) = (Vec::new(), Vec::new());
    for record in reader.records().take(ROWS_MAX) {
        match record {
            Ok(record) => rows.push(record),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                unreadable.push((format!("line {line}"), "it is not a row of the table".to_owned()));
            }
        }
    }
    Ok(Read { kind: "a table", unreadable, ..read_rows(heads, rows, hints)? })
}

/// Reads the rows of a table below its heads.
///
/// # Errors
/// As [`read_csv`].
pub(super) fn read_rows(heads: Vec<String>, rows: Vec<csv::StringRecord>, hints: &Hints) -> Result<Read, ImportError> {
    if heads.iter().all(String::is_empty) {
        return Err(ImportError::Empty);
    }
    let columns = columns(&heads, &hints.map)?;
    let has = |wanted: &[Field]| columns.iter().flatten().any(|field| wanted.contains(field));
    if !has(&[Field::Rating, Field::Text, Field::Title, Field::Liked, Field::Disliked]) {
        return Err(ImportError::NoColumns(heads.join(", ")));
    }
    let dates = rows.iter().filter_map(|row| cell(row, &columns, Field::Posted));
    let day_order = match hints.day_order {
        Some(order) => Some((order, "you said so".to_owned())),
        None => infer_order(dates)?,
    };
    // Tables that tell what was liked from what was not are Booking.com's, whose scale ends at ten.
    let best = hints.best.or_else(|| has(&[Field::Liked, Field::Disliked]).then_some(10.0));
    let order = day_order.as_ref().map(|(order, _)| *order);
    let sightings = rows.iter().map(|row| sighting(row, &columns, order, best)).collect();
    let used = heads.into_iter().zip(&columns).filter_map(|(head, field)| Some((head, (*field)?))).collect();
    Ok(Read { kind: "a table", sightings, columns: used, day_order, unreadable: Vec::new() })
}

fn decode(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
    }
}

fn separator(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    let count = |separator: u8| head.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(b',')
}

fn columns(heads: &[String], map: &[(String, String)]) -> Result<Vec<Option<Field>>, ImportError> {
    let mut taken: Vec<Field> = Vec::new();
    let mut named = Vec::new();
    for (head, field) in map {
        let field = Field::from_name(field).ok_or_else(|| ImportError::NoField(field.clone()))?;
        named.push((head.to_lowercase(), field));
        taken.push(field);
    }
    Ok(heads
        .iter()
        .map(|head| {
            let head = head.to_lowercase();
            if let Some((_, field)) = named.iter().find(|(name, _)| *name == head) {
                return Some(*field);
            }
            let known = FIELDS
                .iter()
                .find(|(field, names)| !taken.contains(field) && names.contains(&head.as_str()))
                .map(|(field, _)| *field);
            taken.extend(known);
            known
        })
        .collect())
}

fn cell<'a>(row: &'a csv::StringRecord, columns: &[Option<Field>], field: Field) -> Option<&'a str> {
    let at = columns.iter().position(|column| *column == Some(field))?;
    row.get(at).filter(|text| !text.is_empty())
}

/// Finds the order of numeric dates from those that can be read in one way only.
fn infer_order<'a>(dates: impl Iterator<Item = &'a str>) -> Result<Option<(DayOrder, String)>, ImportError> {
    let mut ambiguous = None;
    for text in dates.filter(|text| PostedAt::parse(text).is_none()) {
        let Some((first, second, _)) = numeric(text) else { continue };
        if first > 12 {
            return Ok(Some((DayOrder::DayFirst, format!("from {text}"))));
        }
        if second > 12 {
            return Ok(Some((DayOrder::MonthFirst, format!("from {text}"))));
        }
        // Nobody writes the month first with points.
        if text.contains('.') {
            return Ok(Some((DayOrder::DayFirst, format!("from the points in {text}"))));
        }
        ambiguous.get_or_insert(text);
    }
    ambiguous.map_or(Ok(None), |text| Err(ImportError::AmbiguousDates(text.to_owned())))
}

/// "31.12.2026" and "12/31/2026 10:00" as three numbers.
fn numeric(text: &str) -> Option<(i8, i8, i16)> {
    let date = text.split([' ', 'T', ',']).next()?;
    let mut parts = date.split(['.', '/', '-']);
    let (first, second, year) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    let year: i16 = match year.len() {
        2 => 2000 + year.parse::<i16>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    Some((first, second, year))
}

fn posted(text: &str, order: Option<DayOrder>) -> Option<PostedAt> {
    PostedAt::parse(text).or_else(|| {
        let (first, second, year) = numeric(text)?;
        let (day, month) = match order? {
            DayOrder::DayFirst => (first, second),
            DayOrder::MonthFirst => (second, first),
        };
        let noon = Date::new(year, month, day).ok()?.at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(PostedAt { at: noon.timestamp(), precision: Precision::Day })
    })
}

/// What people write where a form wants something and they have nothing to say.
fn is_nothing(text: &str) -> bool {
    const NOTHING: &[&str] =
        &["n/a", "na", "-", "--", "nothing", "none", "nichts", "keine", "rien", "nulla", "niente", "nada", "."];
    NOTHING.contains(&text.trim().to_lowercase().as_str())
}

fn sighting(
    row: &csv::StringRecord,
    columns: &[Option<Field>],
    order: Option<DayOrder>,
    best: Option<f64>,
) -> Sighting {
    let get = |field| cell(row, columns, field).map(str::to_owned);
    let day = get(Field::Posted).map(|text| text.chars().take(10).collect::<String>());
    let of_reservation = || Some(format!("{} {}", get(Field::Reservation)?, day.unwrap_or_default()));
    let said: Vec<String> =
        [Field::Liked, Field::Disliked].into_iter().filter_map(get).filter(|text| !is_nothing(text)).collect();
    Sighting {
        id: get(Field::Id).or_else(of_reservation),
        author: get(Field::Author),
        rating: get(Field::Rating).map(|stars| RawRating { stars: Value::String(stars), worst: None, best }),
        title: get(Field::Title),
        text: get(Field::Text).or_else(|| (!said.is_empty()).then(|| said.join("\n"))),
        language: get(Field::Language),
        posted_at: get(Field::Posted).and_then(|text| posted(&text, order)),
        url: get(Field::Url),
        reply: get(Field::Reply).map(|text| Reply { text, at: None::<Timestamp> }),
        ..Sighting::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Read, ImportError> {
        read_csv(text.as_bytes(), &Hints::default())
    }

    #[test]
    fn a_semicolon_table_from_a_german_spreadsheet_is_read() {
        let read = read_csv(
            "Datum;Bewertung;Kommentar;Gast\n31.12.2024;2;\"Sehr laut; kalt\";J\u{f6}rg\n".as_bytes(),
            &Hints::default(),
        )
        .unwrap();
        let row = &read.sightings[0];
        assert_eq!((row.author.as_deref(), row.text.as_deref()), (Some("Jörg"), Some("Sehr laut; kalt")));
        assert_eq!(row.posted_at.unwrap().at.to_string(), "2024-12-31T12:00:00Z");
        assert_eq!(read.day_order, Some((DayOrder::DayFirst, "from 31.12.2024".into())));
    }

    #[test]
    fn windows_letters_are_read() {
        let bytes = b"name,rating\nJ\xf6rg,1\n";
        assert_eq!(read_csv(bytes, &Hints::default()).unwrap().sightings[0].author.as_deref(), Some("Jörg"));
    }

    #[test]
    fn dates_that_can_be_read_in_two_ways_are_asked_about() {
        assert_eq!(read("date,rating\n03/04/2026,1\n"), Err(ImportError::AmbiguousDates("03/04/2026".into())));
        let sorted = read("date,rating\n03/04/2026,1\n03/31/2026,2\n").unwrap();
        assert_eq!(sorted.sightings[0].posted_at.unwrap().at.to_string(), "2026-03-04T12:00:00Z");
    }

    #[test]
    fn bookings_table_is_read_with_its_scale_and_both_sides_of_the_words() {
        let text = "\"Review date\",\"Guest name\",\"Reservation number\",\"Review title\",\"Positive review\",\"Negative review\",\"Review score\",\"Staff\",\"Property reply\"\n\
            \"2026-07-01 10:00:00\",\"\",\"4711\",\"Cold\",\"Kind staff\",\"The shower\",\"4.5\",\"7.5\",\"Sorry\"\n\
            \"2026-07-02\",\"Ben\",\"4712\",\"\",\"N/A\",\"Nothing\",\"10\",\"10\",\"\"\n";
        let read = read(text).unwrap();
        let [cold, silent] = &read.sightings[..] else { panic!() };
        assert_eq!(
            (cold.id.as_deref(), cold.text.as_deref()),
            (Some("4711 2026-07-01"), Some("Kind staff\nThe shower"))
        );
        assert_eq!(cold.rating.as_ref().and_then(|rating| rating.best), Some(10.0));
        assert_eq!((silent.text.as_deref(), silent.author.as_deref()), (None, Some("Ben")));
    }

    #[test]
    fn columns_can_be_named_by_hand() {
        let hints = Hints { map: vec![("Wie war's?".into(), "text".into())], best: Some(10.0), ..Hints::default() };
        let read = read_csv("Wie war's?,Score\nkalt,4\n".as_bytes(), &hints).unwrap();
        assert_eq!(read.sightings[0].text.as_deref(), Some("kalt"));
        assert_eq!(read.sightings[0].rating.as_ref().unwrap().best, Some(10.0));
        let wrong = Hints { map: vec![("Score".into(), "sterne?".into())], ..Hints::default() };
        assert!(matches!(read_csv(b"Score\n1\n", &wrong), Err(ImportError::NoField(_))));
    }

    #[test]
    fn what_is_no_table_of_reviews_is_refused_with_the_way_out() {
        assert_eq!(read(""), Err(ImportError::Empty));
        assert_eq!(read("colour,size\nred,2\n"), Err(ImportError::NoColumns("colour, size".into())));
        assert!(read("rating\n\u{0}\u{1}\n\"unclosed").is_ok());
    }
}
