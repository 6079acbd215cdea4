//! `parse_user_agent`: which browser, operating system and device a user agent names.
//!
//! The rules are our own, for what is met often; names and versions follow the conventions of the uap-core project,
//! as Kusto's do.

use std::collections::HashMap;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{ParameterType::StringOrArray, parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};
use rules::{BROWSERS, DEVICES, OPERATING_SYSTEMS, Rules};

mod rules;

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_USER_AGENT];

const PARSE_USER_AGENT: Function = Function {
    name: "parse_user_agent",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells which browser, operating system and device a user agent names.",
        returns: "A property bag with a bag for each that is looked for: `Browser` (`Family`, `MajorVersion`, `MinorVersion`, `Patch`), `OperatingSystem` (those and `PatchMinor`), `Device` (`Family`, `Brand`, `Model`). A family that is not known is `Other`; all that the text does not tell is empty.",
        notes: "The rules know the agents that are met often; Kusto's know more.",
        page: "parse-user-agent-function",
    },
    overloads: &[overload!(
        [
            parameter("user_agent", ScalarType::String).describe("The user agent."),
            parameter_of("look_for", StringOrArray)
                .optional()
                .describe("`browser`, `os` or `device`, or an array of these; all of them unless given."),
        ] -> Dynamic,
        parse_user_agent
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print parse_user_agent('Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0', 'browser')",
            "{\"Browser\":{\"Family\":\"Firefox\",\"MajorVersion\":\"121\",\"MinorVersion\":\"0\",\"Patch\":\"\"}}",
        ),
        example(
            "print parse_user_agent('Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36', dynamic(['os'])).OperatingSystem.MajorVersion",
            "7",
        ),
    ],
};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Wanted {
    browser: bool,
    operating_system: bool,
    device: bool,
}

impl Wanted {
    const ALL: Wanted = Wanted { browser: true, operating_system: true, device: true };

    fn read(text: &str) -> Result<Wanted, KernelError> {
        let given = Dynamic::new(text);
        let mut wanted = Wanted { browser: false, operating_system: false, device: false };
        let mut add = |name: &str| {
            match name.to_ascii_lowercase().as_str() {
                "browser" => wanted.browser = true,
                "os" => wanted.operating_system = true,
                "device" => wanted.device = true,
                other => return Err(KernelError(format!("it looks for browser, os or device, not for `{other}`"))),
            }
            Ok(())
        };
        match given.kind() {
            Kind::Array => given.elements().try_for_each(|name| add(&name.as_str().unwrap_or_default()))?,
            _ => add(&given.as_str().unwrap_or_default())?,
        }
        Ok(wanted)
    }
}

fn parse_user_agent(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let agents = arguments.strings(0)?;
    let targets = if arguments.len() > 1 { Some(arguments.strings(1)?) } else { None };
    let constant = match &targets {
        Some(targets) => targets.constant().map(Wanted::read).transpose()?,
        None => Some(Wanted::ALL),
    };
    // Few agents make up most rows.
    let mut known: HashMap<(&str, Wanted), String> = HashMap::new();
    output::dynamics(arguments.rows(), |row, out| {
        let wanted = match (constant, &targets) {
            (Some(wanted), _) => wanted,
            (None, Some(targets)) => Wanted::read(targets.value(row))?,
            (None, None) => Wanted::ALL,
        };
        let agent = agents.value(row);
        out.push_str(known.entry((agent, wanted)).or_insert_with(|| describe(agent, wanted)));
        Ok(true)
    })
}

fn describe(agent: &str, wanted: Wanted) -> String {
    const VERSIONS: [&str; 4] = ["MajorVersion", "MinorVersion", "Patch", "PatchMinor"];
    let mut out = String::new();
    let mut bag = Builder::new(&mut out);
    let mut part = |name: &str, rules: &Rules, keys: &[&str]| {
        let found = rules.find(agent);
        bag.key(name);
        bag.begin_bag();
        bag.key("Family");
        bag.string(&found.family);
        for (at, key) in keys.iter().enumerate() {
            bag.key(key);
            bag.string(found.details.get(at).map_or("", String::as_str));
        }
        bag.end_bag();
    };
    if wanted.browser {
        part("Browser", &BROWSERS, &VERSIONS[..3]);
    }
    if wanted.operating_system {
        part("OperatingSystem", &OPERATING_SYSTEMS, &VERSIONS);
    }
    if wanted.device {
        part("Device", &DEVICES, &["Brand", "Model"]);
    }
    format!("{{{out}}}")
}

#[cfg(test)]
mod tests {
    use super::{Wanted, describe};

    /// Family and versions of the browser, of the operating system, and family, brand and model of the device.
    fn parts(agent: &str) -> String {
        let text = describe(agent, Wanted::ALL);
        let value = kql_types::dynamic::Dynamic::new(&text);
        let bags = value.members().map(|(_, bag)| {
            let parts: Vec<String> = bag
                .members()
                .map(|(_, part)| part.as_str().unwrap().into_owned())
                .filter(|part| !part.is_empty())
                .collect();
            parts.join(" ")
        });
        bags.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn common_agents_are_known() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.71 Safari/537.36 Edg/120.0.2210.61",
                "Edge 120 0 2210 | Windows 10 | Other",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
                "Safari 17 1 | Mac OS X 10 15 7 | Mac Apple Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Mobile/15E148 Safari/604.1",
                "Mobile Safari 16 5 | iOS 16 5 | iPhone Apple iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36",
                "Chrome Mobile 119 0 0 | Android 13 | Samsung SM-G991B Samsung SM-G991B",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.93 Safari/537.36",
                "Chrome 90 0 4430 | Linux | Other",
            ),
            ("Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko", "IE 11 0 | Windows 7 | Other"),
            ("curl/7.68.0", "curl 7 68 0 | Other | Other"),
            (
                "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
                "Googlebot 2 1 | Other | Spider Spider Desktop",
            ),
            ("", "Other | Other | Other"),
        ] {
            assert_eq!(parts(agent), expected, "{agent}");
        }
    }
}
