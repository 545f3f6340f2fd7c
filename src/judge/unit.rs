//! A text cut into the units that words, grams and languages are found in: words, single glyphs of scripts without spaces, emoji, marks.
//!
//! One pass, linear in the text. What a unit means is decided elsewhere.

use icu_normalizer::DecomposingNormalizerBorrowed;

/// The most bytes of a text that are judged; the rest says nothing new about the guest and costs time.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// How many letters of a word make its head.
pub const HEAD_CHARS: usize = 3;
/// The most letters of one word that are looked at: longer ones are no words.
const WORD_CHARS_MAX: usize = 48;

/// What kind of unit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word of a script with spaces.
    Word,
    /// One character of Han, kana or Thai, which have none.
    Glyph,
    /// An emoji or another pictograph.
    Emoji,
    /// A number.
    Number,
    /// `@somebody`, `#something` or an address, as posts have them.
    Handle,
    /// A comma, semicolon, colon, bracket or dash.
    Pause,
    /// The end of a sentence.
    End,
    /// An exclamation mark, which also ends a sentence.
    Shout,
    /// A question mark, which also ends a sentence.
    Ask,
}

/// How many kinds there are.
const KINDS: usize = Kind::Ask as usize + 1;

/// One unit of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// What it is.
    pub kind: Kind,
    /// Where it begins in the text, in bytes.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The hash of its folded form.
    pub hash: u64,
    /// The hash of its lower-case form with its accents.
    pub lower: u64,
    /// The hash of the first [`HEAD_CHARS`] letters of its folded form, if it has so many.
    pub head: Option<u64>,
    folded_start: u32,
    folded_end: u32,
    /// Whether all of its letters are capitals, and it has several.
    pub capitals: bool,
    /// Whether its folded form begins with an ASCII character: a word that does is written without anything before it.
    pub is_plain: bool,
}

/// A text's units in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// The units.
    pub list: Vec<Unit>,
    folded: String,
    /// How many there are of each kind.
    counts: [u32; KINDS],
}

impl Units {
    /// Cuts at most [`TEXT_BYTES_MAX`] bytes of a text into units.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Cutter::new(up_to(text, TEXT_BYTES_MAX)).cut()
    }

    /// The folded form of a unit: lower case, without accents, long repetitions shortened.
    #[must_use]
    #[inline]
    pub fn folded(&self, unit: &Unit) -> &str {
        &self.folded[unit.folded_start as usize..unit.folded_end as usize]
    }

    /// How many units are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.counts[kind as usize] as usize
    }

    #[inline]
    fn push(&mut self, unit: Unit) {
        self.counts[unit.kind as usize] += 1;
        self.list.push(unit);
    }

    /// The sentences as ranges of units; each holds at least one unit.
    #[must_use]
    pub fn sentences(&self) -> Vec<std::ops::Range<usize>> {
        let mut found = Vec::new();
        let (mut begin, mut ended) = (0, false);
        for (at, unit) in self.list.iter().enumerate() {
            let next = self.list.get(at + 1).map(|next| next.kind);
            match unit.kind {
                Kind::End | Kind::Shout | Kind::Ask => ended = true,
                Kind::Emoji => {}
                _ => ended = false,
            }
            if ended && !matches!(next, Some(Kind::End | Kind::Shout | Kind::Ask | Kind::Emoji)) {
                found.push(begin..at + 1);
                (begin, ended) = (at + 1, false);
            }
        }
        if begin < self.list.len() {
            found.push(begin..self.list.len());
        }
        found
    }
}

/// The beginning of a text, at most `bytes_max` bytes, whole characters.
fn up_to(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max.min(text.len()))]
}

/// The hash of a folded word: FNV-1a, 64 bits, as the lexicons and the model use it.
#[must_use]
pub fn hash(folded: &str) -> u64 {
    folded.bytes().fold(HASH_SEED, hash_byte)
}

/// The hash of the first [`HEAD_CHARS`] letters of a folded word, if it has so many.
#[must_use]
pub fn head(folded: &str) -> Option<u64> {
    let (last, c) = folded.char_indices().nth(HEAD_CHARS - 1)?;
    Some(hash(&folded[..last + c.len_utf8()]))
}

/// Where [`hash`] begins.
pub const HASH_SEED: u64 = 0xcbf2_9ce4_8422_2325;

/// Adds a byte to a [`hash`].
#[must_use]
pub fn hash_byte(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

/// ASCII letters in lower case and digits by their bytes; 0 for everything else.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

/// Whether a character belongs to a script that sets no spaces between words.
fn is_glyph(c: char) -> bool {
    // Most characters are below all of these.
    c >= '\u{0E00}'
        && matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFF}' | '々')
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1F000}'..='\u{1FAFF}' | '\u{2600}'..='\u{27BF}' | '\u{2B50}' | '\u{2B55}')
}

/// What joins or colours emoji and letters without being a letter of its own.
fn is_mark(c: char) -> bool {
    c >= '\u{0300}'
        && matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05C7}' | '\u{0610}'..='\u{061A}'
        | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06ED}' | '\u{0640}' | '\u{200C}' | '\u{200D}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{20D0}'..='\u{20FF}')
}

