//! Google's archive of a business ("Google Business Profile" in Google Takeout): reviews as JSON, some twenty in a document.
//!
//! Google publishes no description of it; the shape is that of its interface, from three independent programs that read it. The same
//! location may stand there twice: of each review the latest counts.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use super::{ImportError, Read};
use crate::{
    review::Sighting,
    sources::{self, ParseError},
};

/// The most bytes of one document in the archive.
const DOCUMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most documents that are read.
const DOCUMENTS_MAX: usize = 20_000;
/// The name of the archive's kind, in words.
const KIND: &str = "Google's archive of a business";

/// Reads one document.
///
/// # Errors
/// If it is none of Google's.
pub(super) fn read_document(bytes: &[u8]) -> Result<Read, ImportError> {
    let sightings = sources::google_reviews(bytes).map_err(|error| ImportError::NotReadable(error.to_string()))?;
    Ok(Read { kind: KIND, sightings, ..Read::default() })
}

/// Reads all documents of an archive; one that is damaged keeps nobody from the others, and is named.
///
/// # Errors
/// If it is no archive, or has no reviews of a business in it.
pub(super) fn read_archive(bytes: &[u8]) -> Result<Read, ImportError> {
    let damaged = || ImportError::NotReadable("this archive is damaged; download it again".to_owned());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let (mut latest, mut unreadable): (BTreeMap<String, Sighting>, Vec<_>) = Default::default();
    let mut documents = 0;
    for at in 0..archive.len() {
        let Ok(mut entry) = archive.by_index(at) else { continue };
        let name = entry.name().unwrap_or_default().to_string();
        if !is_document(&name) {
            continue;
        }
        documents += 1;
        if documents > DOCUMENTS_MAX {
            unreadable.push((name, "there are too many documents".to_owned()));
            break;
        }
        let mut document = Vec::new();
        let read = entry.by_ref().take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut document);
        match read.map_err(|_| "it is damaged".to_owned()).and_then(|_| parsed(&document)) {
            Ok(sightings) => sightings.into_iter().for_each(|one| keep_latest(&mut latest, one)),
            Err(why) => unreadable.push((name, why)),
        }
    }
    if documents == 0 {
        let why = "this archive holds no reviews of a business; in Google Takeout choose \"Google Business Profile\"";
        return Err(ImportError::NotReadable(why.to_owned()));
    }
    Ok(Read { kind: KIND, sightings: latest.into_values().collect(), unreadable, ..Read::default() })
}

fn parsed(document: &[u8]) -> Result<Vec<Sighting>, String> {
    if document.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err("it is too large".to_owned());
    }
    sources::google_reviews(document).map_err(|error: ParseError| error.to_string())
}

/// `…/Google Business Profile/account-1/location-2/reviews.json` and its further pages. `Maps (your places)/Reviews.json` is what the
/// owner wrote about others.
fn is_document(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    name.contains("/location-") && file.starts_with("reviews") && file.ends_with(".json")
}

fn keep_latest(latest: &mut BTreeMap<String, Sighting>, one: Sighting) {
    let Some(id) = one.id.clone() else { return };
    let is_older = latest.get(&id).is_some_and(|known| known.edited_at > one.edited_at);
    if !is_older {
        latest.insert(id, one);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn archive(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn review(id: &str, stars: &str, updated: &str) -> String {
        format!(
            r#"{{"reviews":[{{"name":"accounts/1/locations/2/reviews/{id}","reviewer":{{"displayName":"Ann"}},"starRating":"{stars}","createTime":"2026-07-01T10:00:00.123Z","updateTime":"{updated}"}}]}}"#
        )
    }

    const PLACE: &str = "Takeout/Google Business Profile/account-1/location-2";

    #[test]
    fn all_pages_are_read_the_latest_of_each_review_counts_and_damage_is_named() {
        let bytes = archive(&[
            (&format!("{PLACE}/data.json"), "{\"title\":\"Alba\"}"),
            (&format!("{PLACE}/reviews.json"), &review("a", "FIVE", "2026-08-02T00:00:00Z")),
            (&format!("{PLACE}/reviews-x.json"), &review("b", "TWO", "2026-08-01T00:00:00Z")),
            (&format!("{PLACE}/reviews-y.json"), "{\"reviews\":["),
            (
                "Takeout/Google Business Profile/account-1/location-3/reviews.json",
                &review("a", "ONE", "2026-08-01T00:00:00Z"),
            ),
            ("Takeout/Maps (your places)/Reviews.json", "{\"type\":\"FeatureCollection\"}"),
        ]);
        let read = super::super::read(&bytes, &super::super::Hints::default()).unwrap();
        let found: Vec<_> = read.sightings.iter().map(|one| (one.id.as_deref().unwrap(), one.rating.clone())).collect();
        let stars = |stars: u64| Some(crate::review::RawRating::on(stars, 1.0, 5.0));
        assert_eq!(found, [("a", stars(5)), ("b", stars(2))]);
        assert_eq!(read.unreadable.len(), 1);
        assert!(read.unreadable[0].0.ends_with("reviews-y.json"), "{:?}", read.unreadable);
    }

    #[test]
    fn other_archives_and_documents_say_what_they_are_not() {
        let read = |bytes: &[u8]| super::super::read(bytes, &super::super::Hints::default()).unwrap_err().to_string();
        assert!(read(&archive(&[("Takeout/Mail/all.mbox", "x")])).contains("choose \"Google Business Profile\""));
        assert!(read(b"PK\x03\x04rubbish").contains("damaged"));
        assert!(read(b"{\"a\":1}").contains("without reviews"));
        assert!(read(b"  \n").contains("empty"));
    }
}
