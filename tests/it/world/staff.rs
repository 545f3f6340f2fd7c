//! The people of the house, doing what the command line and the page behind the link do: they record steps.

use std::time::Duration;

use amends::{
    app,
    case::{CloseAs, Gesture, Step},
    clock,
    id::CaseId,
    store::{StoreError, cases},
};

use super::World;

/// One person at work.
pub struct Staff<'a> {
    pub(super) world: &'a World,
    pub(super) name: &'a str,
}

impl Staff<'_> {
    pub async fn takes(&self, case: i64) {
        self.does(case, Step::Take).await.unwrap();
    }

    pub async fn contacts(&self, case: i64) {
        self.does(case, Step::Contact { note: None }).await.unwrap();
    }

    pub async fn asks_advice(&self, case: i64) {
        self.does(case, Step::AskAdvice { note: None }).await.unwrap();
    }

    pub async fn fixes(&self, case: i64) {
        self.does(case, Step::Fix { note: None }).await.unwrap();
    }

    pub async fn tells(&self, case: i64) {
        self.does(case, Step::Tell { note: None }).await.unwrap();
    }

    pub async fn asks_to_reconsider(&self, case: i64) {
        self.does(case, Step::AskReconsider { note: None }).await.unwrap();
    }

    pub async fn gives(&self, case: i64, kind: &str, cost_cents: i64) {
        let gesture = Gesture {
            kind: kind.to_owned(),
            cost_cents,
            currency: "EUR".to_owned(),
            approved_by: self.name.to_owned(),
            note: None,
        };
        self.does(case, Step::Gesture(gesture)).await.unwrap();
    }

    pub async fn snoozes(&self, case: i64, span: Duration) {
        let until = clock::after(self.world.now(), span);
        self.does(case, Step::Snooze { until }).await.unwrap();
    }

    pub async fn closes(&self, case: i64, outcome: CloseAs) {
        self.does(case, Step::Close { outcome, note: None }).await.unwrap();
    }

    /// Records a step as the command line does, with the rule of the case's platform.
    pub async fn does(&self, case: i64, step: Step) -> Result<(), StoreError> {
        let rule = app::ask_rule(&self.world.case(case).review.kind);
        let (name, now) = (self.name.to_owned(), self.world.now());
        self.world.store().write(move |tx| cases::record(tx, CaseId(case), (&name, step), rule, now)).await?;
        self.world.settle().await;
        Ok(())
    }
}
