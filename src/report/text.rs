//! The report as plain text for a terminal and for the text part of the mail: at most 78 columns, in its own template.

use unicode_segmentation::UnicodeSegmentation;

use super::{
    rows::{Bar, Row},
    weekly::Weekly,
};

/// The width of the page in columns.
pub const COLUMNS: usize = 78;
const LABEL_COLUMNS: usize = 28;
const CELL_COLUMNS: usize = 12;
/// The height of the chart in lines.
const CHART_LINES: usize = 4;
/// A trend of fewer weeks than this is none.
const TREND_WEEKS_MIN: usize = 3;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Renders the report as text, each line ending in a line break.
#[must_use]
pub fn render_text(weekly: &Weekly) -> String {
    let mut page = Page::default();
    head(&mut page, weekly);
    table(&mut page, weekly);
    chart(&mut page, &weekly.chart);
    saves(&mut page, weekly);
    waiting(&mut page, weekly);
    unrated(&mut page, weekly);
    praise(&mut page, weekly);
    sites(&mut page, weekly);
    foot(&mut page, weekly);
    page.text
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(fit(line, COLUMNS).trim_end());
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.blank();
        self.line(&format!(" {heading}"));
    }

    /// Words folded to the page, each line behind an indent.
    fn paragraph(&mut self, words: &str, indent: &str) {
        for line in wrap(words, COLUMNS - 1 - columns(indent)) {
            self.line(&format!("{indent}{line}"));
        }
    }
}

fn head(page: &mut Page, weekly: &Weekly) {
    let week = format!("Week {} · {}", weekly.week.number, weekly.week.days);
    let gap = COLUMNS.saturating_sub(2 + columns(&weekly.title) + columns(&week));
    if gap >= 2 {
        page.line(&format!(" {}{}{week}", weekly.title, " ".repeat(gap)));
    } else {
        page.line(&format!(" {}", weekly.title));
        page.line(&format!(" {week}"));
    }
    page.line(&format!(" {}", "─".repeat(COLUMNS - 2)));
    if !weekly.week.is_over {
        page.line(&format!(" This week is not over: as it stands on {}.", weekly.made));
    }
    for blind in &weekly.blind_now {
        page.paragraph(&format!("! {blind}"), " ");
    }
    page.line(" In one breath");
    page.paragraph(&weekly.breath.join(" "), "   ");
}

fn table(page: &mut Page, weekly: &Weekly) {
    page.blank();
    let names = ["this week", "last week", "habit"].map(|name| pad_left(name, CELL_COLUMNS)).concat();
    page.line(&format!("{}{names}  12 weeks", " ".repeat(LABEL_COLUMNS)));
    let mut group = None;
    for row in weekly.rows_shown() {
        if group.is_some_and(|group| group != row.group) {
            page.blank();
        }
        group = Some(row.group);
        page.line(&table_line(row));
    }
    if let Some(cohort) = &weekly.cohort {
        page.blank();
        page.paragraph(&format!("Of the {} bad reviews of 5–8 weeks ago: {}.", cohort.counts.total, cohort.words), " ");
    }
}

fn table_line(row: &Row) -> String {
    let cells = [&row.this_week, &row.last_week, &row.habit].map(|cell| pad_left(&cell.words, CELL_COLUMNS)).concat();
    let label = pad_right(&fit(&format!(" {}", row.label), LABEL_COLUMNS), LABEL_COLUMNS);
    format!("{label}{cells} {}", sparkline(&row.weeks))
}

/// One character a week; a dot where nothing was watched or reached, nothing at all where there is no trend.
fn sparkline(weeks: &[Option<f64>]) -> String {
    let most = weeks.iter().flatten().fold(0.0_f64, |most, value| most.max(*value));
    if most <= 0.0 || weeks.iter().flatten().count() < TREND_WEEKS_MIN {
        return String::new();
    }
    // The full block is left out: lines would grow together.
    let level = |value: f64| EIGHTHS[((value.max(0.0) / most * 7.0).ceil() as usize).clamp(1, 7)];
    weeks.iter().map(|week| week.map_or('·', level)).collect()
}

