//! The page behind the link in an alert: GET shows, POST acts.
//!
//! A token opens one case for one person, as often as they like until it expires; it is never logged.

use std::sync::Arc;

use axum::{
    Form,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    Face, guard, pages,
    view::{self, Said, Seen},
    wish::{self, Posted, Wish},
};
use crate::{
    alert::link::{self, Pass},
    case::{Refusal, Step},
    store::{StoreError, Tx, cases, reviews, voices},
    terms::AskRule,
    work::{house::House, receive},
};

/// What a link carries.
#[derive(Deserialize)]
pub struct Linked {
    #[serde(default)]
    t: String,
}

/// Shows the case of a link; changes nothing, however often it is called.
pub async fn show(
    State(face): State<Arc<Face>>,
    linked: Result<Query<Linked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let token = linked.map(|Query(linked)| linked.t).unwrap_or_default();
    match link::open(&token, &face.key, face.clock.now()) {
        Ok(pass) => render(&face, (&pass, &token), None).await,
        Err(_) => bad_link(),
    }
}

/// Does what a form of the page asks for, and shows the page again.
pub async fn act(
    State(face): State<Arc<Face>>,
    headers: HeaderMap,
    form: Result<Form<Posted>, FormRejection>,
) -> Response {
    if guard::is_cross_site(&face, &headers) {
        let text = "This came from another site. Open the link in your message and press the button there.";
        return pages::notice(StatusCode::FORBIDDEN, "Nothing was changed", text);
    }
    let posted = match form {
        Ok(Form(posted)) => posted,
        Err(rejection) => return unreadable(rejection.status()),
    };
    let now = face.clock.now();
    let Ok(pass) = link::open(&posted.t, &face.key, now) else {
        return bad_link();
    };
    let answer = match wish::understand(&posted, now) {
        Err(unclear) => Answer::Refused(StatusCode::UNPROCESSABLE_ENTITY, unclear.to_string()),
        Ok(wish) => carry_out(&face, &pass, wish, now).await,
    };
    match answer {
        Answer::Saved => (StatusCode::SEE_OTHER, [(LOCATION, format!("case?t={}", posted.t))]).into_response(),
        Answer::Missing => missing(),
        Answer::Refused(status, why) => {
            let said = Said { status, why, step: posted.step, note: posted.note };
            render(&face, (&pass, &posted.t), Some(said)).await
        }
    }
}

/// What came of a wish.
enum Answer {
    /// It is on disk.
    Saved,
    /// Nothing was changed, for this reason.
    Refused(StatusCode, String),
    /// There is no such case.
    Missing,
}

async fn carry_out(face: &Face, pass: &Pass, wish: Wish, now: Timestamp) -> Answer {
    let (pass, rules, zones) = (pass.clone(), face.ask_rules.clone(), face.house.borrow().clone());
    let case = pass.case;
    let done = face
        .store
        .write(move |tx| {
            let file = cases::file(tx, pass.case)?;
            let rule = rules.get(&file.review.kind).copied().unwrap_or(AskRule::OwnerDecides);
            match refusal(&file, &pass, &wish, (&zones.place(&file.row.location).zone, now)) {
                Some(Why::Yours) => Ok(None),
                Some(Why::Said(why)) => Ok(Some(why)),
                None => record(tx, &pass, wish, (rule, now)).map(|()| None),
            }
        })
        .await;
    match done {
        Ok(None) => {
            tracing::info!(case.id = %case, "Step recorded from the page");
            Answer::Saved
        }
        Ok(Some(why)) => Answer::Refused(StatusCode::CONFLICT, why),
        Err(StoreError::Refused(refusal)) => Answer::Refused(StatusCode::CONFLICT, in_page_words(refusal)),
        Err(StoreError::Missing(_)) => Answer::Missing,
        Err(error) => {
            tracing::error!(case.id = %case, %error, "A step from the page could not be saved");
            Answer::Refused(StatusCode::SERVICE_UNAVAILABLE, not_saved(&error))
        }
    }
}

/// Why a wish is not recorded although the case would allow it.
enum Why {
    /// It is so already.
    Yours,
    /// For the reason that is shown.
    Said(String),
}

