//! The small forms of the page: those steps that the case allows now, with their labels, and what was typed before.

use super::Said;
use crate::{
    case::{Move, Stage, advance},
    terms::AskRule,
};

/// One form with a field for words.
pub struct Form {
    /// What it sends.
    pub step: &'static str,
    /// What a person reads before opening it.
    pub summary: &'static str,
    /// The label of its field.
    pub label: &'static str,
    /// Whether it wants words.
    pub required: bool,
    /// Whether it stands open.
    pub open: bool,
    /// What was typed.
    pub typed: String,
}

/// The forms in the order in which a case goes; an untaken case has none but "I take it", unless something was typed.
pub fn forms(stage: Stage, rule: AskRule, can_take: bool, said: Option<Said>) -> Vec<Form> {
    let all = [
        ("contact", Move::Contact, "I contacted the guest", "How, and what was said"),
        ("advice", Move::AskAdvice, "I asked what would put it right", "What the guest advised"),
        ("fix", Move::Fix, "I fixed it", "What was changed"),
        ("tell", Move::Tell, "I told the guest what changed", "How"),
        ("ask", Move::AskReconsider(rule), "I asked to reconsider", "How"),
        ("note", Move::Remark, "Write a note", "The note"),
    ];
    let offered = all.into_iter().filter(|(_, step, _, _)| !can_take && advance(stage, *step).is_ok());
    let mut forms: Vec<Form> = offered.map(|(step, _, summary, label)| form(step, summary, label)).collect();
    let Some(said) = said.filter(|said| !said.note.is_empty()) else {
        return forms;
    };
    if !forms.iter().any(|form| form.step == said.step) {
        let note = forms.pop().unwrap_or_else(|| form("note", "Write a note", "The note"));
        forms.push(Form { typed: said.note, open: true, ..note });
        return forms;
    }
    if let Some(same) = forms.iter_mut().find(|form| form.step == said.step) {
        (same.typed, same.open) = (said.note, true);
    }
    forms
}

fn form(step: &'static str, summary: &'static str, label: &'static str) -> Form {
    Form { step, summary, label, required: step == "note", open: false, typed: String::new() }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[track_caller]
    fn check(stage: Stage, rule: AskRule, expected: &[&str]) {
        let steps: Vec<&str> = forms(stage, rule, stage == Stage::New, None).iter().map(|form| form.step).collect();
        assert_eq!(steps, expected, "{}", stage.name());
    }

    #[test]
    fn only_what_the_case_allows_now_is_offered() {
        check(Stage::New, AskRule::PlainAskAllowed, &[]);
        check(Stage::Taken, AskRule::PlainAskAllowed, &["contact", "advice", "fix", "note"]);
        check(Stage::Fixed, AskRule::PlainAskAllowed, &["contact", "advice", "fix", "tell", "note"]);
        check(Stage::Told, AskRule::PlainAskAllowed, &["contact", "advice", "fix", "tell", "ask", "note"]);
        check(Stage::Told, AskRule::Forbidden, &["contact", "advice", "fix", "tell", "note"]);
        check(Stage::TurnedAround, AskRule::PlainAskAllowed, &["note"]);
    }

    #[test]
    fn what_was_typed_stays_even_when_its_form_is_gone() {
        let said = |step: &str| {
            let (step, note) = (step.to_owned(), "my words".to_owned());
            Some(Said { status: StatusCode::CONFLICT, why: String::new(), step, note })
        };
        for (stage, sent, shown) in [
            (Stage::Taken, "fix", "fix"),
            (Stage::Taken, "ask", "note"),
            (Stage::Lost, "contact", "note"),
            (Stage::New, "fix", "note"),
        ] {
            let forms = forms(stage, AskRule::PlainAskAllowed, stage == Stage::New, said(sent));
            let kept: Vec<&str> = forms.iter().filter(|form| form.typed == "my words").map(|form| form.step).collect();
            assert_eq!(kept, [shown], "{sent}");
        }
    }
}
