//! The rules: a regular expression, the family, and what else it tells.

use std::sync::LazyLock;

use regex::{Regex, RegexSet};

/// One rule. `$1` in a family or detail stands for what the expression's first group matched.
struct Rule {
    pattern: &'static str,
    family: &'static str,
    details: &'static [&'static str],
}

/// Stands in patterns for a version of up to four parts, each a group.
const VERSION: &str = r"(\d+)(?:[._](\d+))?(?:[._](\d+))?(?:[._](\d+))?";
/// Details that are those groups.
const PARTS: &[&str] = &["$1", "$2", "$3", "$4"];

const fn rule(pattern: &'static str, family: &'static str, details: &'static [&'static str]) -> Rule {
    Rule { pattern, family, details }
}

/// A family with the version that its pattern holds as `VERSION`.
const fn versioned(pattern: &'static str, family: &'static str) -> Rule {
    rule(pattern, family, PARTS)
}

/// Rules ready to be used: the first that matches counts.
pub struct Rules {
    rules: &'static [Rule],
    any: Option<RegexSet>,
    each: Vec<Option<Regex>>,
}

/// What a rule found.
pub struct Found {
    pub family: String,
    pub details: Vec<String>,
}

impl Rules {
    fn new(rules: &'static [Rule]) -> Rules {
        let patterns: Vec<String> = rules.iter().map(|rule| rule.pattern.replace("VERSION", VERSION)).collect();
        Rules {
            rules,
            any: RegexSet::new(&patterns).ok(),
            each: patterns.iter().map(|pattern| Regex::new(pattern).ok()).collect(),
        }
    }

    /// What the first rule that matches says; `Other` when none does.
    pub fn find(&self, agent: &str) -> Found {
        let first = self.any.as_ref().and_then(|any| any.matches(agent).iter().next());
        let found = first.and_then(|at| {
            let captures = self.each.get(at)?.as_ref()?.captures(agent)?;
            let rule = self.rules.get(at)?;
            let expand = |template: &str| {
                let mut text = String::new();
                captures.expand(template, &mut text);
                text
            };
            Some(Found { family: expand(rule.family), details: rule.details.iter().map(|part| expand(part)).collect() })
        });
        found.unwrap_or_else(|| Found { family: "Other".to_owned(), details: Vec::new() })
    }
}

/// Browsers, and programs that ask as browsers do.
pub static BROWSERS: LazyLock<Rules> = LazyLock::new(|| Rules::new(BROWSER_RULES));

static BROWSER_RULES: &[Rule] = &[
    versioned(r"(?i:googlebot)(?:/VERSION)?", "Googlebot"),
    versioned(r"(?i:bingbot)(?:/VERSION)?", "bingbot"),
    versioned(r"YandexBot(?:/VERSION)?", "YandexBot"),
    versioned(r"Baiduspider(?:/VERSION)?", "Baiduspider"),
    versioned(r"DuckDuckBot(?:/VERSION)?", "DuckDuckBot"),
    versioned(r"Applebot(?:/VERSION)?", "Applebot"),
    versioned(r"AhrefsBot(?:/VERSION)?", "AhrefsBot"),
    versioned(r"SemrushBot(?:/VERSION)?", "SemrushBot"),
    versioned(r"facebookexternalhit(?:/VERSION)?", "FacebookBot"),
    versioned(r"Twitterbot(?:/VERSION)?", "Twitterbot"),
    versioned(r"Slackbot(?:-LinkExpanding)?(?: VERSION)?", "Slackbot"),
    versioned(r"AdobeAIR/VERSION", "AdobeAIR"),
    versioned(r"Series60/VERSION.*Nokia", "Nokia OSS Browser"),
    versioned(r"Opera Mini/VERSION", "Opera Mini"),
    versioned(r"Opera/.*Opera Mobi.*Version/VERSION", "Opera Mobile"),
    versioned(r"Opera/.*Version/VERSION", "Opera"),
    versioned(r"Opera[/ ]VERSION", "Opera"),
    versioned(r"Mobile.*OPR/VERSION", "Opera Mobile"),
    versioned(r"OPR/VERSION", "Opera"),
    versioned(r"EdgA/VERSION", "Edge Mobile"),
    versioned(r"EdgiOS/VERSION", "Edge Mobile"),
    versioned(r"Windows Phone.*Edge/VERSION", "Edge Mobile"),
    versioned(r"Edge?/VERSION", "Edge"),
    versioned(r"YaBrowser/VERSION", "Yandex Browser"),
    versioned(r"Vivaldi/VERSION", "Vivaldi"),
    versioned(r"SamsungBrowser/VERSION", "Samsung Internet"),
    versioned(r"UCBrowser/VERSION", "UC Browser"),
    versioned(r"Whale/VERSION", "Whale"),
    versioned(r"DuckDuckGo/VERSION", "DuckDuckGo Mobile"),
    versioned(r"Brave(?: Chrome)?/VERSION", "Brave"),
    versioned(r"Electron/VERSION", "Electron"),
    versioned(r"HeadlessChrome(?:/VERSION)?", "HeadlessChrome"),
    versioned(r"Chromium/VERSION", "Chromium"),
    versioned(r"GSA/VERSION", "Google"),
    versioned(r"CriOS/VERSION", "Chrome Mobile iOS"),
    versioned(r"FxiOS/VERSION", "Firefox iOS"),
    versioned(r"; wv\).*Chrome/VERSION", "Chrome Mobile WebView"),
    versioned(r"Chrome/VERSION Mobile", "Chrome Mobile"),
    versioned(r"Chrome/VERSION", "Chrome"),
    versioned(r"Thunderbird/VERSION", "Thunderbird"),
    versioned(r"SeaMonkey/VERSION", "SeaMonkey"),
    versioned(r"(?:Mobile|Tablet);.*Firefox/VERSION", "Firefox Mobile"),
    versioned(r"Firefox/VERSION", "Firefox"),
    versioned(r"IEMobile[ /]VERSION", "IE Mobile"),
    versioned(r"Trident/7.*rv:VERSION", "IE"),
    versioned(r"MSIE VERSION", "IE"),
    versioned(r"Android[ -]VERSION.*Version/.*Safari", "Android"),
    versioned(r"(?:iPhone|iPad|iPod).*Version/VERSION.*Safari", "Mobile Safari"),
    versioned(r"(?:iPhone|iPad|iPod).* OS VERSION.*AppleWebKit", "Mobile Safari UI/WKWebView"),
    versioned(r"Version/VERSION.*Safari/", "Safari"),
    versioned(r"AppleMail/VERSION", "Apple Mail"),
    versioned(r"Microsoft Outlook VERSION", "Outlook"),
    versioned(r"WindowsPowerShell/VERSION", "PowerShell"),
    versioned(r"^curl/VERSION", "curl"),
    versioned(r"^[Ww]get/VERSION", "Wget"),
    versioned(r"python-requests/VERSION", "Python Requests"),
    versioned(r"Python-urllib/VERSION", "Python-urllib"),
    versioned(r"aiohttp/VERSION", "aiohttp"),
    versioned(r"Go-http-client/VERSION", "Go-http-client"),
    versioned(r"okhttp/VERSION", "okhttp"),
    versioned(r"Apache-HttpClient/VERSION", "Apache-HttpClient"),
    versioned(r"PostmanRuntime/VERSION", "PostmanRuntime"),
    versioned(r"axios/VERSION", "axios"),
    versioned(r"libwww-perl/VERSION", "libwww-perl"),
    versioned(r"^Java/VERSION", "Java"),
];