/// The first who takes a case has it; this is asked inside the transaction that would record the wish.
fn refusal(file: &cases::CaseFile, pass: &Pass, wish: &Wish, here: (&jiff::tz::TimeZone, Timestamp)) -> Option<Why> {
    let open = file.history.stage.is_open();
    let holder = file.history.assignee.as_deref().filter(|_| open);
    match (wish, holder) {
        (Wish::Take, Some(holder)) if holder == pass.person => Some(Why::Yours),
        (Wish::Take, Some(holder)) => {
            let since = view::held(file, None, here).map(|held| held.in_words());
            Some(Why::Said(since.unwrap_or_else(|| format!("{holder} has it"))))
        }
        (Wish::Later(_), None) if open => Some(Why::Said("take it first; then it can be put off".to_owned())),
        (Wish::Part(review), _) if !file.voices.iter().any(|voice| voice.review.id == *review) => {
            Some(Why::Said("that review does not belong to this case any more".to_owned()))
        }
        (Wish::Take | Wish::Later(_) | Wish::Part(_) | Wish::Record(_), _) => None,
    }
}

fn record(tx: &Tx<'_>, pass: &Pass, wish: Wish, by: (AskRule, Timestamp)) -> Result<(), StoreError> {
    let step = match wish {
        Wish::Part(review) => return voices::part(tx, review, (&pass.person, by.1)).map(|_| ()),
        Wish::Take => Step::Take,
        Wish::Later(until) => Step::Snooze { until },
        Wish::Record(step) => step,
    };
    cases::record(tx, pass.case, (&pass.person, step), by.0, by.1).map(|_| ())
}

/// A refusal for who looks at a page, not at a command line.
fn in_page_words(refusal: Refusal) -> String {
    match refusal {
        Refusal::NothingFixed => {
            "tell the guest what changed after something was fixed: record first what you fixed".to_owned()
        }
        Refusal::NotTold => {
            "ask a guest to reconsider only after they were told what changed: record first that you told them"
                .to_owned()
        }
        Refusal::Over(_) | Refusal::AskForbidden => refusal.to_string(),
    }
}

fn not_saved(error: &StoreError) -> String {
    match error {
        StoreError::Full | StoreError::Locked => format!("nothing was saved: {error}"),
        _ => "nothing was saved: the database cannot be written just now; please try again in a few minutes".to_owned(),
    }
}

/// Renders the page as the case stands now.
async fn render(face: &Face, pass: (&Pass, &str), said: Option<Said>) -> Response {
    let (pass, token) = pass;
    let case = pass.case;
    let read = face
        .store
        .read(move |tx| {
            let file = cases::file(tx, case)?;
            let versions = reviews::versions(tx, file.row.review_id)?;
            Ok((file, versions))
        })
        .await;
    let (file, versions) = match read {
        Ok(read) => read,
        Err(StoreError::Missing(_)) => return missing(),
        Err(error) => return unreadable_case(&error, said),
    };
    let house = face.house.borrow().clone();
    let seen = Seen {
        rule: face.ask_rules.get(&file.review.kind).copied().unwrap_or(AskRule::OwnerDecides),
        place: house.place(&file.row.location),
        is_shared: house.book.channels.contains_key(&pass.person) && !house.book.people.contains_key(&pass.person),
        guest_link: guest_link(face, &house, &file),
        now: face.clock.now(),
        file,
        versions,
    };
    let status = said.as_ref().map_or(StatusCode::OK, |said| said.status);
    pages::page(status, &view::page(&seen, (&pass.person, token), said))
}

/// Where the guest of a case can say whether it is put right: a person sends it, the program never does.
fn guest_link(face: &Face, house: &House, file: &cases::CaseFile) -> Option<String> {
    let base = house.base_url.as_ref().filter(|_| face.inlets.borrow().has_form(&file.row.location))?;
    let mut address = receive::form_address(base, &file.row.location)?;
    address.query_pairs_mut().append_pair("c", &link::ask_guest(file.row.id, &face.key, face.clock.now()));
    Some(address.into())
}

fn bad_link() -> Response {
    let text = "A link works for three days and only as a whole. Open the newest message about this case, or ask whoever \
                looks after amends.";
    pages::notice(StatusCode::FORBIDDEN, "This link does not work", text)
}

fn missing() -> Response {
    pages::notice(StatusCode::NOT_FOUND, "There is no such case", "It may have been erased since the message was sent.")
}

fn unreadable(status: StatusCode) -> Response {
    let text = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "This is too long: a note may have up to 4,000 characters.",
        _ => "The form did not arrive as this page sends it. Open the link in your message and try again.",
    };
    pages::notice(status, "Nothing was saved", text)
}

fn unreadable_case(error: &StoreError, said: Option<Said>) -> Response {
    tracing::error!(%error, "A case could not be read for its page");
    let typed = said.map(|said| said.note).unwrap_or_default();
    let text = "Nothing was saved: the database cannot be read just now. Please try again in a few minutes.";
    pages::notice_with(StatusCode::SERVICE_UNAVAILABLE, "Not just now", text, &typed)
}
