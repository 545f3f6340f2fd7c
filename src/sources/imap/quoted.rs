//! A guest's own words in a mail: without what it quotes, without the signature.
//!
//! Where it is unclear, words are kept: better a line too many than a complaint unread.

/// How programs say in their languages that somebody wrote; each stands in a line that ends with a colon.
const WROTE: &[&str] = &[
    "wrote",
    "schrieb",
    "écrit",
    "ecrit",
    "escribió",
    "escribio",
    "ha scritto",
    "scrisse",
    "schreef",
    "escreveu",
    "skrev",
    "napisał",
    "napsal",
    "kirjoitti",
    "написал",
    "írta",
    "a scris",
    "έγραψε",
    "yazdı",
    "写道",
    "のメール",
];
/// The first line of a message that is quoted below, as Outlook and others write it.
const ORIGINAL: &[&str] = &[
    "original message",
    "ursprüngliche nachricht",
    "message d'origine",
    "message d’origine",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "mensagem original",
    "forwarded message",
    "weitergeleitete nachricht",
];
/// The head of a quoted message: from whom, and soon after when or to whom.
const FROM: &[&str] = &["from:", "von:", "de:", "da:", "van:", "od:", "från:", "fra:", "lähettäjä:", "от:", "feladó:"];
const SENT: &[&str] = &[
    "sent:",
    "date:",
    "to:",
    "gesendet:",
    "datum:",
    "an:",
    "envoyé:",
    "envoyé :",
    "à:",
    "à :",
    "inviato:",
    "data:",
    "a:",
    "enviado",
    "para:",
    "verzonden:",
    "aan:",
    "skickat:",
    "till:",
    "sendt:",
    "til:",
    "wysłano:",
    "do:",
    "отправлено:",
    "кому:",
];
/// What telephones put below.
const DEVICE: &[&str] = &[
    "sent from my ",
    "von meinem ",
    "gesendet mit ",
    "gesendet von ",
    "envoyé de mon ",
    "envoyé depuis ",
    "inviato da ",
    "enviado desde mi ",
    "enviado do meu ",
    "verzonden vanaf ",
    "verstuurd vanaf ",
    "skickat från min ",
    "sendt fra min ",
    "wysłane z ",
    "get outlook for ",
];
/// An attribution is no longer than this: longer is prose.
const ATTRIBUTION_CHARS_MAX: usize = 240;

/// The words that the writer wrote, trimmed; empty if there are none.
pub(super) fn own_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if is_quoted(line) {
            at += 1;
        } else if line.is_empty() {
            // Nothing begins with one; looking ahead from each of many would take for ever.
            kept.push(line);
            at += 1;
        } else if let Some(length) = attribution(&lines[at..]) {
            // Behind some attributions every quoted line is marked, and more may follow; behind others all is quoted.
            let next = lines[at + length..].iter().find(|line| !line.trim().is_empty());
            if !next.is_some_and(|line| is_quoted(line)) {
                break;
            }
            at += length;
        } else if line == "--" || begins_quotation(&lines[at..]) || ends_with_device(&lines[at..]) {
            break;
        } else {
            kept.push(line);
            at += 1;
        }
    }
    kept.join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// What a telephone put below, and nothing of the writer's own behind it.
fn ends_with_device(lines: &[&str]) -> bool {
    let line = lines[0].trim().to_lowercase();
    line.chars().count() < 80
        && DEVICE.iter().any(|words| line.starts_with(words))
        && lines[1..].iter().all(|line| line.trim().is_empty() || is_quoted(line))
}

/// How many lines say that somebody wrote what follows: "On 1 May 2026, Alba <desk@alba.example> wrote:", perhaps broken in two.
fn attribution(lines: &[&str]) -> Option<usize> {
    match lines {
        [first, ..] if is_attribution(first) => Some(1),
        // The writer's own last sentence, right above one, is not its first half.
        [first, second, ..] if !first.ends_with(['.', '!', '?']) && is_attribution(&format!("{first} {second}")) => {
            Some(2)
        }
        _ => None,
    }
}

