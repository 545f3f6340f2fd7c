//! `amends channel test`: sends a test by a channel, and switches a repaired one on again.

use std::sync::Arc;

use anyhow::bail;
use clap::Subcommand;
use tokio::runtime::Runtime;

use super::{
    Exit,
    context::{Context, runtime},
};
use crate::{
    alert::{Alert, compose},
    app::{Outside, Wired},
    channels::{Channel, Envelope, Outcome},
    id,
    store::alerts,
    work::deliver::{self, Outlet},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Send a test; "delivered" means that the service took it: did it ring?
    Test {
        /// The channel's name
        #[arg(required_unless_present = "all")]
        channel: Option<String>,
        /// All of them
        #[arg(long)]
        all: bool,
        /// For channels that reach single people: this address [default: the first person's]
        #[arg(long)]
        to: Option<String>,
    },
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let Action::Test { channel, all, to } = &args.action;
    let (loaded, wired) = context.wire()?;
    let chosen: Vec<_> = wired.channels.iter().filter(|(name, _)| *all || Some(name) == channel.as_ref()).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = wired.channels.iter().map(|(name, _)| name.as_str()).collect();
        bail!("there is no channel {}; the channels are: {}", channel.as_deref().unwrap_or("at all"), known.join(", "));
    }
    let (outside, runtime) = (context.outside(&loaded)?, runtime()?);
    let mut exit = Exit::Fine;
    for (name, channel) in chosen {
        let now = outside.clock.now();
        let alert = compose::test(name, now);
        let address = match (channel.needs_address(), to) {
            (false, _) => None,
            (true, Some(to)) => Some(to.clone()),
            (true, None) => loaded.config.people.iter().find_map(|person| person.email.clone()),
        };
        let envelope = Envelope { delivery_id: id::stable("msg", &[&alert.key]), address, person: None, link: None };
        if let Err(error) = send_now(&runtime, &outside, &wired, (name, channel), &alert, &envelope) {
            println!("✗ {name}  {error:#}");
            exit = Exit::Problem;
        } else {
            let name = name.clone();
            outside.store.write_now(move |tx| alerts::mend_channel(tx, &name))?;
        }
    }
    context.nudge(&loaded);
    Ok(exit)
}

/// Sends one alert by one channel now, and says how it went.
///
/// # Errors
/// If it was not delivered.
pub fn send_now(
    runtime: &Runtime,
    outside: &Outside,
    wired: &Wired,
    to: (&str, &Arc<dyn Channel>),
    alert: &Alert,
    envelope: &Envelope,
) -> anyhow::Result<()> {
    let (name, channel) = to;
    let began = outside.clock.now();
    let outcome = runtime.block_on(async {
        let key = outside.signing_key().await?;
        let outlet =
            Outlet { name: name.to_owned(), channel: Arc::clone(channel), mailer: Arc::clone(&outside.mailer), key };
        Ok::<_, anyhow::Error>(deliver::send(&outside.ground(&wired.house), &outlet, alert, envelope).await)
    })?;
    let took = crate::clock::since(outside.clock.now(), began);
    match outcome {
        Outcome::Delivered => {
            println!("✓ {name}  delivered in {:.1} s; did it ring?", took.as_secs_f64());
            Ok(())
        }
        Outcome::Retry { why, .. } => bail!("not now: {why}"),
        Outcome::GiveUp { why } | Outcome::Broken { why } => bail!("{why}"),
    }
}
