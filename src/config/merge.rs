//! Puts several files together: sections are joined, lists of sections are put one behind the other, and nothing may be set twice.
//!
//! It knows none of our keys.

use super::{
    finding::{Finding, Findings},
    tree::{Entry, Node, Table, Value},
};

/// Adds the keys of a later file to those of the earlier ones.
pub(super) fn merge(into: &mut Table, from: Table, findings: &mut Findings) {
    for entry in from.entries {
        match into.get_mut(&entry.key) {
            Some(known) => join(known, entry, findings),
            None => into.entries.push(entry),
        }
    }
}

fn join(known: &mut Entry, later: Entry, findings: &mut Findings) {
    let sections = is_sections(&later.node);
    match (&mut known.node.value, later.node.value) {
        (Value::Table(into), Value::Table(from)) => merge(into, from, findings),
        (Value::List(into), Value::List(from)) if sections => into.extend(from),
        _ => {
            // Neither value is needed to see the problem, and either may be a secret.
            findings.mask(known.node.spot);
            findings.mask(later.node.spot);
            let message = format!("`{}` is set twice, in two files", later.key);
            let finding = Finding::error(later.key_spot, message, "the second").also(known.key_spot, "the first is in");
            findings.push(finding.help("keep one of them".to_owned()));
        }
    }
}

/// Whether it is a list of `[[sections]]`, or of nothing.
fn is_sections(node: &Node) -> bool {
    matches!(&node.value, Value::List(nodes) if nodes.iter().all(|node| node.as_table().is_some()))
}
