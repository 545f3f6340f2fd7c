//! A review site with guests: an HTML page with JSON-LD, or a JSON interface, by the kind of source that reads it.

use std::sync::{Arc, Mutex};

use amends::{
    clock::Clock,
    http::{FakeWeb, HttpError, Request, Response, fake::answer},
};
use serde_json::{Value, json};
use url::Url;

/// A guest's review on a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest(pub usize);

/// One review site; clones share it.
#[derive(Clone)]
pub struct Site(Arc<Mutex<State>>);

struct State {
    url: Url,
    kind: Kind,
    clock: Clock,
    reviews: Vec<Review>,
    window: Option<usize>,
    own_pages: bool,
    trouble: Trouble,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Page,
    Json,
}

#[derive(Clone)]
struct Review {
    number: usize,
    author: String,
    stars: Value,
    text: String,
    day: String,
    reply: Option<String>,
    gone: bool,
}

#[derive(Clone)]
enum Trouble {
    None,
    Answers(u16, Vec<(&'static str, String)>, Vec<u8>),
    Fails(HttpError),
}

impl Site {
    pub fn open(web: &FakeWeb, source: (&str, &str), clock: Clock) -> Site {
        let (kind, url) = source;
        let kind = if kind == "json" { Kind::Json } else { Kind::Page };
        let url: Url = url.parse().unwrap();
        let origin = url.join("/").unwrap();
        let state =
            State { url, kind, clock, reviews: Vec::new(), window: None, own_pages: false, trouble: Trouble::None };
        let site = Site(Arc::new(Mutex::new(state)));
        let answering = site.clone();
        web.on(origin.as_str(), move |request| answering.answer(request));
        site
    }

    /// A guest leaves a review today.
    pub fn guest_leaves(&self, stars: i64, text: &str) -> Guest {
        let author = format!("Guest {}", self.with(|site| site.reviews.len() + 1));
        self.leaves(&author, stars, text)
    }

    /// A guest of that name leaves a review today.
    pub fn leaves(&self, author: &str, stars: impl Into<Value>, text: &str) -> Guest {
        self.with(|site| {
            let day = site.clock.now().to_string()[..10].to_owned();
            let number = site.reviews.len() + 1001;
            let review = Review {
                number,
                author: author.into(),
                stars: stars.into(),
                text: text.into(),
                day,
                reply: None,
                gone: false,
            };
            site.reviews.push(review);
            Guest(site.reviews.len() - 1)
        })
    }

    /// So many guests were content once.
    pub fn has_praise(&self, count: usize) {
        for number in 0..count {
            let guest = self.guest_leaves(5, &format!("A fine stay, the {number}th"));
            self.dates(guest, &format!("2025-{:02}-{:02}", 1 + number / 28 % 12, 1 + number % 28));
        }
    }

    /// The site says that the review is of that day.
    pub fn dates(&self, guest: Guest, day: &str) {
        self.review(guest, |review| review.day = day.to_owned());
    }

    pub fn guest_edits(&self, guest: Guest, stars: i64, text: &str) {
        self.review(guest, |review| (review.stars, review.text) = (stars.into(), text.to_owned()));
    }

    pub fn guest_deletes(&self, guest: Guest) {
        self.review(guest, |review| review.gone = true);
    }

    pub fn guest_restores(&self, guest: Guest) {
        self.review(guest, |review| review.gone = false);
    }

    pub fn owner_answers(&self, guest: Guest, text: &str) {
        self.review(guest, |review| review.reply = Some(text.to_owned()));
    }

    /// The site shows no more than the newest so many.
    pub fn shows_newest(&self, count: usize) {
        self.with(|site| site.window = Some(count));
    }

    /// Every review has a page of its own.
    pub fn has_own_pages(&self) {
        self.with(|site| site.own_pages = true);
    }

    pub fn site_answers(&self, status: u16) {
        self.site_answers_with(status, &[]);
    }

    pub fn site_answers_with(&self, status: u16, headers: &[(&'static str, &str)]) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.with(|site| site.trouble = Trouble::Answers(status, headers, b"<html><body>no</body></html>".to_vec()));
    }

    /// The site answers 200 with this instead of its reviews.
    pub fn site_shows(&self, content_type: &str, body: impl Into<Vec<u8>>) {
        let headers = vec![("content-type", content_type.to_owned())];
        self.with(|site| site.trouble = Trouble::Answers(200, headers, body.into()));
    }

    pub fn site_shows_captcha(&self) {
        self.site_shows(
            "text/html",
            "<!doctype html><html><head><title>Just a moment...</title></head><body><div id=\"cf-challenge\">\
             Checking your browser before accessing. Please enable JavaScript and cookies. Are you a human?\
             <div class=\"g-recaptcha\" data-sitekey=\"x\"></div></div></body></html>",
        );
    }

    pub fn site_is_down(&self) {
        self.site_fails(HttpError::Unreachable("the site".to_owned()));
    }

    pub fn site_fails(&self, error: HttpError) {
        self.with(|site| site.trouble = Trouble::Fails(error));
    }

    pub fn site_is_well(&self) {
        self.with(|site| site.trouble = Trouble::None);
    }

    /// What the site shows now.
    pub fn body(&self) -> Vec<u8> {
        self.with(|site| site.listing())
    }

    fn answer(&self, request: &Request) -> Result<Response, HttpError> {
        self.with(|site| {
            if request.url.path() == "/robots.txt" {
                return Ok(answer(request, 404, &[], ""));
            }
            match &site.trouble {
                Trouble::Fails(error) => Err(error.clone()),
                Trouble::Answers(status, headers, body) => {
                    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    Ok(answer(request, *status, &headers, body.clone()))
                }
                Trouble::None if request.url.path() == site.url.path() => {
                    let mut body = site.listing();
                    if site.kind == Kind::Page {
                        // As most pages, it is never the same twice, though nobody wrote anything.
                        body.extend(format!("<!-- made at {} -->", site.clock.now()).into_bytes());
                    }
                    Ok(answer(request, 200, &[("content-type", site.content_type())], body))
                }
                Trouble::None => Ok(site.own_page(request)),
            }
        })
    }

    fn review(&self, guest: Guest, change: impl FnOnce(&mut Review)) {
        self.with(|site| change(&mut site.reviews[guest.0]));
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }
}

impl State {
    fn content_type(&self) -> &'static str {
        match self.kind {
            Kind::Page => "text/html; charset=utf-8",
            Kind::Json => "application/json",
        }
    }

    /// The newest first.
    fn shown(&self) -> Vec<&Review> {
        let mut shown: Vec<&Review> = self.reviews.iter().filter(|review| !review.gone).collect();
        shown.reverse();
        shown.sort_by(|a, b| b.day.cmp(&a.day));
        shown.truncate(self.window.unwrap_or(usize::MAX));
        shown
    }

    fn listing(&self) -> Vec<u8> {
        match self.kind {
            Kind::Page => {
                let there = self.reviews.iter().filter(|review| !review.gone).count();
                let reviews: Vec<Value> = self.shown().into_iter().map(|review| self.schema_org(review)).collect();
                page(&json!({
                    "@context": "https://schema.org", "@type": "Hotel", "name": "Hotel Alpenblick",
                    "aggregateRating": { "@type": "AggregateRating", "ratingValue": 4.1, "reviewCount": there },
                    "review": reviews,
                }))
            }
            Kind::Json => {
                let reviews: Vec<Value> = self.shown().into_iter().map(|review| self.plain(review)).collect();
                json!({ "reviews": reviews }).to_string().into_bytes()
            }
        }
    }

    fn address(&self, review: &Review) -> Option<Url> {
        self.own_pages.then(|| self.url.join(&format!("/reviews/{}", review.number)).unwrap())
    }

    fn schema_org(&self, review: &Review) -> Value {
        let mut said = json!({
            "@type": "Review", "author": { "@type": "Person", "name": review.author }, "datePublished": review.day,
            "reviewBody": review.text, "reviewRating": { "@type": "Rating", "ratingValue": review.stars, "bestRating": 5 },
        });
        if let Some(url) = self.address(review) {
            said["url"] = json!(url);
        }
        if let Some(reply) = &review.reply {
            said["comment"] = json!({ "@type": "Comment", "text": reply, "author": { "@type": "Hotel", "name": "Hotel Alpenblick" } });
        }
        said
    }

    fn plain(&self, review: &Review) -> Value {
        json!({
            "id": review.number, "author": review.author, "stars": review.stars, "text": review.text,
            "day": review.day, "reply": review.reply,
        })
    }

    fn own_page(&self, request: &Request) -> Response {
        let asked =
            self.reviews.iter().find(|review| self.address(review).as_ref() == Some(&request.url) && !review.gone);
        let Some(review) = asked else { return answer(request, 404, &[], "") };
        let mut said = self.schema_org(review);
        said["@context"] = json!("https://schema.org");
        said["itemReviewed"] = json!({ "@type": "Hotel", "name": "Hotel Alpenblick" });
        answer(request, 200, &[("content-type", "text/html; charset=utf-8")], page(&said))
    }
}

fn page(data: &Value) -> Vec<u8> {
    let data = data.to_string().replace("</", "<\\/");
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Hotel Alpenblick</title>\
         <script type=\"application/ld+json\">{data}</script></head><body><h1>Hotel Alpenblick</h1></body></html>"
    )
    .into_bytes()
}
