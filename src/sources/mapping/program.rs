//! One jq program of the owner's: compiled once, run on values, and kept from looping.
//!
//! It cannot define functions, recurse freely, assign, read the environment or stop the process. So its work is bounded by the
//! document's size; the deadline for what is merely slow is the mapping's.

use jaq_core::{
    Compiler, Ctx, Cv, DataT, Filter, ValXs, Vars,
    data::JustLut,
    load::{Arena, File, Loader, lex::StrPart, parse::BinaryOp, parse::Term},
    native::{self, bome, v},
    path::Part,
    unwrap_valr,
};
use jaq_json::{Val, read};

use crate::config::SettingsError;

/// The longest program; a parser of programs recurses.
const PROGRAM_BYTES_MAX: usize = 2_000;
/// The deepest nesting of a document, and of JSON inside a string of it.
pub(super) const DEPTH_MAX: usize = 128;

/// Filters that may never end, that reach outside, or that are of no use in reading.
const FORBIDDEN: &[&str] = &[
    "combinations",
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "input",
    "inputs",
    "range",
    "recurse",
    "repeat",
    "stderr",
    "stderr_empty",
    "until",
    "walk",
    "while",
];

type Data = JustLut<Val>;

/// A compiled program.
pub(super) struct Program(Filter<Data>);

impl Program {
    /// Compiles a program; `key` is the setting that it stands in.
    ///
    /// # Errors
    /// If it is no jq, or uses what a mapping may not use.
    pub(super) fn compile(key: &str, code: &str) -> Result<Self, SettingsError> {
        let refuse = |why: String| SettingsError::key(key, format!("`{key}` is no jq program that can be used: {why}"));
        if code.len() > PROGRAM_BYTES_MAX {
            return Err(refuse(format!("it is longer than {PROGRAM_BYTES_MAX} bytes")));
        }
        if let Some(term) = jaq_core::load::parse(code, |parser| parser.term()) {
            forbidden(&term).map_or(Ok(()), |what| Err(refuse(format!("a mapping may not use `{what}`"))))?;
        }
        let definitions = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
        let functions = jaq_core::funs::<Data>()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs())
            .filter(|(name, _, _)| *name != "fromjson")
            .chain([native::run::<Data>(("fromjson", v(0), from_json))]);
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code, path: () })
            .map_err(|errors| refuse(errors.first().map_or_else(String::new, |(_, error)| loading(error))))?;
        let filter = Compiler::default().with_funs(functions).compile(modules).map_err(|errors| {
            let first = errors.first().and_then(|(_, errors)| errors.first());
            refuse(first.map_or_else(String::new, |(name, what)| format!("there is no {} `{name}`", what.as_str())))
        })?;
        Ok(Program(filter))
    }

    /// Its outputs for one value, at most `outputs_max`; errors carry no message, because jq puts values into them.
    pub(super) fn run(&self, input: Val, outputs_max: usize) -> impl Iterator<Item = Result<Val, ()>> {
        let ctx = Ctx::<Data>::new(&self.0.lut, Vars::new([]));
        self.0.id.run((ctx, input)).map(|output| unwrap_valr(output).map_err(drop)).take(outputs_max)
    }
}

/// `fromjson` with a limit of depth: the original recurses as deep as a string says.
fn from_json<'a>(cv: Cv<'a, Data>) -> ValXs<'a, <Data as DataT>::V<'a>> {
    let fail = || jaq_core::Error::str("this text is no JSON");
    bome(match &cv.1 {
        Val::TStr(text) if depth(text) <= DEPTH_MAX => read::parse_single(text).map_err(|_| fail()),
        _ => Err(fail()),
    })
}

/// How deep the brackets of a JSON text nest.
pub(super) fn depth(text: &[u8]) -> usize {
    let (mut deepest, mut depth, mut in_string, mut escaped) = (0, 0_usize, false, false);
    for byte in text {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn loading(error: &jaq_core::load::Error<&str>) -> String {
    let found = |found: &str| match found.lines().next().map(str::trim) {
        None | Some("") => "the end".to_owned(),
        Some(found) => format!("`{}`", crate::text::truncate(found, 40)),
    };
    match error {
        jaq_core::load::Error::Io(_) => "it imports a file".to_owned(),
        jaq_core::load::Error::Lex(errors) => errors
            .first()
            .map_or_else(String::new, |(expected, at)| format!("expected {} at {}", expected.as_str(), found(at))),
        jaq_core::load::Error::Parse(errors) => errors
            .first()
            .map_or_else(String::new, |(expected, at)| format!("expected {} at {}", expected.as_str(), found(at))),
    }
}

/// The first thing in a program that a mapping may not use.
fn forbidden<'s>(term: &Term<&'s str>) -> Option<&'s str> {
    match term {
        Term::Id | Term::Recurse | Term::Num(_) | Term::Var(_) | Term::Break(_) | Term::Arr(None) => None,
        Term::Def(..) => Some("def"),
        Term::Call(name, arguments) => FORBIDDEN.contains(name).then_some(*name).or_else(|| any(arguments)),
        Term::Str(_, parts) => parts.iter().find_map(|part| match part {
            StrPart::Term(term) => forbidden(term),
            StrPart::Str(_) | StrPart::Char(_) => None,
        }),
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => forbidden(term),
        Term::Obj(pairs) => {
            pairs.iter().find_map(|(key, value)| forbidden(key).or_else(|| value.as_ref().and_then(forbidden)))
        }
        Term::BinOp(_, BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt, _) => {
            Some("=")
        }
        Term::BinOp(left, _, right) => forbidden(left).or_else(|| forbidden(right)),
        Term::Fold(_, source, _, arguments) => forbidden(source).or_else(|| any(arguments)),
        Term::TryCatch(tried, caught) => forbidden(tried).or_else(|| caught.as_deref().and_then(forbidden)),
        Term::IfThenElse(branches, otherwise) => branches
            .iter()
            .find_map(|(condition, then)| forbidden(condition).or_else(|| forbidden(then)))
            .or_else(|| otherwise.as_deref().and_then(forbidden)),
        Term::Path(head, path) => forbidden(head).or_else(|| {
            path.0.iter().find_map(|(part, _)| match part {
                Part::Index(term) => forbidden(term),
                Part::Range(from, to) => from.iter().chain(to).find_map(forbidden),
            })
        }),
    }
}

fn any<'s>(terms: &[Term<&'s str>]) -> Option<&'s str> {
    terms.iter().find_map(forbidden)
}
