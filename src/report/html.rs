//! The report as HTML for mail: one table of at most 600 px, inline styles, no pictures, no scripts, nothing fetched from elsewhere.
//!
//! Every text goes through `e`, ours and the guests' alike. Dark mail programs get their own colours by media query; those that
//! ignore it show the light page.

use super::{
    lines::{PraiseLine, SaveLine, SiteLine, WaitingLine},
    rows::{Bar, Group, Row},
    weekly::Weekly,
};
use crate::text::escape_html as e;

/// Mail programs clip near 102 kB; the page stays well below.
#[cfg(test)]
pub const BYTES_MAX: usize = 80_000;
/// The height of the chart's tallest bar in pixels.
const BAR_MAX_PX: f64 = 72.0;

const FONT: &str = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const STYLE: &str = "<style>:root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){\
.page{background:#14181c!important}.card{background:#1d2329!important}\
.ink{color:#e9eef2!important}.mute{color:#a3b0ba!important}.rule{border-color:#36414a!important}\
.bar{background:#4fae9b!important}.hollow{border-color:#6b7883!important}.good{color:#7fd8c4!important}\
.link{color:#8ec7ff!important}.warn{background:#3d2f12!important;color:#ffdf9e!important}\
.soft{background:#252d34!important}}\
@media (max-width:480px){.pad{padding-left:16px!important;padding-right:16px!important}.num{font-size:13px!important}}</style>";

/// Renders the report as one HTML document.
#[must_use]
pub fn render_html(weekly: &Weekly) -> String {
    let mut body = String::new();
    head(&mut body, weekly);
    table(&mut body, weekly);
    chart(&mut body, &weekly.chart);
    list(&mut body, "Best saves", weekly.saves.iter().map(save), more(weekly.saves_more, "more turned"));
    let heading = "Waiting: one call each would do most good";
    list(&mut body, heading, weekly.waiting.iter().map(waiting), more(weekly.waiting_more, "more open"));
    unrated(&mut body, weekly);
    list(&mut body, "To read out to the team", weekly.praise.iter().map(praise), None);
    sites(&mut body, &weekly.sites);
    foot(&mut body, weekly);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{}</title>{STYLE}</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:#f1f3f1\">\
         <div style=\"display:none;max-height:0;overflow:hidden\">{}</div>\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>\
         <td align=\"center\" style=\"padding:16px 8px\">\
         <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"max-width:600px;background:#fbfcfb;border-radius:10px;{FONT}\">\n{body}</table></td></tr></table></body></html>\n",
        e(&weekly.subject),
        e(&weekly.breath.join(" ")),
    )
}

fn section(body: &mut String, inner: &str) {
    body.push_str("<tr><td class=\"pad\" style=\"padding:0 28px 22px\">");
    body.push_str(inner);
    body.push_str("</td></tr>\n");
}

fn heading(words: &str) -> String {
    format!(
        "<h2 class=\"ink\" style=\"margin:0 0 8px;font-size:16px;line-height:22px;color:#1c2b27\">{}</h2>",
        e(words)
    )
}

/// A paragraph; `inner` is HTML already.
fn paragraph(class: &str, style: &str, inner: &str) -> String {
    format!("<p class=\"{class}\" style=\"margin:0 0 6px;font-size:15px;line-height:22px;{style}\">{inner}</p>")
}

fn ink(inner: &str) -> String {
    paragraph("ink", "color:#1c2b27", inner)
}

fn mute(inner: &str) -> String {
    paragraph("mute", "color:#5b6b66;font-size:13px;line-height:19px", inner)
}

fn head(body: &mut String, weekly: &Weekly) {
    let mut inner = format!(
        "<p class=\"mute\" style=\"margin:0;padding-top:24px;font-size:13px;line-height:19px;color:#5b6b66\">Week {} · {}</p>\
         <h1 class=\"ink\" style=\"margin:2px 0 12px;font-size:24px;line-height:30px;color:#1c2b27\">{}</h1>",
        weekly.week.number,
        e(&weekly.week.days),
        e(&weekly.title),
    );
    if !weekly.week.is_over {
        inner.push_str(&mute(&format!("This week is not over: as it stands on {}.", e(&weekly.made))));
    }
    for blind in &weekly.blind_now {
        inner.push_str(&format!(
            "<p class=\"warn\" style=\"margin:0 0 10px;padding:10px 12px;border-radius:6px;background:#fdf1d3;color:#5c4200;\
             font-size:14px;line-height:20px\">{}</p>",
            e(blind)
        ));
    }
    let breath = e(&weekly.breath.join(" "));
    inner.push_str(&paragraph("ink", "color:#1c2b27;font-size:17px;line-height:26px", &breath));
    section(body, &inner);
}

