//! What may be written in several ways.

use super::{GOOD, World};

#[test]
fn the_good_one_is_good() {
    let loaded = World::new(GOOD).good();
    println!("{loaded:#?}");
}
