//! The owner's feedback form, the one page that strangers see: `/f/<location>`.
//!
//! It needs no JavaScript, sets no cookie, and says "thank you" only when the answer is on disk. After any answer the same page with
//! the same links follows: it is another address, which knows nothing of the answer. Robots meet a field that people do not see, a
//! page that must be read for two seconds, and a limit for each form; nobody who is stopped loses what they wrote.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use askama::Template;
use axum::{
    Extension,
    body::Bytes,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::{HeaderMap, Method, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Deserialize;
use unicode_segmentation::UnicodeSegmentation;

use super::{Face, guard, pages};
use crate::{
    alert::link,
    case::PutRight,
    clock,
    store::StoreError,
    text,
    work::receive::{self, Form, Ground, Language, Pushed, ReceiveError, WORDS_GRAPHEMES_MAX},
};

/// Nobody reads and answers a form faster.
const READING: Duration = Duration::from_secs(2);
/// How long a form that was opened can be sent.
const OPEN: Duration = Duration::from_secs(24 * 3600);
/// The most answers of one form within [`SPAN`].
const ANSWERS_MAX: usize = 60;
const SPAN: Duration = Duration::from_secs(15 * 60);

/// How many answers each form was given lately.
#[derive(Default)]
pub struct Gate(Mutex<BTreeMap<String, VecDeque<Timestamp>>>);

impl Gate {
    /// Whether one more answer is let in now.
    fn lets_in(&self, form: &str, now: Timestamp) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = all.entry(form.to_owned()).or_default();
        while lately.front().is_some_and(|at| clock::since(now, *at) >= SPAN) {
            lately.pop_front();
        }
        let is_open = lately.len() < ANSWERS_MAX;
        if is_open {
            lately.push_back(now);
        }
        is_open
    }
}

/// The words of a form in one language.
struct Words {
    code: &'static str,
    question: &'static str,
    stars: &'static str,
    star_names: [&'static str; 5],
    put_right: &'static str,
    put_right_answers: [&'static str; 3],
    choose: &'static str,
    words: &'static str,
    name: &'static str,
    contact: &'static str,
    optional: &'static str,
    send: &'static str,
    privacy: &'static str,
    thanks: &'static str,
    read: &'static str,
    links: &'static str,
    again: &'static str,
    empty: &'static str,
    long: &'static str,
    busy: &'static str,
    failed: &'static str,
}

const WORDS: [Words; 5] = [
    Words {
        code: "en",
        question: "How was it?",
        stars: "In stars",
        star_names: ["very bad", "bad", "so-so", "good", "very good"],
        put_right: "Is it put right?",
        put_right_answers: ["yes", "partly", "no"],
        choose: "Please choose one of the three.",
        words: "What should we know?",
        name: "Your name",
        contact: "How can we reach you?",
        optional: "if you like",
        send: "Send",
        privacy: "This is read by the people of this house alone and is not published.",
        thanks: "Thank you",
        read: "Your answer has arrived. A person will read it.",
        links: "If you wish to tell others too, you can do so here, whatever you have to say:",
        again: "Please press “Send” once more.",
        empty: "Please choose stars or write a few words.",
        long: "This is longer than 4,000 characters; please shorten it.",
        busy: "Many answers are coming in just now. Please press “Send” again in a few minutes.",
        failed: "Your answer could not be saved. Please press “Send” again.",
    },
    Words {
        code: "de",
        question: "Wie war es?",
        stars: "In Sternen",
        star_names: ["sehr schlecht", "schlecht", "mittel", "gut", "sehr gut"],
        put_right: "Ist es wieder gut?",
        put_right_answers: ["ja", "zum Teil", "nein"],
        choose: "Bitte wählen Sie eines der drei.",
        words: "Was sollten wir wissen?",
        name: "Ihr Name",
        contact: "Wie erreichen wir Sie?",
        optional: "wenn Sie mögen",
        send: "Senden",
        privacy: "Das lesen nur die Menschen dieses Hauses; es wird nicht veröffentlicht.",
        thanks: "Vielen Dank",
        read: "Ihre Antwort ist angekommen. Ein Mensch wird sie lesen.",
        links: "Wenn Sie es auch anderen sagen möchten, können Sie das hier tun, was immer Sie zu sagen haben:",
        again: "Bitte drücken Sie noch einmal auf „Senden“.",
        empty: "Bitte wählen Sie Sterne oder schreiben Sie ein paar Worte.",
        long: "Das ist länger als 4000 Zeichen; bitte kürzen Sie es.",
        busy: "Gerade kommen viele Antworten an. Bitte drücken Sie in einigen Minuten noch einmal auf „Senden“.",
        failed: "Ihre Antwort konnte nicht gespeichert werden. Bitte drücken Sie noch einmal auf „Senden“.",
    },
    Words {
        code: "fr",
        question: "Comment était-ce ?",
        stars: "En étoiles",
        star_names: ["très mal", "mal", "moyen", "bien", "très bien"],
        put_right: "Est-ce réparé ?",
        put_right_answers: ["oui", "en partie", "non"],
        choose: "Veuillez choisir l’une des trois réponses.",
        words: "Que devrions-nous savoir ?",
        name: "Votre nom",
        contact: "Comment vous joindre ?",
        optional: "si vous le souhaitez",
        send: "Envoyer",
        privacy: "Seules les personnes de cette maison lisent ceci ; rien n’est publié.",
        thanks: "Merci",
        read: "Votre réponse est arrivée. Une personne la lira.",
        links: "Si vous souhaitez aussi le dire à d’autres, c’est possible ici, quoi que vous ayez à dire :",
        again: "Veuillez appuyer encore une fois sur « Envoyer ».",
        empty: "Veuillez choisir des étoiles ou écrire quelques mots.",
        long: "C’est plus long que 4000 caractères ; veuillez raccourcir.",
        busy: "Beaucoup de réponses arrivent en ce moment. Veuillez réessayer dans quelques minutes.",
        failed: "Votre réponse n’a pas pu être enregistrée. Veuillez appuyer encore une fois sur « Envoyer ».",
    },
    Words {
        code: "it",
        question: "Com’è andata?",
        stars: "In stelle",
        star_names: ["molto male", "male", "così così", "bene", "molto bene"],
        put_right: "È stato rimediato?",
        put_right_answers: ["sì", "in parte", "no"],
        choose: "Scelga una delle tre risposte.",
        words: "Che cosa dovremmo sapere?",
        name: "Il suo nome",
        contact: "Come possiamo contattarla?",
        optional: "se vuole",
        send: "Invia",
        privacy: "Lo leggono solo le persone di questa casa; non viene pubblicato.",
        thanks: "Grazie",
        read: "La sua risposta è arrivata. La leggerà una persona.",
        links: "Se desidera dirlo anche ad altri, può farlo qui, qualunque cosa abbia da dire:",
        again: "Prema ancora una volta “Invia”.",
        empty: "Scelga le stelle o scriva qualche parola.",
        long: "È più lungo di 4000 caratteri; lo accorci, per favore.",
        busy: "In questo momento arrivano molte risposte. Riprovi fra qualche minuto.",
        failed: "Non è stato possibile salvare la risposta. Prema ancora una volta “Invia”.",
    },
    Words {
        code: "es",
        question: "¿Qué tal ha ido?",
        stars: "En estrellas",
        star_names: ["muy mal", "mal", "regular", "bien", "muy bien"],
        put_right: "¿Está arreglado?",
        put_right_answers: ["sí", "en parte", "no"],
        choose: "Elija una de las tres respuestas, por favor.",
        words: "¿Qué deberíamos saber?",
        name: "Su nombre",
        contact: "¿Cómo podemos contactarle?",
        optional: "si lo desea",
        send: "Enviar",
        privacy: "Esto lo leen solo las personas de esta casa; no se publica.",
        thanks: "Gracias",
        read: "Su respuesta ha llegado. La leerá una persona.",
        links: "Si desea contárselo también a otros, puede hacerlo aquí, sea lo que sea:",
        again: "Pulse otra vez “Enviar”, por favor.",
        empty: "Elija estrellas o escriba unas palabras, por favor.",
        long: "Tiene más de 4000 caracteres; acórtelo, por favor.",
        busy: "Ahora mismo llegan muchas respuestas. Inténtelo de nuevo en unos minutos.",
        failed: "No se ha podido guardar su respuesta. Pulse otra vez “Enviar”, por favor.",
    },
];

fn words(language: Language) -> &'static Words {
    &WORDS[match language {
        Language::En => 0,
        Language::De => 1,
        Language::Fr => 2,
        Language::It => 3,
        Language::Es => 4,
    }]
}

#[derive(Template)]
#[template(path = "web/form.html")]
struct FormPage<'a> {
    words: &'static Words,
    place: &'a str,
    question: &'a str,
    privacy: &'a str,
    slug: &'a str,
    /// The token of a case whose guest is asked whether it is put right; anybody else gives stars.
    case: Option<&'a str>,
    id: String,
    typed: Posted,
    refused: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "web/thanks.html")]
