//! Words that alert whatever the stars: pests, illness, fire, violence, harassment, discrimination, theft.
//!
//! The lists are our own, in twelve languages, matched on whole words or word beginnings without regard to case.
//! A word directly denied ("no bed bugs", "keine Bettwanzen") does not alert. The owner adds and removes words in `[negative]`.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use serde::{Deserialize, Serialize};

/// What a must-alert word is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    /// Bed bugs, cockroaches, rats.
    Pests,
    /// Food poisoning and what else made guests ill.
    Illness,
    /// Fire, gas, electric shock.
    Fire,
    /// Assault, threats, harassment.
    Violence,
    /// Racism and other discrimination.
    Discrimination,
    /// Theft and fraud.
    Crime,
    /// Words that the owner added.
    Own,
}

impl Topic {
    /// The topic as it is shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::Pests => "pests",
            Topic::Illness => "illness",
            Topic::Fire => "fire and safety",
            Topic::Violence => "violence and harassment",
            Topic::Discrimination => "discrimination",
            Topic::Crime => "crime",
            Topic::Own => "your own word",
        }
    }
}

/// A word list: a trailing `*` matches any word that begins so.
pub type WordList = &'static [&'static str];

/// The built-in lists (en de fr es it pt nl sv pl cs ro tr); written for this project.
pub const BUILT_IN: &[(Topic, WordList)] = &[
    (
        Topic::Pests,
        &[
            "bed bug*",
            "bedbug*",
            "cockroach*",
            "roaches",
            "rats",
            "rat droppings",
            "mouse droppings",
            "maggot*",
            "bettwanze*",
            "kakerlake*",
            "ratten",
            "schaben",
            "mäusekot",
            "punaise de lit",
            "punaises de lit",
            "cafard*",
            "asticot*",
            "chinches",
            "chinche de cama",
            "cucaracha*",
            "cimici",
            "scarafagg*",
            "blatte",
            "percevejo*",
            "barata na",
            "baratas",
            "bedwants*",
            "kakkerlak*",
            "vägglöss",
            "vägglus",
            "kackerlack*",
            "pluskw*",
            "karaluch*",
            "štěnice",
            "šváb*",
            "ploșnițe",
            "plosnite",
            "gândaci",
            "tahtakurusu",
            "hamam böce*",
        ],
    ),
    (
        Topic::Illness,
        &[
            "food poisoning",
            "salmonella",
            "norovirus",
            "legionella",
            "e. coli",
            "carbon monoxide",
            "was hospitalised",
            "was hospitalized",
            "lebensmittelvergiftung",
            "salmonellen",
            "legionellen",
            "kohlenmonoxid",
            "intoxication alimentaire",
            "salmonelle*",
            "monoxyde de carbone",
            "intoxicación alimentaria",
            "intoxicacion alimentaria",
            "monóxido de carbono",
            "intossicazione alimentare",
            "salmonellosi",
            "intoxicação alimentar",
            "voedselvergiftiging",
            "matförgiftning*",
            "zatrucie pokarmowe",
            "zatruciem pokarmowym",
            "otrava jídlem",
            "otrava z jídla",
            "toxiinfecție alimentară",
            "intoxicație alimentară",
            "gıda zehirlenme*",
        ],
    ),
    (
        Topic::Fire,
        &[
            "fire alarm did not",
            "caught fire",
            "fire exit was locked",
            "gas leak",
            "electric shock",
            "electrocuted",
            "exposed wires",
            "in brand geraten",
            "gasleck",
            "stromschlag",
            "notausgang versperrt",
            "notausgang war versperrt",
            "fuite de gaz",
            "décharge électrique",
            "a pris feu",
            "fuga de gas",
            "descarga eléctrica",
            "se incendió",
            "fuga di gas",
            "scossa elettrica",
            "ha preso fuoco",
            "fuga de gás",
            "choque elétrico",
            "gaslek",
            "elektrische schok",
            "gasläcka",
            "wyciek gazu",
            "únik plynu",
            "scurgere de gaz",
            "gaz kaçağı",
            "elektrik çarp*",
        ],
    ),
    (
        Topic::Violence,
        &[
            "assaulted",
            "sexually harass*",
            "sexual harass*",
            "sexual assault",
            "hidden camera",
            "spy camera",
            "threatened me",
            "threatened us",
            "physically attacked",
            "sexuell belästig*",
            "sexuelle belästigung",
            "tätlich angegriffen",
            "versteckte kamera",
            "harcèlement sexuel",
            "agression sexuelle",
            "agressé physiquement",
            "caméra cachée",
            "acoso sexual",
            "agresión sexual",
            "me agredi*",
            "cámara oculta",
            "molestie sessuali",
            "aggressione",
            "telecamera nascosta",
            "assédio sexual",
            "câmara escondida",
            "câmera escondida",
            "aangerand",
            "seksuele intimidatie",
            "verborgen camera",
            "sexuella trakasserier",
            "dold kamera",
            "molestowa*",
            "ukryta kamera",
            "sexuální obtěžování",
            "skrytá kamera",
            "hărțuire sexuală",
            "cameră ascunsă",
            "cinsel taciz",
            "gizli kamera",
        ],
    ),
    (
        Topic::Discrimination,
        &[
            "racist*",
            "racism",
            "racial slur*",
            "homophob*",
            "transphob*",
            "antisemit*",
            "islamophob*",
            "discriminated against",
            "rassist*",
            "rassismus",
            "diskriminiert",
            "raciste*",
            "racisme",
            "discriminé*",
            "racista*",
            "racismo",
            "discriminad*",
            "razzist*",
            "razzismo",
            "discriminat*",
            "racistisch*",
            "gediscrimineerd",
            "rasistisk*",
            "rasism",
            "rasistows*",
            "rasizm*",
            "rasistick*",
            "rasism*",
            "ırkçı*",
        ],
    ),
    (
        Topic::Crime,
        &[
            "was stolen",
            "were stolen",
            "got stolen",
            "stole my",
            "stole our",
            "stole from",
            "credit card fraud",
            "wurde gestohlen",
            "wurden gestohlen",
            "bestohlen",
            "kreditkartenbetrug",
            "a été volé*",
            "ont été volé*",
            "nous a volé",
            "me robaron",
            "nos robaron",
            "fue robad*",
            "è stato rubato",
            "ci hanno rubato",
            "mi hanno rubato",
            "foi roubad*",
            "fomos roubad*",
            "is gestolen",
            "werd gestolen",
            "blev stulen",
            "blev stulet",
            "skradzion*",
            "ukradziono",
            "ukradli",
            "bylo ukradeno",
            "ne-au furat",
            "mi-au furat",
            "a fost furat*",
            "çalındı",
        ],
    ),
];

