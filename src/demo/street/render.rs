//! What the make-believe sites send: a page with JSON-LD, a page with microdata, a JSON document. Pure.

use std::{fmt::Write, net::SocketAddr};

use serde_json::{Value, json};

use super::{HOTEL, Post, PostId, Site};
use crate::text::escape_html;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fbfaf7}\
     .demo{background:#fff3c4;border-radius:.5rem;padding:.5rem 1rem}article{border-top:1px solid #ddd;padding:1rem 0}\
     h2{font-size:1.1rem;margin:0}.by,.answer{color:#555;font-size:.9rem}a{color:inherit}\
     @media(prefers-color-scheme:dark){body{color:#eee;background:#181818}.demo{background:#453a10}.by,.answer{color:#bbb}article{border-color:#444}}";

/// The address of one review's own page.
pub(super) fn address(door: SocketAddr, id: PostId) -> String {
    format!("http://{door}/review/{}", id.0)
}

/// A page for people, and its reviews as JSON-LD for programs; `shown` are those on the page, and how many the site has in all.
pub(super) fn json_ld_page(shown: (&[Post], usize), door: SocketAddr) -> String {
    let (posts, count) = shown;
    let reviews: Vec<Value> = posts.iter().map(|post| json_ld(post, door)).collect();
    let hotel = json!({
        "@context": "https://schema.org",
        "@type": "Hotel",
        "name": HOTEL,
        "aggregateRating": { "@type": "AggregateRating", "ratingValue": average(posts), "bestRating": 5, "reviewCount": count },
        "review": reviews,
    });
    // A script must not be ended by what a guest wrote.
    let script = hotel.to_string().replace("</", "<\\/");
    let articles: String = posts.iter().map(|post| article(post, door)).collect();
    page(
        posts.first().map_or(Site::Pretendvisor, |post| post.site),
        &format!("<script type=\"application/ld+json\">{script}</script>\n{articles}"),
    )
}

fn json_ld(post: &Post, door: SocketAddr) -> Value {
    let mut review = json!({
        "@type": "Review",
        "identifier": format!("review-{}", post.id.0),
        "url": address(door, post.id),
        "author": { "@type": "Person", "name": post.author },
        "datePublished": post.posted_at,
        "reviewRating": { "@type": "Rating", "ratingValue": post.words.stars, "bestRating": 5, "worstRating": 1 },
        "name": post.words.title,
        "reviewBody": post.words.text,
    });
    if let Some(at) = post.edited_at {
        review["dateModified"] = json!(at);
    }
    if let Some((text, at)) = &post.answer {
        review["comment"] = json!({ "@type": "Comment", "text": text, "dateCreated": at, "author": { "@type": "Organization", "name": HOTEL } });
    }
    review
}

/// A page whose visible parts carry microdata.
pub(super) fn microdata_page(shown: (&[Post], usize), door: SocketAddr) -> String {
    let (posts, count) = shown;
    let mut body = format!(
        "<div itemscope itemtype=\"https://schema.org/Hotel\"><meta itemprop=\"name\" content=\"{}\">\n\
         <div itemprop=\"aggregateRating\" itemscope itemtype=\"https://schema.org/AggregateRating\"><meta itemprop=\"ratingValue\" content=\"{:.1}\"><meta itemprop=\"reviewCount\" content=\"{}\"></div>\n",
        escape_html(HOTEL),
        average(posts),
        count
    );
    for post in posts {
        body.push_str(&microdata(post, door));
    }
    body.push_str("</div>\n");
    page(Site::Gaggle, &body)
}

fn microdata(post: &Post, door: SocketAddr) -> String {
    let words = &post.words;
    let answer = post.answer.as_ref().map_or(String::new(), |(text, at)| {
        format!(
            "<div class=\"answer\" itemprop=\"comment\" itemscope itemtype=\"https://schema.org/Comment\">The house: <span itemprop=\"text\">{}</span><meta itemprop=\"dateCreated\" content=\"{at}\"></div>",
            escape_html(text)
        )
    });
    let edited =
        post.edited_at.map_or(String::new(), |at| format!("<meta itemprop=\"dateModified\" content=\"{at}\">"));
    format!(
        "<article itemprop=\"review\" itemscope itemtype=\"https://schema.org/Review\">\
         <link itemprop=\"url\" href=\"{}\"><meta itemprop=\"identifier\" content=\"review-{}\">\
         <div itemprop=\"reviewRating\" itemscope itemtype=\"https://schema.org/Rating\"><meta itemprop=\"worstRating\" content=\"1\"><meta itemprop=\"bestRating\" content=\"5\"><span aria-hidden=\"true\">{}</span><meta itemprop=\"ratingValue\" content=\"{}\"></div>\
         <h2 itemprop=\"name\">{}</h2><p class=\"by\"><span itemprop=\"author\" itemscope itemtype=\"https://schema.org/Person\"><span itemprop=\"name\">{}</span></span>, <time itemprop=\"datePublished\" datetime=\"{}\">{}</time></p>{edited}\
         <p itemprop=\"reviewBody\">{}</p>{answer}</article>\n",
        address(door, post.id),
        post.id.0,
        stars(words.stars),
        words.stars,
        escape_html(&words.title),
        escape_html(&post.author),
        post.posted_at,
        post.posted_at.strftime("%-d %B %Y"),
        escape_html(&words.text),
    )
}

/// The answer of the JSON interface: ten points, not five stars.
pub(super) fn json(shown: (&[Post], usize), door: SocketAddr) -> String {
    let (posts, count) = shown;
    let reviews: Vec<Value> = posts
        .iter()
        .map(|post| {
            json!({
                "id": format!("mb-{}", post.id.0),
                "guest": { "name": post.author },
                "score": post.words.stars * 2,
                "headline": post.words.title,
                "comment": post.words.text,
                "posted": post.posted_at,
                "changed": post.edited_at,
                "link": address(door, post.id),
                "answer": post.answer.as_ref().map(|(text, at)| json!({ "text": text, "at": at })),
            })
        })
        .collect();
    json!({ "demo": "every guest here is invented", "hotel": HOTEL, "count": count, "reviews": reviews }).to_string()
}

fn page(site: Site, body: &str) -> String {
    let name = site.name();
    let hotel = escape_html(HOTEL);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>DEMO · {name} · {hotel}</title><style>{STYLE}</style></head>\n\
         <body><p class=\"demo\"><strong>DEMO</strong> {name} is a make-believe site. Every guest and every word here is invented.</p>\n<h1>{hotel}</h1>\n{body}</body></html>\n"
    )
}

fn article(post: &Post, door: SocketAddr) -> String {
    let mut html = String::new();
    let words = &post.words;
    let _ = write!(
        html,
        "<article><div aria-label=\"{} of 5\">{}</div><h2><a href=\"{}\">{}</a></h2><p class=\"by\">{}, {}</p><p>{}</p>",
        words.stars,
        stars(words.stars),
        address(door, post.id),
        escape_html(&words.title),
        escape_html(&post.author),
        post.posted_at.strftime("%-d %B %Y"),
        escape_html(&words.text)
    );
    if let Some((text, _)) = &post.answer {
        let _ = write!(html, "<p class=\"answer\">The house: {}</p>", escape_html(text));
    }
    html.push_str("</article>\n");
    html
}

fn stars(number: u8) -> String {
    let full = usize::from(number.min(5));
    "★".repeat(full) + &"☆".repeat(5 - full)
}

fn average(posts: &[Post]) -> f64 {
    let sum: f64 = posts.iter().map(|post| f64::from(post.words.stars)).sum();
    (sum / posts.len().max(1) as f64 * 10.0).round() / 10.0
}
