//! The learned model and what it was learned from belong together: the manifest holds the checksums of both.

use sha2::{Digest, Sha256};

const MANIFEST: &str = include_str!("../../training/MANIFEST.tsv");

#[test]
fn the_model_is_the_one_that_these_lexicons_and_sentences_gave() {
    let mut checked = 0;
    for line in MANIFEST.lines().skip(1) {
        let [role, _, expected, file] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if role == "set" {
            continue;
        }
        let bytes = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let found: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, expected, "{file} changed: run the training again, see training/README.md");
        checked += 1;
    }
    assert!(checked > 30, "{checked}");
}

#[test]
fn every_lexicon_and_every_list_of_sentences_is_in_the_manifest() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src/judge/lexicons", "training/sentences"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let name = format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap());
            assert!(MANIFEST.lines().any(|line| line.ends_with(&format!("\t{name}"))), "{name}");
        }
    }
}

#[test]
fn nothing_is_learned_from_a_set_whose_licence_forbids_it() {
    let allowed = [
        "mams_en",
        "opener_",
        "sentihood_en",
        "uci_",
        "multibooked_",
        "nsmc_ko",
        "wisesight_th",
        "tweeteval_en",
        "umsab_",
    ];
    for line in MANIFEST.lines().filter(|line| line.starts_with("set\t")) {
        let name = line.rsplit('/').next().unwrap();
        let share_alike =
            line.starts_with("set\tshare-alike") && ["hoasa_id", "smsa_id"].iter().any(|set| name.starts_with(set));
        assert!(share_alike || allowed.iter().any(|set| name.starts_with(set)), "{line}");
    }
}