fn table(body: &mut String, weekly: &Weekly) {
    let head = ["this week", "last week", "12-week habit"].map(|name| {
        format!(
            "<th class=\"mute\" align=\"right\" style=\"padding:0 0 6px 8px;font-size:12px;line-height:16px;\
             font-weight:normal;color:#5b6b66\">{name}</th>"
        )
    });
    let mut inner = format!(
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><th align=\"left\"></th>{}</tr>",
        head.concat()
    );
    let mut group: Option<Group> = None;
    for row in weekly.rows_shown() {
        inner.push_str(&table_row(row, group != Some(row.group)));
        group = Some(row.group);
    }
    inner.push_str("</table>");
    if let Some(cohort) = &weekly.cohort {
        let words = format!(
            "<span style=\"display:block;padding-top:12px\">Of the <b>{}</b> bad reviews of 5–8 weeks ago: {}.</span>",
            cohort.counts.total,
            e(&cohort.words)
        );
        inner.push_str(&ink(&words));
    }
    section(body, &inner);
}

fn table_row(row: &Row, begins_group: bool) -> String {
    let rule = if begins_group { "border-top:1px solid #dbe2de;" } else { "" };
    let under = row.label.starts_with(' ');
    let (class, colour, indent) = if under { ("mute", "#5b6b66", 14) } else { ("ink", "#1c2b27", 0) };
    let cell = |words: &str, bold: &str| {
        format!(
            "<td class=\"{class} rule num\" align=\"right\" style=\"{rule}padding:5px 0 5px 8px;font-size:14px;line-height:20px;\
             color:{colour};white-space:nowrap;{bold}\">{}</td>",
            e(words)
        )
    };
    let bold = if under { "" } else { "font-weight:bold" };
    format!(
        "<tr><td class=\"{class} rule\" style=\"{rule}padding:5px 0 5px {indent}px;font-size:14px;line-height:20px;\
         color:{colour}\">{}</td>{}{}{}</tr>",
        e(row.label.trim()),
        cell(&row.this_week.words, bold),
        cell(&row.last_week.words, ""),
        cell(&row.habit.words, "")
    )
}

fn chart(body: &mut String, bars: &[Bar]) {
    let most = bars.iter().filter_map(|bar| bar.days).fold(0.0_f64, f64::max);
    if most <= 0.0 {
        return;
    }
    let mut inner = heading("Typical time from bad to good, in days");
    inner.push_str("<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>");
    bars.iter().for_each(|bar| inner.push_str(&bar_cell(bar, most)));
    inner.push_str("</tr><tr>");
    for bar in bars {
        inner.push_str(&format!(
            "<td class=\"mute\" align=\"center\" style=\"padding-top:4px;font-size:10px;line-height:14px;color:#5b6b66\">{}</td>",
            e(&bar.week)
        ));
    }
    inner.push_str("</tr></table>");
    if bars.iter().any(|bar| bar.days.is_none()) {
        inner.push_str(&mute("– : fewer than half had turned by then, or nothing was watched."));
    }
    section(body, &inner);
}

fn bar_cell(bar: &Bar, most: f64) -> String {
    let (words, drawn) = match bar.days {
        Some(days) => {
            let height = (days / most * BAR_MAX_PX).round().max(2.0);
            let drawn = format!(
                "<div class=\"bar\" style=\"height:{height}px;background:#2f8f7b;border-radius:3px 3px 0 0;\
                 font-size:0;line-height:0\">&nbsp;</div>"
            );
            (format!("{days:.1}"), drawn)
        }
        None => {
            let drawn = "<div class=\"hollow\" style=\"height:1px;border-top:2px dotted #9aa8a2;font-size:0;line-height:0\">\
                         &nbsp;</div>";
            ("–".to_owned(), drawn.to_owned())
        }
    };
    format!(
        "<td class=\"mute\" width=\"8%\" valign=\"bottom\" align=\"center\" style=\"padding:0 3px;font-size:11px;\
         line-height:16px;color:#5b6b66\">{words}{drawn}</td>"
    )
}

/// A section with one block an entry; nothing at all without entries.
fn list(body: &mut String, title: &str, entries: impl Iterator<Item = String>, more: Option<String>) {
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() {
        return;
    }
    section(
        body,
        &format!("{}{}{}", heading(title), entries.concat(), more.map(|more| mute(&more)).unwrap_or_default()),
    );
}

fn more(n: usize, what: &str) -> Option<String> {
    (n > 0).then(|| format!("and {n} {what}"))
}

/// A soft box; `inner` is HTML already.
fn block(inner: &str) -> String {
    format!(
        "<div class=\"soft\" style=\"margin:0 0 8px;padding:10px 12px 6px;border-radius:8px;background:#eef3f0\">{inner}</div>"
    )
}