fn chart(page: &mut Page, bars: &[Bar]) {
    let most = bars.iter().filter_map(|bar| bar.days).fold(0.0_f64, f64::max);
    if most <= 0.0 {
        return;
    }
    page.heading("Typical time from bad to good, in days, week by week  (· not reached)");
    let heights: Vec<usize> = bars
        .iter()
        .map(|bar| bar.days.map_or(0, |days| ((days / most * (CHART_LINES * 8) as f64).round() as usize).max(1)))
        .collect();
    for line in (0..CHART_LINES).rev() {
        let cells = heights.iter().zip(bars).map(|(height, bar)| {
            let eighth = height.saturating_sub(line * 8).min(8);
            match (bar.days, line) {
                (None, 0) => "  ·   ".to_owned(),
                _ => format!(" {}  ", EIGHTHS[eighth].to_string().repeat(3)),
            }
        });
        page.line(&format!("   {}", cells.collect::<String>()));
    }
    let say = |days: Option<f64>| days.map_or_else(|| "–".to_owned(), |days| format!("{days:.1}"));
    page.line(&format!(
        "   {}",
        bars.iter().map(|bar| pad_right(&pad_centre(&say(bar.days), 5), 6)).collect::<String>()
    ));
    page.line(&format!("   {}", bars.iter().map(|bar| pad_right(&pad_centre(&bar.week, 5), 6)).collect::<String>()));
}

fn saves(page: &mut Page, weekly: &Weekly) {
    if weekly.saves.is_empty() {
        return;
    }
    page.heading("Best saves");
    for save in &weekly.saves {
        let stars = match (save.stars_before, save.stars_now) {
            (Some(before), Some(now)) => format!("{} → {}  ", stars(before), stars(now)),
            (None, Some(now)) => format!("{}  ", stars(now)),
            (_, None) => String::new(),
        };
        let by = match save.by.as_slice() {
            [] => String::new(),
            names => format!(" · by {}", names.join(", ")),
        };
        page.paragraph(&format!("{stars}{}, {} · {}{by}", save.guest, save.source, save.took.words), "   ");
        let mut told = Vec::new();
        told.extend(save.advice.as_ref().map(|advice| format!("asked for: {advice}")));
        told.extend(save.fixed.as_ref().map(|fixed| format!("what changed: {fixed}")));
        told.extend((!save.gestures.is_empty()).then(|| format!("gesture: {}", save.gestures.join(", "))));
        if !told.is_empty() {
            page.paragraph(&told.join(" · "), "      ");
        }
    }
    more(page, weekly.saves_more, "more turned");
}

fn waiting(page: &mut Page, weekly: &Weekly) {
    if weekly.waiting.is_empty() {
        return;
    }
    page.heading("Waiting: one call each would do most good");
    for one in &weekly.waiting {
        let stars = one.stars.map(|n| format!(", {n}★")).unwrap_or_default();
        let who = one.assignee.as_deref().unwrap_or("–");
        let guest = format!("{}, {}{stars}", one.guest, one.source);
        let line = format!(
            "   {} {} {}  {}",
            pad_right(&one.waited.words, 8),
            pad_right(&fit(&guest, 28), 28),
            pad_right(&fit(&one.stage, 19), 19),
            fit(who, 14)
        );
        page.line(&line);
        if let Some(quote) = &one.quote {
            page.line(&format!("            {}", fit(&format!("“{quote}”"), COLUMNS - 14)));
        }
    }
    more(page, weekly.waiting_more, "more open");
}

fn unrated(page: &mut Page, weekly: &Weekly) {
    let Some(unrated) = &weekly.unrated else { return };
    page.heading(&format!(
        "Without a rating, waiting to be read: {} (the oldest for {})",
        unrated.count, unrated.oldest.words
    ));
    for review in &unrated.first {
        page.paragraph(&format!("“{}”  {}, {}", review.quote, review.guest, review.source), "   ");
    }
}

