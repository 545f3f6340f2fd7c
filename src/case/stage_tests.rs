//! The stage × move table as a snapshot: that snapshot is the specification.

use super::*;
use crate::review::Observation;

const MOVES: [(&str, Move); 18] = [
    ("take", Move::Take),
    ("contact", Move::Contact),
    ("advice", Move::AskAdvice),
    ("fix", Move::Fix),
    ("tell", Move::Tell),
    ("ask (allowed)", Move::AskReconsider(AskRule::PlainAskAllowed)),
    ("ask (forbidden)", Move::AskReconsider(AskRule::Forbidden)),
    ("note, gesture", Move::Remark),
    ("snooze", Move::Snooze),
    ("close as settled", Move::Close(CloseAs::Settled)),
    ("close as lost", Move::Close(CloseAs::Lost)),
    ("close as dismissed", Move::Close(CloseAs::Dismissed)),
    ("corrected: complaint", Move::Correct(Meant::Complaint)),
    ("corrected: none", Move::Correct(Meant::NoComplaint)),
    ("SEEN positive", Move::Seen(Gist::Positive)),
    ("SEEN better", Move::Seen(Gist::Better)),
    ("SEEN negative", Move::Seen(Gist::Negative)),
    ("SEEN gone", Move::Seen(Gist::Gone)),
];

#[test]
fn the_whole_table_of_stages_and_moves_is_the_specification() {
    let mut table = String::new();
    for stage in Stage::ALL {
        table.push_str(&format!("{}\n", stage.name()));
        for (name, step) in MOVES {
            let after = match advance(stage, step) {
                Ok(after) if after == stage => "·".to_owned(),
                Ok(after) => format!("→ {}", after.name()),
                Err(Refusal::Over(_)) => "refused: over".to_owned(),
                Err(refusal) => format!("refused: {refusal}"),
            };
            table.push_str(&format!("    {name:<22}{after}\n"));
        }
    }
    insta::with_settings!({ snapshot_path => "../../tests/fixtures/snapshots", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("case_stages", table);
    });
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn step(when: &str, by: &str, step: Step) -> Recorded {
    Recorded { at: at(when), event: Event::Step { by: by.into(), step } }
}

fn observed(when: &str, to: f64, gist: Gist) -> Recorded {
    Recorded {
        at: at(when),
        event: Event::Observed { voice: None, observation: Observation::Raised { from: Some(0.0), to }, gist },
    }
}

fn opened(when: &str) -> Recorded {
    Recorded { at: at(when), event: Event::Opened { because: vec![] } }
}

#[test]
fn no_step_of_a_person_can_turn_a_case_around() {
    for stage in Stage::ALL.into_iter().filter(|stage| *stage != Stage::TurnedAround) {
        for (name, step) in MOVES.into_iter().filter(|(_, step)| !matches!(step, Move::Seen(_))) {
            assert_ne!(advance(stage, step), Ok(Stage::TurnedAround), "{name} from {}", stage.name());
        }
    }
}

#[test]
fn a_relapse_begins_a_new_stretch_that_nobody_has_taken() {
    let history = replay(&[
        opened("2026-11-01T08:00:00Z"),
        step("2026-11-01T09:00:00Z", "Maria", Step::Take),
        observed("2026-11-05T08:00:00Z", 1.0, Gist::Positive),
        observed("2026-11-09T08:00:00Z", 0.0, Gist::Negative),
    ])
    .unwrap();
    assert_eq!((history.stage, history.assignee, history.taken_at), (Stage::New, None, None));
    assert_eq!(history.stretch_at, at("2026-11-09T08:00:00Z"));
}

#[test]
fn a_case_that_is_contacted_before_it_is_taken_belongs_to_who_did_it() {
    let history =
        replay(&[opened("2026-11-01T08:00:00Z"), step("2026-11-01T09:00:00Z", "Maria", Step::Contact { note: None })])
            .unwrap();
    assert_eq!((history.stage, history.assignee.as_deref()), (Stage::Contacted, Some("Maria")));
    assert_eq!(history.contacted_at, Some(at("2026-11-01T09:00:00Z")));
}

#[test]
fn an_empty_history_is_no_case() {
    assert_eq!(replay(&[]), None);
}

#[test]
fn the_clock_stops_when_the_turn_was_first_seen() {
    let history = replay(&[
        opened("2026-11-01T08:00:00Z"),
        observed("2026-11-05T08:00:00Z", 0.75, Gist::Positive),
        observed("2026-11-07T08:00:00Z", 1.0, Gist::Positive),
    ])
    .unwrap();
    assert_eq!(history.ended_at, Some(at("2026-11-05T08:00:00Z")));
}

#[test]
fn a_review_that_vanishes_and_returns_changes_nothing_and_is_never_turned() {
    let mut events = vec![
        opened("2026-11-01T08:00:00Z"),
        step("2026-11-01T09:00:00Z", "Maria", Step::Contact { note: None }),
        Recorded {
            at: at("2026-11-05T08:00:00Z"),
            event: Event::Observed { voice: None, observation: Observation::Vanished, gist: Gist::Gone },
        },
    ];
    assert_eq!(replay(&events).unwrap().stage, Stage::Withdrawn);
    events.push(Recorded {
        at: at("2026-11-08T08:00:00Z"),
        event: Event::Observed { voice: None, observation: Observation::Returned, gist: Gist::Neutral },
    });
    let history = replay(&events).unwrap();
    assert_eq!((history.stage, history.ended_at), (Stage::Contacted, None));
    assert_eq!(history.stretch_at, at("2026-11-01T08:00:00Z"));
}
