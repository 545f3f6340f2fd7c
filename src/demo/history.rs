//! Plays the planned half year through the real machinery: real looks over HTTP, real deliveries, real steps, at past instants.
//!
//! Nothing is written behind the back of `work`: what a look does not see is not in the database.

use std::collections::BTreeMap;

use anyhow::Context;
use jiff::Timestamp;

use super::{
    plan::{Happening, What},
    premises::Premises,
    street::{PostId, Site, Street},
};
use crate::{
    app::{self, Outside},
    case::Step,
    clock::Clock,
    id::CaseId,
    secret::Secret,
    store::cases::{self, Which},
    work::{
        deliver::{self, Outlet},
        poll::{self, Ground, Looked},
        watch,
    },
};

/// The clock of the past stands still while something happens, or nearly.
const STANDSTILL: f64 = 1e-6;

/// What the half year came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Reviews seen.
    pub reviews: usize,
    /// Bad ones, each with a case.
    pub bad: usize,
    /// Further versions seen.
    pub edited: usize,
    /// Seen to turn around.
    pub turned: usize,
    /// Seen to be gone.
    pub removed: usize,
    /// Steps of people.
    pub steps: usize,
}

/// Plays a plan; `progress` is called after each happening.
///
/// # Errors
/// If a site cannot be seen, a step is refused, or the database fails: each is a bug.
pub(super) async fn play(
    list: Vec<Happening>,
    premises: &Premises,
    street: &Street,
    progress: &(dyn Fn() + Sync),
) -> anyhow::Result<Told> {
    let Some(first) = list.first() else { return Ok(Told::default()) };
    let outside = premises.outside(Clock::simulated(first.at, STANDSTILL))?;
    let key = outside.signing_key().await?;
    let mut player = Player {
        premises,
        street,
        outside,
        key,
        posts: BTreeMap::new(),
        cases: BTreeMap::new(),
        told: Told::default(),
    };
    for happening in list {
        player.catch_up(happening.at).await?;
        player.happen(happening).await?;
        progress();
    }
    Ok(player.told)
}

struct Player<'a> {
    premises: &'a Premises,
    street: &'a Street,
    outside: Outside,
    key: Secret,
    posts: BTreeMap<usize, PostId>,
    cases: BTreeMap<String, (CaseId, String)>,
    told: Told,
}

impl Player<'_> {
    fn ground(&self, at: Timestamp) -> Ground {
        Ground { clock: Clock::simulated(at, STANDSTILL), ..self.outside.ground(&self.premises.wired.house) }
    }

    /// What fell due since: reminders, each at its own time.
    async fn catch_up(&self, until: Timestamp) -> anyhow::Result<()> {
        while let Some(due) = self.premises.store.read(cases::next_due).await?.filter(|due| *due <= until) {
            let house = self.premises.wired.house.clone();
            self.premises.store.write(move |tx| watch::look_at_due(tx, &house, due)).await?;
            self.send(due).await?;
        }
        Ok(())
    }

    async fn happen(&mut self, happening: Happening) -> anyhow::Result<()> {
        let at = happening.at;
        match happening.what {
            What::Post(number, site, author, words) => {
                self.posts.insert(number, self.street.guest_posts(site, &author, words, at));
            }
            What::Edit(number, words) => self.street.guest_edits(self.post(number)?, words, at),
            What::Remove(number) => {
                let post = self.post(number)?;
                self.street.guest_removes(post);
            }
            What::Answer(number, text) => self.street.owner_answers(self.post(number)?, &text, at),
            What::Look(site) => self.look(site, at).await?,
            What::Act(number, by, step) => self.act(number, (by, step), at).await?,
        }
        Ok(())
    }

    fn post(&self, number: usize) -> anyhow::Result<PostId> {
        self.posts.get(&number).copied().context("a review is posted before anything happens to it")
    }

    async fn look(&mut self, site: Site, at: Timestamp) -> anyhow::Result<()> {
        let watched = self.premises.wired.watched.iter().find(|watched| watched.name == site.name());
        let watched = watched.context("every site is watched")?;
        match poll::look(&self.ground(at), watched).await? {
            Looked::Failed { why, .. } => anyhow::bail!("{} could not be seen: {why}", site.name()),
            Looked::Saw(saw) => {
                if let Some(odd) = saw.odd {
                    anyhow::bail!("{} looks odd: {odd}", site.name());
                }
                self.told.reviews += saw.new;
                self.told.bad += saw.negative;
                self.told.edited += saw.changed;
                self.told.turned += saw.turned;
                self.told.removed += saw.gone;
                if saw.negative > 0 {
                    self.learn_cases().await?;
                }
            }
        }
        self.send(at).await
    }

    /// Delivers what is due, over real HTTP, to the make-believe telephones.
    async fn send(&self, at: Timestamp) -> anyhow::Result<()> {
        let ground = self.ground(at);
        for (name, channel) in &self.premises.wired.channels {
            let outlet = Outlet {
                name: name.clone(),
                channel: channel.clone(),
                mailer: self.outside.mailer.clone(),
                key: self.key.clone(),
            };
            deliver::send_due(&ground, &outlet).await?;
        }
        Ok(())
    }

    async fn learn_cases(&mut self) -> anyhow::Result<()> {
        for file in self.premises.store.read(|tx| cases::list(tx, Which::Open)).await? {
            if let Some(url) = file.review.url {
                self.cases.insert(url, (file.row.id, file.review.kind));
            }
        }
        Ok(())
    }

    async fn act(&mut self, number: usize, claim: (&'static str, Step), at: Timestamp) -> anyhow::Result<()> {
        let address = self.street.address(self.post(number)?).context("nothing is done about a removed review")?;
        let (case, kind) = self.cases.get(&address).cloned().context("a step needs a case")?;
        let (by, step) = claim;
        let rule = app::ask_rule(&kind);
        self.premises.store.write(move |tx| cases::record(tx, case, (by, step), rule, at)).await?;
        self.told.steps += 1;
        Ok(())
    }
}
