//! The whole history of a location, a line a week, as text, CSV and JSON.

use serde_json::{Value, json};

use super::csv::table;
use crate::figures::history::WeekCounts;

/// The widest bar.
const BAR: usize = 20;
/// Five stars are said where sites count differently: the mean is moved to their scale.
const STARS: f64 = 5.0;

/// For the terminal: the latest week last, where the eye is.
#[must_use]
pub fn history_text(title: &str, weeks: &[WeekCounts]) -> String {
    let Some(first) = weeks.first() else { return format!(" {title}: no review has appeared yet.\n") };
    let mut out = format!(" {title} since {}\n\n week      reviews    bad   of all  mean\n", first.week);
    for week in weeks {
        let share = if week.seen > 0 { week.negative as f64 / week.seen as f64 } else { 0.0 };
        let said = if week.seen > 0 { format!("{:.0} %", share * 100.0) } else { "–".to_owned() };
        let mean = stars(week).map_or("–".to_owned(), |mean| format!("{mean:.1}"));
        let bar = "▇".repeat((share * BAR as f64).round() as usize);
        let line = format!(" {} {:>8} {:>6} {said:>8} {mean:>5}  {bar}", week.week, week.seen, week.negative);
        out += line.trim_end();
        out.push('\n');
    }
    out + "\n Reviews by the week in which they were first seen, judged as they were then; the mean as of five stars.\n"
}

/// For a spreadsheet.
#[must_use]
pub fn history_csv(title: &str, weeks: &[WeekCounts]) -> String {
    let head =
        ["location", "week", "from", "reviews", "negative", "positive", "unrated", "mean_of_5"].map(str::to_owned);
    let line = |week: &WeekCounts| {
        let [seen, negative, positive, unrated] =
            [week.seen, week.negative, week.positive, week.unrated].map(|count| count.to_string());
        let mean = stars(week).map_or(String::new(), |mean| format!("{mean:.2}"));
        let (name, monday) = (week.week.to_string(), week.week.monday().to_string());
        [title.to_owned(), name, monday, seen, negative, positive, unrated, mean]
    };
    table(std::iter::once(head).chain(weeks.iter().map(line)))
}

/// For programs.
#[must_use]
pub fn history_json(title: &str, weeks: &[WeekCounts]) -> Value {
    let line = |week: &WeekCounts| {
        json!({
            "week": week.week.to_string(), "from": week.week.monday().to_string(), "reviews": week.seen,
            "negative": week.negative, "positive": week.positive, "unrated": week.unrated, "mean_of_5": stars(week),
        })
    };
    json!({ "location": title, "weeks": weeks.iter().map(line).collect::<Vec<_>>() })
}

fn stars(week: &WeekCounts) -> Option<f64> {
    week.mean.map(|mean| 1.0 + mean * (STARS - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks() -> Vec<WeekCounts> {
        let week = |name: &str, [seen, negative, positive, unrated]: [usize; 4], mean| WeekCounts {
            week: name.parse().unwrap(),
            seen,
            negative,
            positive,
            unrated,
            mean,
        };
        vec![week("2026-W46", [4, 1, 3, 0], Some(0.75)), week("2026-W47", [0, 0, 0, 0], None)]
    }

    #[test]
    fn a_week_is_a_line_and_a_week_without_reviews_says_so() {
        let text = history_text("Alba", &weeks());
        assert!(text.contains(" 2026-W46        4      1     25 %   4.0  ▇▇▇▇▇\n"), "{text}");
        assert!(text.contains(" 2026-W47        0      0        –     –\n"), "{text}");
        assert_eq!(history_text("Alba", &[]), " Alba: no review has appeared yet.\n");
    }

    #[test]
    fn programs_read_the_same_figures() {
        let csv = history_csv("Alba", &weeks());
        assert_eq!(csv.lines().nth(1), Some("Alba,2026-W46,2026-11-09,4,1,3,0,4.00"));
        assert_eq!(csv.lines().nth(2), Some("Alba,2026-W47,2026-11-16,0,0,0,0,"));
        let json = history_json("Alba", &weeks());
        assert_eq!((&json["weeks"][0]["mean_of_5"], &json["weeks"][1]["mean_of_5"]), (&json!(4.0), &Value::Null));
    }
}
