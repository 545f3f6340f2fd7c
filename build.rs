//! Packs the judge's lexicons: each is deflated by itself, because the program reads one when a text in its language comes; what alerts in
//! any of them is put together as it stands, because the program looks for that in every text from its start on.

use std::{
    env, fs,
    io::{Error, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::DeflateEncoder};

const LEXICONS: &str = "src/judge/lexicons";

fn main() -> Result<(), Error> {
    println!("cargo::rerun-if-changed={LEXICONS}");
    let packed = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    let mut files: Vec<PathBuf> = fs::read_dir(LEXICONS)?.map(|file| Ok(file?.path())).collect::<Result<_, Error>>()?;
    files.sort();
    let mut alerts = String::new();
    for file in files {
        let text = fs::read_to_string(&file)?;
        let name = Path::new(file.file_name().expect("it was listed")).with_extension("deflate");
        let mut encoder = DeflateEncoder::new(fs::File::create(packed.join(name))?, Compression::best());
        encoder.write_all(text.as_bytes())?;
        encoder.finish()?;
        let mut alerting = false;
        for line in text.lines().map(str::trim) {
            alerting = if line.starts_with('[') { line.starts_with("[alert ") } else { alerting };
            if alerting {
                alerts.push_str(line);
                alerts.push('\n');
            }
        }
    }
    fs::write(packed.join("alerts.txt"), alerts)
}