struct ThanksPage<'a> {
    words: &'static Words,
    place: &'a str,
    links: &'a [(String, url::Url)],
}

/// What a form was sent with; absent is empty.
#[derive(Default)]
struct Posted {
    /// The id that the page gave it.
    id: String,
    /// The token of a case whose guest is asked.
    case: String,
    /// A field that people do not see.
    site: String,
    stars: String,
    put_right: String,
    words: String,
    name: String,
    contact: String,
}

impl Posted {
    fn read(body: &[u8]) -> Self {
        let mut posted = Posted::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match &*name {
                "id" => &mut posted.id,
                "c" => &mut posted.case,
                "site" => &mut posted.site,
                "stars" => &mut posted.stars,
                "put_right" => &mut posted.put_right,
                "words" => &mut posted.words,
                "name" => &mut posted.name,
                "contact" => &mut posted.contact,
                _ => continue,
            };
            *field = value.into_owned();
        }
        posted
    }
}

/// What a link to the form carries.
#[derive(Deserialize)]
pub struct Linked {
    /// The token of a case whose guest is asked.
    #[serde(default)]
    c: Option<String>,
}

/// Shows the form; changes nothing.
pub async fn show(
    State(face): State<Arc<Face>>,
    Path(slug): Path<String>,
    linked: Result<Query<Linked>, QueryRejection>,
) -> Response {
    let inlets = Arc::clone(&face.inlets.borrow());
    let token = linked.ok().and_then(|Query(linked)| linked.c);
    let token = token.filter(|token| link::asked_guest(token, &face.key, face.clock.now()).is_some());
    match inlets.form(&slug) {
        Some((watched, form)) => {
            render(&face, (&slug, &watched.location, form, token.as_deref()), (StatusCode::OK, Posted::default(), None))
        }
        None => pages::not_found().await,
    }
}