/// Vowel signs and the like, which are part of a word in the scripts of India.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0903}' | '\u{093A}'..='\u{094F}' | '\u{0951}'..='\u{0957}' | '\u{0962}'..='\u{0963}')
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_sign(c)
}

struct Cutter<'a> {
    text: &'a str,
    units: Units,
    lower: String,
}

impl<'a> Cutter<'a> {
    fn new(text: &'a str) -> Self {
        let mut units = Units::default();
        units.list.reserve(text.len() / 4);
        units.folded.reserve(text.len());
        Cutter { text, units, lower: String::new() }
    }

    fn cut(mut self) -> Units {
        let mut at = 0;
        while at < self.text.len() {
            at = match self.plain(at) {
                Some(end) => end,
                None => self.any(at),
            };
        }
        self.units
    }

    /// Reads what is most common, a space or a word of ASCII letters, in one pass: what [`Cutter::any`] would make of it. None where it
    /// may be anything else.
    fn plain(&mut self, at: usize) -> Option<usize> {
        let rest = &self.text.as_bytes()[at..];
        let first = *rest.first()?;
        match first {
            b' ' => return Some(at + 1),
            b'.' | b',' if rest.get(1) == Some(&b' ') => {
                self.mark(if first == b'.' { Kind::End } else { Kind::Pause }, at, at + 1);
                return Some(at + 1);
            }
            _ => {}
        }
        let (mut length, mut hash, mut last) = (0, HASH_SEED, 0);
        let (mut has_capitals, mut has_doubles) = (false, false);
        for byte in rest.iter().take(WORD_CHARS_MAX + 1) {
            let lower = PLAIN[usize::from(*byte)];
            if lower == 0 {
                break;
            }
            hash = hash_byte(hash, lower);
            length += 1;
            has_capitals |= lower != *byte;
            has_doubles |= lower == last;
            last = lower;
        }
        let goes_on = match rest.get(length) {
            Some(b'\'' | b'`') => true,
            // "http://", "www.".
            Some(b':' | b'.') => matches!(first, b'h' | b'H' | b'w' | b'W'),
            Some(next) => !next.is_ascii(),
            None => false,
        };
        if goes_on || length == 0 || length > WORD_CHARS_MAX {
            return None;
        }
        let end = at + length;
        let folded_start = self.units.folded.len();
        self.units.folded.push_str(&self.text[at..end]);
        if has_capitals {
            self.units.folded[folded_start..].make_ascii_lowercase();
        }
        let folded = &self.units.folded[folded_start..];
        // Long repetitions are shortened.
        if has_doubles && folded.as_bytes().windows(3).any(|three| three[0] == three[1] && three[1] == three[2]) {
            self.units.folded.truncate(folded_start);
            return None;
        }
        let head = (length >= HEAD_CHARS).then(|| self::hash(&folded[..HEAD_CHARS]));
        let is_number = first.is_ascii_digit() && folded.bytes().all(|byte| byte.is_ascii_digit());
        let capitals = has_capitals && length > 2 && self.text[at..end].bytes().all(|byte| byte.is_ascii_uppercase());
        self.units.push(Unit {
            kind: if is_number { Kind::Number } else { Kind::Word },
            start: small(at),
            end: small(end),
            hash,
            lower: hash,
            head,
            folded_start: small(folded_start),
            folded_end: small(self.units.folded.len()),
            capitals,
            is_plain: true,
        });
        Some(end)
    }

    /// Reads the unit that begins here, or what stands between units; returns where it ends.
    fn any(&mut self, at: usize) -> usize {
        let Some(c) = self.text[at..].chars().next() else { return self.text.len() };
        if c.is_whitespace() || is_mark(c) {
            if c == '\n' {
                self.mark(Kind::End, at, at + 1);
            }
            at + c.len_utf8()
        } else if let Some(end) = self.handle(at, c) {
            self.mark(Kind::Handle, at, end);
            end
        } else if is_emoji(c) {
            self.letters(Kind::Emoji, at, at + c.len_utf8())
        } else if is_glyph(c) {
            self.letters(Kind::Glyph, at, at + c.len_utf8())
        } else if is_letter(c) {
            self.word(at)
        } else {
            self.sign(at, c)
        }
    }

    /// The end of a `@handle`, `#tag` or address that begins here.
    fn handle(&self, at: usize, c: char) -> Option<usize> {
        let rest = &self.text[at..];
        let token = || rest.find(char::is_whitespace).map_or(self.text.len(), |end| at + end);
        let named = |skip: usize| rest[skip..].chars().next().is_some_and(char::is_alphanumeric);
        match c {
            '@' if named(1) => Some(token()),
            'h' | 'H' | 'w' | 'W' => {
                let begins = |with: &str| {
                    let head = rest.as_bytes().get(..with.len());
                    head.is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
                };
                ["http://", "https://", "www."].into_iter().any(begins).then(token)
            }
            _ => None,
        }
    }