fn is_attribution(line: &str) -> bool {
    let line = line.trim().to_lowercase();
    let has_sender_or_time = line.contains('@') || line.contains('<') || line.contains(|c: char| c.is_ascii_digit());
    line.chars().count() <= ATTRIBUTION_CHARS_MAX
        && (line.ends_with(':') || line.ends_with('：'))
        && has_sender_or_time
        && WROTE.iter().any(|wrote| line.contains(wrote))
}

fn begins_quotation(lines: &[&str]) -> bool {
    let first = lines[0].trim().to_lowercase();
    let bare = first.trim_matches(['-', '_', ' ', '*']);
    if first.starts_with("--") && ORIGINAL.contains(&bare) {
        return true;
    }
    let head = if first.len() >= 20 && bare.is_empty() { &lines[1..] } else { lines };
    let mut head =
        head.iter().map(|line| line.trim().trim_start_matches('*').to_lowercase()).filter(|line| !line.is_empty());
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| line.starts_with(word));
    head.next().is_some_and(|line| begins(&line, FROM)) && head.take(3).any(|line| begins(&line, SENT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_and_signed_is_left_out() {
        for (text, expected) in [
            ("It was cold.\n\nOn 1 May 2026, Alba <desk@alba.example> wrote:\n> How was it?\n> Best", "It was cold."),
            ("Es war kalt.\n\nAm 01.05.26 um 10:00 schrieb Hotel Alba:\n\nWie war es bei uns?", "Es war kalt."),
            ("Oui.\n\nLe ven. 1 mai 2026 à 10:00, Hotel Alba\n<desk@alba.example> a écrit :\n\n> Comment ?", "Oui."),
            ("It was cold.\nOn 1 May 2026, Alba <desk@alba.example> wrote:\n> How was it?", "It was cold."),
            ("Cold\n-----Original Message-----\nFrom: Alba\nHow was it?", "Cold"),
            ("Cold\n________________________________\nVon: Alba\nGesendet: Freitag\nAn: Mira\nWie war es?", "Cold"),
            ("Cold\n\nFrom: Hotel Alba <desk@alba.example>\nSent: Friday\nTo: Mira\nHow?", "Cold"),
            ("> How was it?\nCold.\n> And the staff?\nKind.", "Cold.\nKind."),
            ("On 1 May 2026, Alba wrote:\n> How was it?\n\nCold.", "Cold."),
            ("Cold.\n-- \nMira Keller\nInnsbruck", "Cold."),
            ("Cold.\n\nSent from my iPhone", "Cold."),
            ("Kalt.\nVon meinem iPhone gesendet\n> Wie?", "Kalt."),
        ] {
            assert_eq!(own_words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_letter_of_a_hundred_thousand_lines_is_read_in_one_pass() {
        for line in [
            "\n",
            "Sent from my phone\n",
            "> x\n",
            "From: x\n\n",
            "On 1 May, A <a@b> wrote:\n\n>\n",
            "____________________\n\n",
        ] {
            let begins = std::time::Instant::now();
            let words = own_words(&format!("Cold.\n{}The end.", line.repeat(100_000)));
            assert!(words.starts_with("Cold."), "{line}");
            assert!(begins.elapsed().as_secs() < 20, "{line}: {:?}", begins.elapsed());
        }
    }

    #[test]
    fn what_only_looks_like_it_is_kept() {
        for text in [
            "My husband wrote:\nnever again",
            "From: the first day on it was cold.\nWe left.",
            "Sent from my room to the cellar!\nAnd back.",
            "-- really --\nnot good",
            "",
        ] {
            assert_eq!(own_words(text), text.trim(), "{text}");
        }
    }

    #[test]
    fn a_mail_of_quotes_alone_has_no_words_and_a_huge_one_is_quick() {
        assert_eq!(own_words("> a\n> b"), "");
        let huge = "From: a\n".repeat(50_000);
        assert_eq!(own_words(&huge).lines().count(), 50_000);
    }
}
