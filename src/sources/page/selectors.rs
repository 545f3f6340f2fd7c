//! Reviews by the CSS selectors that an owner gives for a page without structured data.
//!
//! A selector may end in `@attribute` to take an attribute instead of the text. Selectors never guess an id: only `id` makes one.

use scraper::{ElementRef, Selector};
use url::Url;

use super::{
    assemble::Page,
    dom::{Dom, text_of},
    stars,
};
use crate::{
    config::SettingsError,
    review::{PostedAt, RawRating, Reply, Sighting},
    text,
};

/// The selectors of one page, compiled.
#[derive(Debug)]
pub(super) struct Selectors {
    review: Selector,
    fields: Vec<(Field, Pick)>,
    rating_best: Option<f64>,
}

/// What a selector is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// The guest's name.
    Author,
    /// The rating.
    Rating,
    /// The headline.
    Title,
    /// The words.
    Text,
    /// The day or time of posting.
    Date,
    /// The site's own id.
    Id,
    /// The business's answer.
    Reply,
}

/// What is taken from within a review.
#[derive(Debug)]
struct Pick {
    /// `None`: the review's own element.
    within: Option<Selector>,
    attribute: Option<String>,
}

impl Field {
    /// The field's key in the settings.
    pub(super) fn key(self) -> &'static str {
        match self {
            Field::Author => "author",
            Field::Rating => "rating",
            Field::Title => "title",
            Field::Text => "text",
            Field::Date => "date",
            Field::Id => "id",
            Field::Reply => "reply",
        }
    }
}

impl Selectors {
    /// Compiles an owner's selectors.
    ///
    /// # Errors
    /// If one is no CSS selector; the error names its key.
    pub(super) fn compile(
        review: &str,
        fields: &[(Field, Option<&str>)],
        rating_best: Option<f64>,
    ) -> Result<Self, SettingsError> {
        let fields = fields.iter().filter_map(|(field, words)| Some((*field, (*words)?)));
        Ok(Selectors {
            review: css("review", review)?,
            fields: fields.map(|(field, words)| Ok((field, pick(field.key(), words)?))).collect::<Result<_, _>>()?,
            rating_best,
        })
    }

    /// The reviews of a page, in its order.
    pub(super) fn read(&self, dom: &Dom, page: &Page<'_>) -> Vec<Sighting> {
        dom.html.select(&self.review).map(|element| self.one(element, page)).filter(says_something).collect()
    }

    fn one(&self, element: ElementRef<'_>, page: &Page<'_>) -> Sighting {
        let mut sighting = Sighting {
            language: page.language.clone(),
            url: page.url.map(|url: &Url| url.as_str().to_owned()),
            ..Sighting::default()
        };
        for (field, pick) in &self.fields {
            let Some(words) = pick.take(element) else { continue };
            match field {
                Field::Author => sighting.author = Some(text::fold_whitespace(&words).into_owned()),
                Field::Rating => {
                    sighting.rating =
                        Some(RawRating { best: self.rating_best, ..RawRating::new(stars::readable(&words)) });
                }
                Field::Title => sighting.title = Some(words),
                Field::Text => sighting.text = Some(words),
                Field::Date => sighting.posted_at = PostedAt::parse(&words),
                Field::Id => sighting.id = Some(words),
                Field::Reply => sighting.reply = Some(Reply { text: words, at: None }),
            }
        }
        sighting
    }
}

impl Pick {
    /// The first place within a review that says anything.
    fn take(&self, review: ElementRef<'_>) -> Option<String> {
        let said = |element: ElementRef<'_>| {
            let words = match &self.attribute {
                Some(name) => element.attr(name)?.trim().to_owned(),
                None => text_of(element),
            };
            Some(text::clean(&words).into_owned()).filter(|words| !words.trim().is_empty())
        };
        match &self.within {
            Some(selector) => review.select(selector).find_map(said),
            None => said(review),
        }
    }
}

fn says_something(sighting: &Sighting) -> bool {
    sighting.rating.is_some() || sighting.text.is_some() || sighting.title.is_some()
}

