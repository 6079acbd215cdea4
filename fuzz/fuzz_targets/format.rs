//! Formatting twice is formatting once, and the tree stays what it was.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(once) = kql_syntax::format(text) else { return };
    assert_eq!(kql_syntax::format(&once).as_ref(), Ok(&once));
    let tree = |text: &str| kql_syntax::tree_text(&kql_syntax::parse(text).query);
    assert_eq!(tree(text), tree(&once));
});