fn save(save: &SaveLine) -> String {
    let stars = match (save.stars_before, save.stars_now) {
        (Some(before), Some(now)) => {
            format!("{} → <b class=\"good\" style=\"color:#1d7a66\">{}</b> ", stars(before), stars(now))
        }
        (None, Some(now)) => format!("<b class=\"good\" style=\"color:#1d7a66\">{}</b> ", stars(now)),
        (_, None) => String::new(),
    };
    let guest = linked(&format!("{}, {}", save.guest, save.source), save.url.as_deref());
    let by = if save.by.is_empty() { String::new() } else { format!(" · by {}", e(&save.by.join(", "))) };
    let mut inner = ink(&format!("{stars}{guest} · {}{by}", e(&save.took.words)));
    let mut told = Vec::new();
    told.extend(save.advice.as_ref().map(|advice| format!("asked for: {}", e(advice))));
    told.extend(save.fixed.as_ref().map(|fixed| format!("what changed: {}", e(fixed))));
    told.extend((!save.gestures.is_empty()).then(|| format!("gesture: {}", e(&save.gestures.join(", ")))));
    if !told.is_empty() {
        inner.push_str(&mute(&told.join(" · ")));
    }
    block(&inner)
}

fn waiting(one: &WaitingLine) -> String {
    let stars = one.stars.map(|n| format!(", {n}★")).unwrap_or_default();
    let guest = linked(&format!("{}, {}{stars}", one.guest, one.source), one.url.as_deref());
    let who = match &one.assignee {
        Some(name) => e(name),
        None => "<b>nobody has it yet</b>".to_owned(),
    };
    let mut inner = ink(&format!("<b>{}</b> · {guest}", e(&one.waited.words)));
    let stage = if one.assignee.is_some() { format!("{} · ", e(&one.stage)) } else { String::new() };
    inner.push_str(&mute(&format!("Case {} · {stage}{who}", one.case)));
    if let Some(quote) = &one.quote {
        inner.push_str(&quoted(quote));
    }
    block(&inner)
}

fn praise(review: &PraiseLine) -> String {
    let stars = review.stars.map(|n| format!(" {}", stars(n))).unwrap_or_default();
    let guest = linked(&format!("{}, {}", review.guest, review.source), review.url.as_deref());
    block(&format!("{}{}", quoted(&review.quote), mute(&format!("{guest}{stars}"))))
}

fn unrated(body: &mut String, weekly: &Weekly) {
    let Some(unrated) = &weekly.unrated else { return };
    let head =
        format!("Without a rating, waiting to be read: {} (the oldest for {})", unrated.count, unrated.oldest.words);
    section(body, &format!("{}{}", heading(&head), unrated.first.iter().map(praise).collect::<String>()));
}

fn sites(body: &mut String, sites: &[SiteLine]) {
    if sites.is_empty() {
        return;
    }
    let mut inner = heading("Where it stands on the sites");
    inner.push_str("<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\">");
    for site in sites {
        let new = match (site.new, &site.new_mean) {
            (0, _) => "nothing new".to_owned(),
            (new, Some(mean)) => format!("{new} new, mean {}", e(mean)),
            (new, None) => format!("{new} new"),
        };
        let mean = match site.mean.as_str() {
            "–" => "no rating known".to_owned(),
            mean if site.mean_before == "–" => format!("<b>{}</b>", e(mean)),
            mean => format!(
                "<b>{}</b> <span class=\"mute\" style=\"color:#5b6b66\">({} a week ago)</span>",
                e(mean),
                e(&site.mean_before)
            ),
        };
        let name = match &site.trouble {
            Some(_) => format!("{} <b>cannot be read</b>", e(&site.source)),
            None => e(&site.source),
        };
        let cell = |align: &str, class: &str, colour: &str, words: &str| {
            format!(
                "<td class=\"{class}\" align=\"{align}\" style=\"padding:4px 0 4px 8px;font-size:14px;line-height:20px;\
                 color:{colour}\">{words}</td>"
            )
        };
        let cells = [
            cell("left", "ink", "#1c2b27", &name).replace("4px 8px", "4px 0"),
            cell("left", "ink", "#1c2b27", &mean),
            cell("right", "mute", "#5b6b66", &new),
        ];
        inner.push_str(&format!("<tr>{}</tr>", cells.concat()));
    }
    inner.push_str("</table>");
    section(body, &inner);
}

fn foot(body: &mut String, weekly: &Weekly) {
    let mut inner = String::from("<div class=\"rule\" style=\"border-top:1px solid #dbe2de;padding-top:14px\">");
    inner.push_str(&mute(&format!("<b>How this was counted.</b> {}", e(&weekly.method.join(" ")))));
    inner.push_str(&mute(&format!("Made by amends on {}.", e(&weekly.made))));
    inner.push_str("</div>");
    section(body, &inner);
}

fn stars(n: usize) -> String {
    "★".repeat(n.min(5))
}

fn quoted(words: &str) -> String {
    paragraph("ink", "color:#1c2b27;font-size:14px;line-height:20px;font-style:italic", &format!("“{}”", e(words)))
}

fn linked(words: &str, url: Option<&str>) -> String {
    match url {
        Some(url) => format!("<a class=\"link\" href=\"{}\" style=\"color:#0b5cad\">{}</a>", e(url), e(words)),
        None => e(words),
    }
}