/// Operating systems.
pub static OPERATING_SYSTEMS: LazyLock<Rules> = LazyLock::new(|| Rules::new(OPERATING_SYSTEM_RULES));

static OPERATING_SYSTEM_RULES: &[Rule] = &[
    versioned(r"SymbianOS/VERSION", "Symbian OS"),
    versioned(r"Windows Phone(?: OS)?[ /]VERSION", "Windows Phone"),
    rule(r"Windows NT 10", "Windows", &["10"]),
    rule(r"Windows NT 6\.[34]", "Windows", &["8", "1"]),
    rule(r"Windows NT 6\.2", "Windows", &["8"]),
    rule(r"Windows NT 6\.1", "Windows", &["7"]),
    rule(r"Windows NT 6\.0", "Windows", &["Vista"]),
    rule(r"Windows (?:NT 5\.[12]|XP)", "Windows", &["XP"]),
    rule(r"Windows (?:NT 5\.0|2000)", "Windows", &["2000"]),
    rule(r"Windows", "Windows", &[]),
    versioned(r"Tizen[ /]VERSION", "Tizen"),
    versioned(r"Android[ -/]VERSION", "Android"),
    rule(r"Android", "Android", &[]),
    versioned(r"(?:iPhone|iPad|iPod).* OS VERSION", "iOS"),
    rule(r"iPhone|iPad|iPod", "iOS", &[]),
    versioned(r"Mac OS X VERSION", "Mac OS X"),
    rule(r"Mac OS X|Macintosh", "Mac OS X", &[]),
    versioned(r"CrOS \S+ VERSION", "Chrome OS"),
    versioned(r"Ubuntu(?:[/ ]VERSION)?", "Ubuntu"),
    versioned(r"Fedora(?:[/ ]VERSION)?", "Fedora"),
    versioned(r"FreeBSD(?: VERSION)?", "FreeBSD"),
    rule(r"Linux", "Linux", &[]),
];

/// Devices; the details are the brand and the model.
pub static DEVICES: LazyLock<Rules> = LazyLock::new(|| Rules::new(DEVICE_RULES));

static DEVICE_RULES: &[Rule] = &[
    rule(r"(?i)bot\b|spider|crawl|facebookexternalhit", "Spider", &["Spider", "Desktop"]),
    rule(r"(Nokia) ?([A-Za-z]*\d+[A-Za-z]?)((?:-\d+)?)", "$1 $2", &["$1", "$2$3"]),
    rule(r"(iPhone|iPad|iPod)", "$1", &["Apple", "$1"]),
    rule(r"Macintosh|Mac OS X", "Mac", &["Apple", "Mac"]),
    rule(r"; ?((?:SM|GT|SGH|SCH|SPH)-[A-Za-z0-9]+)", "Samsung $1", &["Samsung", "$1"]),
    rule(r"; ?(Pixel[^;()/]*?)(?: Build|[;)])", "$1", &["Google", "$1"]),
    rule(r"; ?(Nexus [^;()/]*?)(?: Build|[;)])", "$1", &["Google", "$1"]),
    rule(r"; ?(?:HUAWEI |Huawei )([^;()/]*?)(?: Build|[;)])", "Huawei $1", &["Huawei", "$1"]),
    rule(r"Android[^;()]*; ?([^;()/]+?)(?: Build/|[;)])", "$1", &["Generic_Android", "$1"]),
];