/// Takes in an answer.
pub async fn answer(
    State(face): State<Arc<Face>>,
    Extension(gate): Extension<Arc<Gate>>,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let inlets = Arc::clone(&face.inlets.borrow());
    let Some((watched, form)) = inlets.form(&slug) else { return pages::not_found().await };
    let (words, now) = (words(form.language), face.clock.now());
    let posted = Posted::read(&body);
    let case = link::asked_guest(&posted.case, &face.key, now);
    let again = |status, why| {
        let posted = Posted::read(&body);
        let token = posted.case.clone();
        let shown = (slug.as_str(), watched.location.as_str(), form, case.map(|_| token.as_str()));
        render(&face, shown, (status, posted, Some(why)))
    };
    if guard::is_cross_site(&face, &headers) {
        return again(StatusCode::FORBIDDEN, words.again);
    }
    if !posted.site.is_empty() {
        // People do not see this field: what fills it gets what it came for, and nothing is kept.
        tracing::info!(source.id = %watched.name, "A robot filled in the form");
        return thanked(&slug);
    }
    let opened = link::opened(&posted.id, &slug, &face.key);
    if !opened.is_some_and(|at| (READING..OPEN).contains(&clock::since(now, at))) {
        return again(StatusCode::UNPROCESSABLE_ENTITY, words.again);
    }
    let said = text::clean(&posted.words).trim().to_owned();
    if said.graphemes(true).count() > WORDS_GRAPHEMES_MAX {
        return again(StatusCode::UNPROCESSABLE_ENTITY, words.long);
    }
    if !gate.lets_in(&slug, now) {
        return again(StatusCode::TOO_MANY_REQUESTS, words.busy);
    }
    let house = Arc::clone(&face.house.borrow());
    let url = house.base_url.clone().unwrap_or_else(|| "http://localhost/".parse().expect("an address"));
    let ground = Ground { store: &face.store, clock: &face.clock, house, metrics: &face.metrics };
    if let Some(case) = case {
        let Some(put_right) = PutRight::from_name(&posted.put_right) else {
            return again(StatusCode::UNPROCESSABLE_ENTITY, words.choose);
        };
        let note = Some(said).filter(|said| !said.is_empty());
        return match receive::guest_says(&ground, watched, case, (put_right, note), posted.id).await {
            Ok(()) => thanked(&slug),
            Err(StoreError::Missing(_)) => pages::not_found().await,
            Err(error) => {
                tracing::error!(source.id = %watched.name, %error, "What a guest says could not be saved");
                again(StatusCode::SERVICE_UNAVAILABLE, words.failed)
            }
        };
    }
    let pushed = Pushed { method: Method::POST, url, headers, body: body.clone() };
    match receive::receive(&ground, watched, pushed).await {
        Ok(_) => thanked(&slug),
        Err(ReceiveError::Store(error)) => {
            tracing::error!(source.id = %watched.name, %error, "An answer to the form could not be saved");
            again(StatusCode::SERVICE_UNAVAILABLE, words.failed)
        }
        Err(_) => again(StatusCode::UNPROCESSABLE_ENTITY, words.empty),
    }
}

