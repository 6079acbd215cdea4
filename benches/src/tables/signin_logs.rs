//! SigninLogs: sign-ins with their places, devices and policies as dynamic values.

use super::{address, display_name, time_of, user_name};
use crate::random::{Random, guid_of};
use crate::row::Row;

const APPS: [&str; 12] = [
    "Office 365 Exchange Online",
    "Microsoft Teams",
    "Azure Portal",
    "Microsoft Azure CLI",
    "SharePoint Online",
    "Salesforce",
    "ServiceNow",
    "Microsoft Graph PowerShell",
    "Workday",
    "GitHub",
    "Windows Sign In",
    "My Apps",
];
const PLACES: [(&str, &str, &str); 8] = [
    ("SE", "Stockholm", "Stockholm"),
    ("DE", "Bayern", "Munich"),
    ("US", "Washington", "Redmond"),
    ("US", "New York", "New York"),
    ("FR", "Ile-De-France", "Paris"),
    ("IN", "Karnataka", "Bengaluru"),
    ("BR", "Sao Paulo", "Sao Paulo"),
    ("NG", "Lagos", "Lagos"),
];

pub fn row(random: &mut Random, row: u64, rows: u64, to: &mut dyn Row) {
    let time = time_of(random, row, rows);
    let user = random.skewed(20_000);
    let app = random.skewed(12);
    let (country, state, city) = PLACES.get(random.skewed(8) as usize).copied().unwrap_or_default();
    let result = match random.below(100) {
        0..82 => "0",
        82..90 => "50126",
        90..95 => "50074",
        95..98 => "53003",
        _ => "50053",
    };
    let system = random.pick(&["Windows 10", "Windows11", "MacOs", "Ios 17", "Android"]);
    let browser = random.pick(&["Edge 119.0.0", "Chrome 119.0.0", "Firefox 118.0", "Safari 17.1"]);
    let name = APPS.get(app as usize).copied().unwrap_or_default();
    to.time("TimeGenerated", time);
    to.text("OperationName", "Sign-in activity");
    to.text("Category", "SignInLogs");
    to.text("ResultType", result);
    to.text(
        "ResultDescription",
        if result == "0" { "" } else { "Error validating credentials due to invalid username or password." },
    );
    to.number("DurationMs", random.below(900) as i64);
    to.text("CorrelationId", &random.guid());
    to.text("Identity", &display_name(user));
    to.text("Location", country);
    to.text("AppDisplayName", name);
    to.text("AppId", &guid_of(app));
    to.text("AuthenticationRequirement", random.pick(&["singleFactorAuthentication", "multiFactorAuthentication"]));
    to.text(
        "ClientAppUsed",
        random.pick(&["Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync", "IMAP4"]),
    );
    to.text("ConditionalAccessStatus", random.pick(&["success", "failure", "notApplied"]));
    to.json("DeviceDetail", &format!(r#"{{"deviceId":"{}","displayName":"LAPTOP-{}","operatingSystem":"{system}","browser":"{browser}","isCompliant":{},"isManaged":{},"trustType":"{}"}}"#,
        guid_of(user + 1), user % 9000, random.chance(70), random.chance(70), random.pick(&["Azure AD joined", "Hybrid Azure AD joined", ""])));
    to.json("LocationDetails", &format!(r#"{{"city":"{city}","state":"{state}","countryOrRegion":"{country}","geoCoordinates":{{"latitude":{}.{},"longitude":{}.{}}}}}"#,
        random.below(70), random.below(10_000), random.below(170), random.below(10_000)));
    to.text("IPAddress", &address(random, 40_000));
    to.flag("IsInteractive", random.chance(60));
    to.text("Id", &random.guid());
    to.json(
        "Status",
        &format!(
            r#"{{"errorCode":{result},"additionalDetails":"{}"}}"#,
            random.pick(&["MFA requirement satisfied by claim in the token", "MFA completed in Azure AD", ""])
        ),
    );
    to.text(
        "ResourceDisplayName",
        random.pick(&["Microsoft Graph", "Office 365 SharePoint Online", "Windows Azure Service Management API"]),
    );
    to.text("ResourceIdentity", &guid_of(app + 100));
    to.text("RiskDetail", "none");
    to.text("RiskLevelAggregated", random.pick(&["none", "none", "none", "low", "medium", "high"]));
    to.text("RiskLevelDuringSignIn", random.pick(&["none", "none", "none", "low", "high"]));
    to.text("RiskState", "none");
    let mut policies = String::from("[");
    for policy in 0..1 + random.below(4) {
        if policy > 0 {
            policies.push(',');
        }
        let number = random.below(40);
        policies.push_str(&format!(r#"{{"id":"{}","displayName":"CA{number:03} - Require controls","enforcedGrantControls":["Mfa"],"result":"{}"}}"#,
            guid_of(number), random.pick(&["success", "failure", "notApplied", "reportOnlySuccess"])));
    }
    policies.push(']');
    to.json("ConditionalAccessPolicies", &policies);
    to.text("TokenIssuerType", "AzureAD");
    to.text("UserAgent", &format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36", 90 + random.below(30)));
    to.text("UserDisplayName", &display_name(user));
    to.text("UserId", &guid_of(user));
    to.text("UserPrincipalName", &format!("{}@contoso.com", user_name(user)));
    to.text("UserType", random.pick(&["Member", "Member", "Guest"]));
    to.text("UniqueTokenIdentifier", &random.hex(22));
}
