//! `amends judge`: judges JSON Lines, one line out for each line in, in order.

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Exit, context::Context};
use crate::{
    judge::{Rules, Verdict, judge},
    review::{Content, Rating, RawRating},
    work::house::House,
};

/// The longest line that is read.
const LINE_BYTES_MAX: usize = 1024 * 1024;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Use the rules of this location of the configuration instead of the defaults
    #[arg(long)]
    location: Option<String>,
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    stars: Option<Value>,
    scale: Option<[f64; 2]>,
    lang: Option<String>,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    let rules = match &args.location {
        None => Rules::default(),
        Some(name) => House::new(&context.load()?.config, |_| false).place(name).rules,
    };
    let (mut input, mut out) = (std::io::stdin().lock(), std::io::BufWriter::new(std::io::stdout().lock()));
    let mut exit = Exit::Fine;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let answer = match verdict(&line, &rules) {
            Ok(verdict) => serde_json::to_string(&verdict)?,
            Err(error) => {
                exit = Exit::Problem;
                json!({ "error": error }).to_string()
            }
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()?;
    Ok(exit)
}

fn verdict(line: &[u8], rules: &Rules) -> Result<Verdict, String> {
    if line.len() > LINE_BYTES_MAX {
        return Err(format!("the line is longer than {LINE_BYTES_MAX} bytes"));
    }
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| format!("not a JSON object of text, stars, scale and lang: {error}"))?;
    let scale = line.scale.filter(|[worst, best]| worst < best);
    if line.scale.is_some() && scale.is_none() {
        return Err("`scale` is [worst, best], the worst first".to_owned());
    }
    let raw = line.stars.map(|stars| RawRating {
        stars,
        worst: scale.map(|[worst, _]| worst),
        best: scale.map(|[_, best]| best),
    });
    let rating = raw.as_ref().map(Rating::understand).transpose().map_err(|error| error.to_string())?.flatten();
    Ok(judge(&Content { rating, text: line.text, language: line.lang, ..Content::default() }, rules))
}
