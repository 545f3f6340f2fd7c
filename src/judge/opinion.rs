//! The words of a sentence that praise or complain, with what turns, strengthens and weakens them.
//!
//! Rules only; how much they weigh is learned elsewhere.

use std::ops::Range;

use super::{
    language::{Language, Negation},
    lexicon::{Effect, Entry, Lexicon},
    topic::Topic,
    unit::{Kind, Units},
};

/// How many words before an opinion a negator may stand.
const REACH: usize = 4;
/// How many words after it, in languages that negate so.
const REACH_AFTER: usize = 2;
/// How many words may stand between an opinion and the topic that it is about.
const TOPIC_REACH: usize = 10;
/// How many times as many glyphs of scripts without spaces make that many words.
const GLYPHS_PER_WORD: usize = 2;

/// A word or phrase that praises (above zero) or complains (below).
#[derive(Clone, Debug, PartialEq)]
pub struct Opinion {
    /// From about −4 to 4, after negation and the like.
    pub weight: f32,
    /// What it is about, if the words or those near them tell.
    pub topic: Option<Topic>,
    /// Whether a negator turned it.
    pub turned: bool,
    /// Its place among the units, with the negator that turned it.
    pub units: Range<usize>,
}

/// What was found in one sentence.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Praise and complaints in order.
    pub opinions: Vec<Opinion>,
    /// Topics that are named.
    pub topics: Vec<(usize, Topic)>,
    /// Negators that turned nothing: "nobody came".
    pub denials: u32,
    /// "should have", "could be better".
    pub wishes: u32,
    /// Whether there is a "but".
    pub contrasts: u32,
}

impl Findings {
    /// The sum of the praise.
    #[must_use]
    pub fn praise(&self) -> f32 {
        self.opinions.iter().map(|opinion| opinion.weight.max(0.0)).sum()
    }

    /// The sum of the complaints, above zero.
    #[must_use]
    pub fn complaint(&self) -> f32 {
        self.opinions.iter().map(|opinion| (-opinion.weight).max(0.0)).sum()
    }
}

/// A phrase of the lexicon in its place.
struct Mark {
    units: Range<usize>,
    entry: Entry,
    used: bool,
}

impl Mark {
    fn is(&self, effect: Effect) -> bool {
        self.entry.effect == Some(effect)
    }

    fn judges(&self) -> bool {
        self.entry.polarity != 0
    }
}

/// Reads one sentence.
#[must_use]
pub fn read(units: &Units, sentence: Range<usize>, lexicon: &Lexicon, language: Language) -> Findings {
    let mut marks = find(units, sentence.clone(), lexicon);
    let negation = language.negation();
    let mut found = Findings::default();
    for at in 0..marks.len() {
        if marks[at].judges() {
            found.opinions.push(weigh(units, &mut marks, at, negation));
        }
    }
    weigh_contrast(&marks, &mut found.opinions);
    turn_irony(units, &marks, &mut found.opinions);
    for mark in &marks {
        if let (Some(topic), false) = (mark.entry.topic, mark.judges()) {
            found.topics.push((mark.units.start, topic));
        }
        found.denials += u32::from(mark.is(Effect::Negate) && !mark.used && !mark.judges());
        found.wishes += u32::from(mark.is(Effect::Wish));
        found.contrasts += u32::from(mark.is(Effect::Contrast));
    }
    attach(units, sentence, &mut found);
    found
}

fn find(units: &Units, sentence: Range<usize>, lexicon: &Lexicon) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = sentence.start;
    while at < sentence.end {
        match lexicon.phrases.longest(units, at) {
            Some(found) => {
                marks.push(Mark { units: at..at + found.units, entry: *found.value, used: false });
                at += found.units;
            }
            None => at += 1,
        }
    }
    marks
}