fn praise(page: &mut Page, weekly: &Weekly) {
    let Some(praise) = &weekly.praise else { return };
    page.heading("To read out to the team");
    let stars = praise.stars.map(|n| format!("  {}", stars(n))).unwrap_or_default();
    page.paragraph(&format!("“{}”  {}, {}{stars}", praise.quote, praise.guest, praise.source), "   ");
}

fn sites(page: &mut Page, weekly: &Weekly) {
    if weekly.sites.is_empty() {
        return;
    }
    page.heading("Where it stands on the sites (a week ago)");
    for site in &weekly.sites {
        let new = match (site.new, &site.new_mean) {
            (0, _) => "nothing new".to_owned(),
            (new, Some(mean)) => format!("{new} new, mean {mean}"),
            (new, None) => format!("{new} new"),
        };
        let mean = match site.mean.as_str() {
            "–" => "no rating known".to_owned(),
            mean if site.mean_before == "–" => mean.to_owned(),
            mean => format!("{mean} ({})", site.mean_before),
        };
        let note = if site.trouble.is_some() { "  ! cannot be read" } else { "" };
        page.line(&format!("   {} {} {new}{note}", pad_right(&fit(&site.source, 26), 26), pad_right(&mean, 18)));
    }
}

fn foot(page: &mut Page, weekly: &Weekly) {
    page.heading("How this was counted");
    page.paragraph(&weekly.method.join(" "), " ");
    page.line(&format!(" Made by amends on {}.", weekly.made));
}

fn more(page: &mut Page, n: usize, what: &str) {
    if n > 0 {
        page.line(&format!("   and {n} {what}"));
    }
}

fn stars(n: usize) -> String {
    "★".repeat(n.min(5))
}

/// How many columns a terminal gives a text: two for East Asian wide letters and emoji, else one a grapheme.
pub(super) fn columns(text: &str) -> usize {
    text.graphemes(true).map(grapheme_columns).sum()
}

fn grapheme_columns(grapheme: &str) -> usize {
    let first = grapheme.chars().next().map_or(0, u32::from);
    let wide = matches!(first, 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF | 0x20000..=0x3FFFD);
    if wide { 2 } else { 1 }
}

/// Cuts a text to so many columns, the last being `…` when something was cut.
fn fit(text: &str, columns_max: usize) -> String {
    if columns(text) <= columns_max {
        return text.to_owned();
    }
    let (mut used, mut out) = (0, String::new());
    for grapheme in text.graphemes(true) {
        used += grapheme_columns(grapheme);
        if used + 1 > columns_max {
            break;
        }
        out.push_str(grapheme);
    }
    out.push('…');
    out
}

fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}

fn pad_centre(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text)) / 2))
}

/// Breaks words into lines of at most so many columns; a word longer than that is cut.
fn wrap(words: &str, columns_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= columns_max => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(fit(word, columns_max)),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!((columns("★★"), columns("とても"), columns("👩‍👩‍👧‍👦"), columns("Tomaž")), (2, 6, 2, 5));
        assert_eq!((fit("とても長い", 5), fit("plain", 5)), ("とて…".to_owned(), "plain".to_owned()));
    }

    #[test]
    fn words_are_wrapped_and_never_lost() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("extraordinarily", 7), ["extrao…"]);
        assert_eq!(wrap("", 7), [""]);
    }

    #[test]
    fn a_sparkline_shows_zero_as_low_and_unknown_as_a_dot() {
        assert_eq!(sparkline(&[None, Some(0.0), Some(4.0), Some(8.0)]), "·▁▄▇");
        assert_eq!(sparkline(&[Some(0.0), Some(0.0), Some(0.0)]), "");
        assert_eq!(sparkline(&[None, None, Some(8.0)]), "");
    }
}
