//! `amends judge`: judges JSON Lines, one line out for each line in, in order; with `--report` how well it agrees with people.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    sync::{Mutex, PoisonError, mpsc},
};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Exit,
    context::{Context, Format, print_json},
    table,
};
use crate::{
    judge::{
        Rules, Verdict, complaint_in_words, judge,
        quality::{self, Judged},
    },
    review::{Content, Rating, RawRating},
    store::corrections,
    work::house::House,
};

/// The longest line that is read.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// How much of the input is read at once.
const INPUT_BYTES: usize = 256 * 1024;
/// The most lines that one worker takes at once.
const BATCH_LINES_MAX: usize = 256;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Use the rules of this location of the configuration instead of the defaults
    #[arg(long)]
    location: Option<String>,
    /// How many lines to judge at the same time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Judge nothing; show how stored verdicts agree with people's corrections, and which limit would agree better
    #[arg(long, conflicts_with_all = ["location", "jobs"])]
    report: bool,
    #[command(flatten)]
    format: Format,
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    stars: Option<Value>,
    scale: Option<[f64; 2]>,
    lang: Option<String>,
}

pub fn run(context: &Context, args: &Args) -> anyhow::Result<Exit> {
    if args.report {
        return report(context, args.format);
    }
    let rules = match &args.location {
        None => Rules::default(),
        Some(name) => House::new(&context.load()?.config, |_| false).place(name).rules.clone(),
    };
    let mut input = BufReader::with_capacity(INPUT_BYTES, std::io::stdin().lock());
    let mut out = std::io::stdout();
    if args.jobs > 1 {
        return in_parallel(&mut input, &mut out, &rules, usize::from(args.jobs));
    }
    let mut exit = Exit::Fine;
    while let Some(batch) = next_batch(&mut input)? {
        let (lines, worst) = answer(&batch, &rules);
        out.write_all(&lines)?;
        out.flush()?;
        exit = worse(exit, worst);
    }
    Ok(exit)
}

/// The lines that are there, at least one, at most [`BATCH_LINES_MAX`]: who types line by line gets an answer line by line.
fn next_batch<R: Read>(input: &mut BufReader<R>) -> anyhow::Result<Option<Vec<Vec<u8>>>> {
    let mut lines = Vec::new();
    while let Some(line) = next_line(input).context("cannot read standard input")? {
        lines.push(line);
        if lines.len() == BATCH_LINES_MAX || !input.buffer().contains(&b'\n') {
            break;
        }
    }
    Ok((!lines.is_empty()).then_some(lines))
}

/// The next line; of one that is too long only so much that this is seen.
fn next_line<R: Read>(input: &mut BufReader<R>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if input.take(LINE_BYTES_MAX + 2).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if !line.ends_with(b"\n") && line.len() as u64 > LINE_BYTES_MAX {
        input.skip_until(b'\n')?;
    }
    Ok(Some(line))
}

/// Judges batches on several threads and writes the answers in the order of the lines.
fn in_parallel<R: Read>(
    input: &mut BufReader<R>,
    out: &mut (impl Write + Send),
    rules: &Rules,
    jobs: usize,
) -> anyhow::Result<Exit> {
    let (to_workers, waiting) = mpsc::sync_channel::<(usize, Vec<Vec<u8>>)>(jobs * 2);
    let (to_writer, answers) = mpsc::sync_channel::<(usize, (Vec<u8>, Exit))>(jobs * 2);
    let waiting = Mutex::new(waiting);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let to_writer = to_writer.clone();
            let waiting = &waiting;
            scope.spawn(move || {
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((number, batch)) = next() {
                    if to_writer.send((number, answer(&batch, rules))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(to_writer);
        let writer = scope.spawn(move || write_in_order(&answers, out));
        let mut number = 0;
        while let Some(batch) = next_batch(input)? {
            if to_workers.send((number, batch)).is_err() {
                break;
            }
            number += 1;
        }
        drop(to_workers);
        writer.join().expect("the writer does not panic")
    })
}

fn write_in_order(answers: &mpsc::Receiver<(usize, (Vec<u8>, Exit))>, out: &mut impl Write) -> anyhow::Result<Exit> {
    let (mut early, mut next, mut exit) = (BTreeMap::new(), 0, Exit::Fine);
    for (number, answer) in answers {
        early.insert(number, answer);
        while let Some((lines, worst)) = early.remove(&next) {
            out.write_all(&lines)?;
            out.flush()?;
            exit = worse(exit, worst);
            next += 1;
        }
    }
    Ok(exit)
}

fn worse(a: Exit, b: Exit) -> Exit {
    match a {
        Exit::Fine => b,
        Exit::Problem | Exit::Usage | Exit::NotThisKind => a,
    }
}

/// The answers to some lines, and whether one of them was an error.
fn answer(batch: &[Vec<u8>], rules: &Rules) -> (Vec<u8>, Exit) {
    let (mut lines, mut exit) = (Vec::new(), Exit::Fine);
    for line in batch {
        match verdict(line, rules) {
            Ok(verdict) => serde_json::to_writer(&mut lines, &verdict).expect("a verdict is plain data"),
            Err(error) => {
                exit = Exit::Problem;
                lines.extend(json!({ "error": error }).to_string().bytes());
            }
        }
        lines.push(b'\n');
    }
    (lines, exit)
}

fn verdict(line: &[u8], rules: &Rules) -> Result<Verdict, String> {
    if line.len() as u64 > LINE_BYTES_MAX {
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

/// Reviews that words alone decided, by location, each with the probability of a complaint.
type ByWords = BTreeMap<String, Vec<(Judged, f32)>>;

fn report(context: &Context, format: Format) -> anyhow::Result<Exit> {
    let loaded = context.load_quietly()?;
    let store = context.existing_store(&loaded)?;
    let house = House::new(&loaded.config, |_| false);
    let (mut all, mut by_words) = (Vec::new(), ByWords::new());
    store.read_now(|tx| {
        corrections::each(tx, |judged, content| {
            let rules = &house.place(&judged.location).rules;
            if let (None, Some(probability)) = (&content.rating, complaint_in_words(content, rules)) {
                by_words.entry(judged.location.clone()).or_default().push((judged.clone(), probability));
            }
            all.push(judged);
        })
    })?;
    let agreement = quality::agreement(&all);
    let advice: Vec<_> = by_words.iter().filter_map(|(location, words)| quality::advise(location, words)).collect();
    if format.json {
        print_json(&json!({ "agreement": agreement, "advice": advice }))?;
        return Ok(Exit::Fine);
    }
    let share = |share: Option<f64>| share.map_or_else(|| "—".to_owned(), |share| format!("{:.0} %", share * 100.0));
    let rows = agreement.iter().map(|one| {
        let counts = [one.reviews, one.read, one.corrected].map(|count| count.to_string());
        [vec![one.kind.clone(), one.language.clone()], counts.to_vec(), vec![share(one.precision), share(one.recall)]]
            .concat()
    });
    let heads = ["source", "language", "reviews", "read by you", "corrected", "precision", "recall"];
    table::print(&heads, rows.collect(), "no review")?;
    println!(
        "\nAbout negative verdicts; what nobody corrected counts as right. To correct one: amends reviews correct REVIEW negative"
    );
    for one in advice {
        println!(
            "\nAt {} {} of {} verdicts on words were wrong. With this in its [[location]] {} would have been:\n  words_negative_min = {}",
            one.location, one.wrong, one.of, one.wrong_then, one.words_negative_min
        );
    }
    Ok(Exit::Fine)
}