/// Words that deny the word right after them.
const NEGATORS: &[&str] = &[
    "no",
    "not",
    "without",
    "zero",
    "never",
    "kein",
    "keine",
    "keinen",
    "keinerlei",
    "ohne",
    "nicht",
    "pas",
    "sans",
    "aucun",
    "aucune",
    "sin",
    "ningún",
    "ninguna",
    "ni",
    "nessun",
    "nessuna",
    "senza",
    "non",
    "sem",
    "nenhum",
    "nenhuma",
    "não",
    "geen",
    "zonder",
    "niet",
    "inga",
    "ingen",
    "utan",
    "bez",
    "żadnych",
    "žádné",
    "žádní",
    "fără",
    "niciun",
    "nicio",
    "hiç",
];

/// A matcher of must-alert words.
#[derive(Clone, Debug)]
pub struct MustAlert {
    matcher: AhoCorasick,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    topic: Topic,
    open_end: bool,
}

/// One must-alert word found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The words as the guest wrote them.
    pub word: String,
    /// What they are about.
    pub topic: Topic,
}

impl Default for MustAlert {
    fn default() -> Self {
        MustAlert::new(&[], &[])
    }
}

impl MustAlert {
    /// The built-in words, with the owner's `added` and without those `removed`; a trailing `*` matches any ending.
    #[must_use]
    pub fn new(added: &[String], removed: &[String]) -> Self {
        let built_in = BUILT_IN.iter().flat_map(|(topic, words)| words.iter().map(|word| (*topic, (*word).to_owned())));
        let removed: Vec<String> = removed.iter().map(|word| word.trim().to_lowercase()).collect();
        let own = added.iter().map(|word| (Topic::Own, word.trim().to_lowercase()));
        let all: Vec<(Topic, String)> = built_in
            .chain(own)
            .filter(|(_, word)| !removed.contains(word) && !word.trim_end_matches('*').is_empty())
            .collect();
        let texts = all.iter().map(|(_, word)| word.trim_end_matches('*').to_owned());
        let matcher = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(texts)
            .expect("a few hundred short patterns fit");
        let patterns =
            all.iter().map(|(topic, word)| Pattern { topic: *topic, open_end: word.ends_with('*') }).collect();
        MustAlert { matcher, patterns }
    }