    fn word(&mut self, at: usize) -> usize {
        let mut end = at;
        let mut chars = self.text[at..].char_indices().peekable();
        let mut letters = 0;
        while let Some((offset, c)) = chars.next() {
            let inner = matches!(c, '\'' | '’' | '`' | '´')
                && chars.peek().is_some_and(|(_, next)| next.is_alphabetic())
                && offset > 0;
            if is_mark(c) || inner {
                continue;
            }
            if !is_letter(c) || is_glyph(c) || letters == WORD_CHARS_MAX {
                break;
            }
            letters += 1;
            end = at + offset + c.len_utf8();
        }
        let digits = self.text[at..end].chars().all(char::is_numeric);
        self.letters(if digits { Kind::Number } else { Kind::Word }, at, end)
    }

    fn letters(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        let raw = &self.text[start..end];
        let folded_start = self.units.folded.len();
        self.lower.clear();
        self.lower.extend(raw.chars().flat_map(char::to_lowercase));
        fold_into(&self.lower, &mut self.units.folded);
        let folded = &self.units.folded[folded_start..];
        let capitals = kind == Kind::Word
            && raw.len() > 2
            && raw.chars().all(|c| !c.is_lowercase() && !c.is_numeric())
            && raw.chars().any(char::is_uppercase);
        let unit = Unit {
            kind,
            start: small(start),
            end: small(end),
            hash: hash(folded),
            lower: hash(&self.lower),
            head: head(folded),
            folded_start: small(folded_start),
            folded_end: small(self.units.folded.len()),
            capitals,
            is_plain: folded.as_bytes().first().is_some_and(u8::is_ascii),
        };
        self.units.push(unit);
        end
    }

    fn sign(&mut self, at: usize, c: char) -> usize {
        let end = at + c.len_utf8();
        let kind = match c {
            '!' | '！' | '¡' => Kind::Shout,
            '?' | '？' | '¿' | '؟' | '\u{037E}' => Kind::Ask,
            '#' => Kind::Handle,
            '.' | '…' | '。' | '।' | '॥' | '．' | '۔' | '‥' => {
                let between_digits = self.text[..at].ends_with(|c: char| c.is_ascii_digit())
                    && self.text[end..].starts_with(|c: char| c.is_ascii_digit());
                if between_digits { Kind::Pause } else { Kind::End }
            }
            ',' | ';' | ':' | '(' | ')' | '[' | ']' | '–' | '—' | '-' | '/' | '、' | '，' | '；' | '：' | '（'
            | '）' | '،' | '؛' | '"' | '“' | '”' | '„' | '«' | '»' | '「' | '」' | '『' | '』' | '~' | '～' | '|'
            | '+' => Kind::Pause,
            _ => return end,
        };
        let opens = matches!(c, '¡' | '¿');
        if !opens {
            self.mark(kind, at, end);
        }
        end
    }

    fn mark(&mut self, kind: Kind, start: usize, end: usize) {
        let at = small(self.units.folded.len());
        let (start, end) = (small(start), small(end));
        self.units.push(Unit {
            kind,
            start,
            end,
            hash: kind as u64,
            lower: 0,
            head: None,
            folded_start: at,
            folded_end: at,
            capitals: false,
            is_plain: false,
        });
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).expect("a text is cut to TEXT_BYTES_MAX, and folding lengthens a character by a few bytes at most")
}

/// Folds a lower-case word into the form that lexicons and model use, at the end of `out`.
fn fold_into(lower: &str, out: &mut String) {
    let mut plain = String::with_capacity(lower.len());
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    for c in lower.chars() {
        match c {
            '’' | '`' | '´' | '\'' => plain.push('\''),
            'ß' => plain.push_str("ss"),
            // German tells *schön*, beautiful, and *schon*, already, by it.
            'ö' => plain.push('ö'),
            'ø' => plain.push('ö'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            'ı' => plain.push('i'),
            'ς' => plain.push('σ'),
            'أ' | 'إ' | 'آ' | 'ٱ' => plain.push('ا'),
            'ى' | 'ئ' | 'ی' => plain.push('ي'),
            'ة' => plain.push('ه'),
            'ؤ' => plain.push('و'),
            'ک' => plain.push('ك'),
            c if is_mark(c) => {}
            '\u{00C0}'..='\u{024F}'
            | '\u{0370}'..='\u{04FF}'
            | '\u{1E00}'..='\u{1E9F}'
            | '\u{1F00}'..='\u{1FFF}'
            | '\u{FF00}'..='\u{FFEF}'
            | '\u{1D400}'..='\u{1D7FF}'
                if c != 'ơ' && c != 'ư' =>
            {
                let decomposed = nfkd.normalize_iter(std::iter::once(c));
                plain.extend(decomposed.filter(|part| !is_mark(*part)).flat_map(char::to_lowercase));
            }
            c => plain.push(c),
        }
    }
    shorten(&plain, out);
}

/// Copies a word, with at most two of the same letter in a row: "sooooo" is "soo".
fn shorten(word: &str, out: &mut String) {
    let (mut last, mut run) = (None, 0);
    for c in word.chars() {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        if run <= 2 {
            out.push(c);
        }
    }
}

#[cfg(test)]
#[path = "unit_tests.rs"]
mod tests;
