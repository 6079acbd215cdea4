//! The plugins that `evaluate` calls, in families.

mod activity;
mod cardinality;
mod lookup;
mod patterns;
mod rolling;
mod sequences;
mod service;
mod shape;

use crate::Documentation;
use crate::plugin::Plugin;

/// The families of this folder.
static FAMILIES: &[&[Plugin]] = &[
    activity::PLUGINS,
    cardinality::PLUGINS,
    lookup::PLUGINS,
    patterns::PLUGINS,
    rolling::PLUGINS,
    sequences::PLUGINS,
    shape::PLUGINS,
    service::PLUGINS,
];

/// Every plugin.
pub fn all_plugins() -> impl Iterator<Item = &'static Plugin> {
    FAMILIES.iter().copied().flatten()
}

/// The plugin of a name.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    all_plugins().find(|plugin| plugin.name == name)
}

/// The documentation of a plugin, short.
const fn documentation(
    summary: &'static str,
    returns: &'static str,
    notes: &'static str,
    page: &'static str,
) -> Documentation {
    Documentation { summary, returns, notes, page }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::all_plugins;
    use crate::plugin::PluginKernel;

    #[test]
    fn plugins_have_one_home_and_examples() {
        let mut names = HashSet::new();
        for plugin in all_plugins() {
            assert!(names.insert(plugin.name), "{} is there twice", plugin.name);
            let runs = !matches!(plugin.kernel, PluginKernel::Unavailable(_));
            assert_eq!(runs, !plugin.examples.is_empty(), "{}", plugin.name);
        }
    }
}