    /// The must-alert words in a text, in their order, each word once.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let lower = text.to_lowercase();
        let mut hits: Vec<Hit> = Vec::new();
        for found in self.matcher.find_overlapping_iter(&lower) {
            let pattern = &self.patterns[found.pattern().as_usize()];
            let starts = !lower[..found.start()].chars().next_back().is_some_and(char::is_alphanumeric);
            let end = found.end()
                + lower[found.end()..].find(|c: char| !c.is_alphanumeric()).unwrap_or(lower.len() - found.end());
            if !starts || (!pattern.open_end && end != found.end()) || denied(&lower[..found.start()]) {
                continue;
            }
            let word = lower[found.start()..end].to_owned();
            if !hits.iter().any(|hit| hit.word == word) {
                hits.push(Hit { word, topic: pattern.topic });
            }
        }
        hits
    }
}

fn denied(before: &str) -> bool {
    before
        .split(|c: char| !c.is_alphanumeric())
        .rfind(|word| !word.is_empty())
        .is_some_and(|word| NEGATORS.contains(&word) && !before.trim_end().ends_with(['.', '!', '?', ',', ';', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        MustAlert::default().find(text).into_iter().map(|hit| hit.word).collect()
    }

    #[test]
    fn burning_words_are_found_in_many_languages() {
        for (text, word) in [
            ("We had BED BUGS.", "bed bugs"),
            ("Im Bett waren Bettwanzen!", "bettwanzen"),
            ("Il y avait des punaises de lit", "punaises de lit"),
            ("Había cucarachas en el baño", "cucarachas"),
            ("Una intossicazione alimentare, grazie", "intossicazione alimentare"),
            ("Er lag een kakkerlak", "kakkerlak"),
            ("Personel ırkçıydı", "ırkçıydı"),
            ("In der Küche: Stromschlag", "stromschlag"),
        ] {
            assert_eq!(found(text), [word], "{text}");
        }
    }

    #[test]
    fn a_denied_word_does_not_alert() {
        for text in [
            "There were no bed bugs at all",
            "Keine Bettwanzen, alles sauber",
            "Sans punaises de lit",
            "sin cucarachas",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
        assert_eq!(found("Was it clean? No. Bed bugs!"), ["bed bugs"]);
    }

    #[test]
    fn a_word_inside_another_does_not_alert() {
        assert_eq!(found("We loved the Socrates room and the pirates"), [] as [&str; 0]);
    }

    #[test]
    fn the_owner_adds_and_removes_words() {
        let list = MustAlert::new(&["Sauna kaputt".into(), "schimmel*".into()], &["racist*".into()]);
        let words: Vec<String> =
            list.find("Sauna kaputt, Schimmelflecken, and a racist joke").into_iter().map(|hit| hit.word).collect();
        assert_eq!(words, ["sauna kaputt", "schimmelflecken"]);
    }

    #[test]
    fn an_empty_text_has_none() {
        assert_eq!(found(""), [] as [&str; 0]);
    }
}
