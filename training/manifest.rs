//! The checksums of everything that goes in and comes out.

use std::{error::Error, fmt::Write, fs, path::Path};

use amends::judge::language::Language;
use sha2::{Digest, Sha256};

use crate::data::{Licence, SETS};

/// One line for each file: role, licence, SHA-256, name.
///
/// # Errors
/// If a file cannot be read.
pub fn list(root: &Path, data: &Path) -> Result<String, Box<dyn Error>> {
    let mut list = String::from("role\tlicence\tsha256\tfile\n");
    for (name, _, _, licence) in SETS {
        let licence = match licence {
            Licence::Attribution => "attribution",
            Licence::ShareAlike => "share-alike",
        };
        line(&mut list, ("set", licence), data, &format!("train/{name}.jsonl.gz"))?;
    }
    line(&mut list, ("input", "own"), root, "src/judge/lexicons/emoji.txt")?;
    for language in Language::ALL.iter().filter(|language| language.lexicon_bytes() > 0) {
        line(&mut list, ("input", "own"), root, &format!("src/judge/lexicons/{}.txt", language.code()))?;
        let sentences = format!("training/sentences/{}.tsv", language.code());
        if root.join(&sentences).exists() {
            line(&mut list, ("input", "own"), root, &sentences)?;
        }
    }
    for (file, licence) in
        [("parameters.json", "attribution"), ("weights.bin", "attribution"), ("weights-sa.bin", "share-alike")]
    {
        line(&mut list, ("model", licence), root, &format!("src/judge/model/{file}"))?;
    }
    Ok(list)
}

fn line(list: &mut String, (role, licence): (&str, &str), dir: &Path, file: &str) -> Result<(), Box<dyn Error>> {
    let hash = Sha256::digest(fs::read(dir.join(file))?);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(list, "{role}\t{licence}\t{hash}\t{file}")?;
    Ok(())
}