/// Says thank you, with the same links for everybody.
pub async fn thanks(State(face): State<Arc<Face>>, Path(slug): Path<String>) -> Response {
    let inlets = Arc::clone(&face.inlets.borrow());
    let Some((watched, form)) = inlets.form(&slug) else { return pages::not_found().await };
    let page = ThanksPage { words: words(form.language), place: &watched.location, links: &form.links };
    pages::page(StatusCode::OK, &page)
}

fn thanked(slug: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{slug}/thanks"))]).into_response()
}

fn render(
    face: &Face,
    shown: (&str, &str, &Form, Option<&str>),
    answer: (StatusCode, Posted, Option<&'static str>),
) -> Response {
    let (slug, place, form, case) = shown;
    let (status, typed, refused) = answer;
    let words = words(form.language);
    let page = FormPage {
        words,
        place,
        question: match case {
            Some(_) => words.put_right,
            None => form.question.as_deref().unwrap_or(words.question),
        },
        privacy: form.privacy.as_deref().unwrap_or(words.privacy),
        slug,
        case,
        id: link::open_form(slug, &face.key, face.clock.now()),
        typed,
        refused,
    };
    pages::page(status, &page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_lets_in_so_many_answers_and_goes_on_after_a_while() {
        let gate = Gate::default();
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert!((0..ANSWERS_MAX).all(|_| gate.lets_in("alba", now)));
        assert!(!gate.lets_in("alba", now) && gate.lets_in("linde", now));
        assert!(gate.lets_in("alba", clock::after(now, SPAN)));
    }

    #[test]
    fn every_language_has_every_word() {
        for words in &WORDS {
            let all = [
                words.question,
                words.stars,
                words.words,
                words.name,
                words.contact,
                words.optional,
                words.send,
                words.privacy,
            ];
            let more = [
                words.thanks,
                words.read,
                words.links,
                words.again,
                words.empty,
                words.long,
                words.busy,
                words.failed,
                words.put_right,
                words.choose,
            ];
            assert!(
                all.iter()
                    .chain(&more)
                    .chain(&words.star_names)
                    .chain(&words.put_right_answers)
                    .all(|word| !word.is_empty()),
                "{}",
                words.code
            );
        }
    }
}