fn pick(key: &str, words: &str) -> Result<Pick, SettingsError> {
    let (selector, attribute) = split_attribute(words.trim());
    let within = if selector.is_empty() { None } else { Some(css(key, selector)?) };
    if within.is_none() && attribute.is_none() {
        return Err(SettingsError::key(key, format!("`{key}` is empty: give a CSS selector, or leave the key out")));
    }
    Ok(Pick { within, attribute: attribute.map(str::to_lowercase) })
}

/// Splits `.stars@data-score`; an `@` within brackets or quotes belongs to the selector.
fn split_attribute(words: &str) -> (&str, Option<&str>) {
    let Some((selector, attribute)) = words.rsplit_once('@') else { return (words, None) };
    let named = !attribute.is_empty()
        && attribute.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.'));
    if named { (selector.trim_end(), Some(attribute)) } else { (words, None) }
}

fn css(key: &str, words: &str) -> Result<Selector, SettingsError> {
    Selector::parse(words).map_err(|_| {
        let shown = text::truncate(words, 80);
        SettingsError::key(key, format!("`{key}` is not a CSS selector: `{shown}`; try one like `.review .author`, or `.stars@data-score` for an attribute"))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::dom::build, *};

    const PAGE: &str = r#"<html lang="en"><ul>
        <li class="r" data-id="rev-9001"><b class="who">Mira K.</b><i class="stars" data-score="2"></i>
          <p class="words">Heating<br>failed twice</p><time datetime="2026-10-02">2 Oct</time><div class="answer">Sorry!</div></li>
        <li class="r" data-id="rev-9002"><b class="who"> Jon </b><i class="stars" data-score=""></i><i class="stars" data-score="9"></i></li>
        <li class="r"></li></ul>"#;

    fn read(fields: &[(Field, Option<&str>)], best: Option<f64>) -> Vec<Sighting> {
        let page = Page { url: None, language: Some("en".into()) };
        Selectors::compile("li.r", fields, best).unwrap().read(&build(PAGE), &page)
    }

    #[test]
    fn fields_come_from_text_and_attributes() {
        let fields = [
            (Field::Author, Some(".who")),
            (Field::Rating, Some(".stars@data-score")),
            (Field::Text, Some(".words")),
            (Field::Date, Some("time@datetime")),
            (Field::Id, Some("@data-id")),
            (Field::Reply, Some(".answer")),
            (Field::Title, None),
        ];
        let read = read(&fields, Some(10.0));
        let mira = Sighting {
            id: Some("rev-9001".into()),
            author: Some("Mira K.".into()),
            rating: Some(RawRating { stars: "2".into(), worst: None, best: Some(10.0) }),
            text: Some("Heating\nfailed twice".into()),
            language: Some("en".into()),
            posted_at: PostedAt::parse("2026-10-02"),
            reply: Some(Reply { text: "Sorry!".into(), at: None }),
            ..Sighting::default()
        };
        assert_eq!(read[0], mira);
        let jon = (read[1].author.as_deref(), read[1].rating.as_ref().map(|r| r.stars.clone()));
        assert_eq!(jon, (Some("Jon"), Some("9".into())));
        assert_eq!(read.len(), 2);
    }

    #[test]
    fn an_at_sign_within_brackets_belongs_to_the_selector() {
        assert_eq!(split_attribute("a[href*='@x']"), ("a[href*='@x']", None));
        assert_eq!(split_attribute("a[href*='@x']@href"), ("a[href*='@x']", Some("href")));
        assert_eq!(split_attribute(".stars @data-score"), (".stars", Some("data-score")));
        assert_eq!(split_attribute("@data-id"), ("", Some("data-id")));
    }

    #[test]
    fn a_bad_selector_names_its_key() {
        let error = Selectors::compile("li", &[(Field::Rating, Some(".stars["))], None).unwrap_err();
        assert_eq!(error.key.as_deref(), Some("rating"));
        assert!(error.message.contains("`.stars[`"), "{}", error.message);
        assert_eq!(
            Selectors::compile("li", &[(Field::Text, Some(" "))], None).unwrap_err().key.as_deref(),
            Some("text")
        );
        assert_eq!(Selectors::compile("::", &[], None).unwrap_err().key.as_deref(), Some("review"));
    }
}