/// The weight of the opinion at a mark, after what stands around it.
fn weigh(units: &Units, marks: &mut [Mark], at: usize, negation: Negation) -> Opinion {
    let own = marks[at].units.clone();
    let mut weight = f32::from(marks[at].entry.polarity);
    let mut place = own.clone();
    let mut turned = false;
    let mut first = at;
    while first > 0 && near(units, marks[first - 1].units.end, own.start, REACH) {
        first -= 1;
    }
    for before in (first..at).rev() {
        let close = near(units, marks[before].units.end, own.start, 1);
        match marks[before].entry.effect {
            Some(Effect::Negate) if !turned => {
                turned = true;
                marks[before].used = true;
                place.start = marks[before].units.start;
            }
            Some(Effect::Intensify) if close => weight *= 1.4,
            Some(Effect::Diminish) if close => weight *= 0.6,
            Some(Effect::Contrast) => break,
            _ => {}
        }
    }
    if !turned && weight > 0.0 && negation == Negation::AroundIt {
        let next = marks
            .get(at + 1)
            .filter(|next| next.is(Effect::Negate) && near(units, own.end, next.units.start, REACH_AFTER));
        let free = next.is_some_and(|next| {
            !marks
                .get(at + 2)
                .is_some_and(|later| later.judges() && near(units, next.units.end, later.units.start, REACH))
        });
        if free {
            turned = true;
            marks[at + 1].used = true;
            place.end = marks[at + 1].units.end;
        }
    }
    if turned {
        weight *= if weight > 0.0 { -0.8 } else { -0.5 };
    }
    Opinion { weight, topic: marks[at].entry.topic, turned, units: place }
}

/// "I feared the noise, but it was quiet": what follows the last "but" of a sentence weighs more than what stands before it.
fn weigh_contrast(marks: &[Mark], opinions: &mut [Opinion]) {
    let Some(but) = marks.iter().rfind(|mark| mark.is(Effect::Contrast) && !mark.judges()) else { return };
    if opinions.iter().all(|opinion| opinion.units.start < but.units.start) {
        return;
    }
    for opinion in opinions {
        opinion.weight *= if opinion.units.start < but.units.start { 0.5 } else { 1.3 };
    }
}

/// "Great, another night without hot water": praise alone before the first comma of a sentence that only complains is none.
fn turn_irony(units: &Units, marks: &[Mark], opinions: &mut [Opinion]) {
    let Some((first, rest)) = opinions.split_first_mut() else { return };
    let alone = units.list.get(first.units.end).is_some_and(|next| next.kind == Kind::Pause);
    let complains = rest.iter().any(|opinion| opinion.weight < 0.0) && rest.iter().all(|opinion| opinion.weight <= 0.0);
    let but = marks.iter().any(|mark| mark.is(Effect::Contrast));
    let begins = first.units.start < 3 || units.list[first.units.start - 1].kind != Kind::Word;
    if first.weight > 0.0 && alone && begins && complains && !but && first.topic.is_none() {
        first.weight *= -0.8;
        first.turned = true;
    }
}

/// Whether at most `words` words, and no mark, stand between two places.
fn near(units: &Units, from: usize, to: usize, words: usize) -> bool {
    let mut left = words * GLYPHS_PER_WORD;
    for unit in &units.list[from.min(to)..to] {
        let cost = match unit.kind {
            Kind::Glyph => 1,
            Kind::Word | Kind::Number | Kind::Emoji | Kind::Handle => GLYPHS_PER_WORD,
            Kind::Pause | Kind::End | Kind::Shout | Kind::Ask => return false,
        };
        let Some(rest) = left.checked_sub(cost) else { return false };
        left = rest;
    }
    true
}

/// Gives opinions that name no topic themselves the nearest one of their sentence, those in the same part of it first.
fn attach(units: &Units, sentence: Range<usize>, found: &mut Findings) {
    if found.topics.is_empty() {
        return;
    }
    let pauses: Vec<usize> = sentence.filter(|at| units.list[*at].kind == Kind::Pause).collect();
    let part = |at: usize| pauses.partition_point(|pause| *pause < at);
    for opinion in found.opinions.iter_mut().filter(|opinion| opinion.topic.is_none()) {
        let place = opinion.units.start;
        // Topics are in order, so the nearest is one of its two neighbours, whatever counts as near.
        let after = found.topics.partition_point(|(at, _)| *at < place);
        let neighbours = found.topics[after.saturating_sub(1)..].iter().take(2);
        let reached = neighbours.filter(|(at, _)| near(units, (*at).min(place), (*at).max(place), TOPIC_REACH));
        let nearest = reached.min_by_key(|(at, _)| (part(*at).abs_diff(part(place)), at.abs_diff(place)));
        opinion.topic = nearest.map(|(_, topic)| *topic);
    }
}
