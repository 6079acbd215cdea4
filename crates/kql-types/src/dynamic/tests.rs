use super::*;
use crate::{ScalarType, Value};

const EVENT: &str =
    r#" { "id" : 7, "who":{"name":"Zo\u00eb \"Z\"","tags":["a",["b"],{"c":null}]},"id":8,"w\u0065ight":1.50 } "#;

fn at(path: &str) -> Option<String> {
    Dynamic::new(EVENT).path(&Path::parse(path).unwrap()).map(|value| value.text().to_owned())
}

#[test]
fn paths_skip_to_their_value() {
    assert_eq!(at("$.id").as_deref(), Some("7"));
    assert_eq!(at("$.who.tags[1][0]").as_deref(), Some("\"b\""));
    assert_eq!(at("$.who['tags'][-1].c").as_deref(), Some("null"));
    assert_eq!(at("$.weight").as_deref(), Some("1.50"));
    for missing in ["$.Id", "$.who.tags[3]", "$.who.tags[-4]", "$.id.x", "$[0]", "$.who.tags.c"] {
        assert_eq!(at(missing), None, "{missing}");
    }
}

#[test]
fn path_text() {
    for text in ["$", "$.a.b_1[0][-2]", "$['b c']['it\\'s'][3]", "$['']", "$['\\\\']"] {
        assert_eq!(Path::parse(text).unwrap().to_string(), text);
    }
    for bad in ["", "a", "$.", "$[", "$[x]", "$['a", "$['a'", "$a", "$[99999999999999999999]"] {
        assert_eq!(Path::parse(bad), None, "{bad}");
    }
}

#[test]
fn kinds() {
    for (text, kind) in [
        ("null", Kind::Null),
        ("  ", Kind::Null),
        ("true", Kind::Bool),
        ("-12", Kind::Long),
        ("12345678901234567890", Kind::Real),
        ("1e2", Kind::Real),
        ("007", Kind::String),
        ("\"x\"", Kind::String),
        ("plain text", Kind::String),
        ("[1]", Kind::Array),
        ("{}", Kind::Bag),
    ] {
        assert_eq!(Dynamic::new(text).kind(), kind, "{text}");
    }
}

#[test]
fn canonical_form() {
    assert_eq!(
        Dynamic::new(EVENT).canonical(),
        r#"{"id":7,"who":{"name":"Zoë \"Z\"","tags":["a",["b"],{"c":null}]},"id":8,"weight":1.5}"#
    );
    assert_eq!(
        Dynamic::new(" [ 42.0 , 1e2,\"\\/\\u0001\\ud83d\\ude00\" ] ").canonical(),
        "[42.0,100.0,\"/\\u0001😀\"]"
    );
    assert_eq!(Dynamic::new("not \"json\"").canonical(), r#""not \"json\"""#);
}

#[test]
fn only_json_is_json() {
    for good in ["0", "-0.5e+3", "\"\"", "[]", "{}", "[[],{}]", " {\"a\" : [ 1 , 2 ] } ", "\"é\""] {
        assert!(validate(good), "{good}");
        assert!(parse_json(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "[",
        "]",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "01",
        "1.",
        ".5",
        "+1",
        "nul",
        "\"a",
        "\"\\x\"",
        "\"\n\"",
        "[1}",
        "1 2",
        "{\"a\" 1}",
        "'a'",
        "NaN",
        "\"\\u12\"",
        "1e999",
        "[\"a\"\"b\"]",
    ] {
        assert!(!validate(bad), "{bad}");
        assert_eq!(parse_json(bad), None, "{bad}");
    }
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(validate(&nested(MAX_DEPTH)));
    assert!(!validate(&nested(MAX_DEPTH + 1)));
    let deep = nested(1_000_000);
    assert_eq!(Dynamic::new(&deep).elements().count(), 1);
    assert!(Dynamic::new(&deep).canonical().starts_with("\"[["));
}

#[test]
fn garbage_never_panics() {
    let pieces =
        ["{", "}", "[", "]", "\"", "\\", ":", ",", "a", "é", "1", "-", ".", "e", "\\u", "d83d", " ", "null", "\u{1}"];
    let mut state: u32 = 12345;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..state % 12 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            text.push_str(pieces[(state >> 16) as usize % pieces.len()]);
        }
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let value = Dynamic::new(&text);
        for element in value.elements() {
            element.to_string_value();
        }
        for (key, member) in value.members() {
            assert!(value.member(&key).is_some());
            member.canonical();
        }
        value.element(-1);
        for scalar_type in ScalarType::ALL {
            value.to_value(scalar_type);
        }
        let canonical = value.canonical();
        assert!(validate(&canonical), "{text} gave {canonical}");
        assert_eq!(Dynamic::new(&canonical).canonical(), canonical);
        Path::parse(&text);
    }
}

#[test]
fn scalars_there_and_back() {
    for (value, text) in [
        (Value::Bool(true), "true"),
        (Value::Long(-3), "-3"),
        (Value::Real(2.0), "2.0"),
        (Value::Real(f64::NAN), "\"NaN\""),
        (Value::String("a\tb".to_owned()), "\"a\\tb\""),
        (Value::DateTime(0), "\"0001-01-01T00:00:00.0000000Z\""),
        (Value::TimeSpan(-1), "\"-00:00:00.0000001\""),
        (Value::Guid([0x11; 16]), "\"11111111-1111-1111-1111-111111111111\""),
        (Value::Decimal(crate::text::parse_decimal("1.5").unwrap()), "\"1.5\""),
    ] {
        assert_eq!(from_value(&value).as_deref(), Some(text));
        if !matches!(value, Value::Real(real) if real.is_nan()) {
            assert_eq!(Dynamic::new(text).to_value(value.scalar_type()), value);
        }
    }
    assert_eq!(from_value(&Value::Null(ScalarType::Long)), None);
}

#[test]
fn conversions() {
    let value = |text: &'static str| Dynamic::new(text);
    assert_eq!(value("2.9").to_long(), Some(2));
    assert_eq!(value("\" 12 \"").to_long(), Some(12));
    assert_eq!(value("\"1.5\"").to_long(), None);
    assert_eq!(value("4294967297").to_int(), Some(1));
    assert_eq!(value("1e300").to_int(), Some(i32::MAX));
    assert_eq!(value("true").to_real(), Some(1.0));
    assert_eq!(value("0.0").to_bool(), Some(false));
    assert_eq!(value("[1]").to_long(), None);
    assert_eq!(value("null").to_string_value(), "");
    assert_eq!(value("\"a\\nb\"").to_string_value(), "a\nb");
    assert_eq!(value("[ 1, \"x\" ]").to_string_value(), "[1,\"x\"]");
    assert_eq!(value("\"1h\"").to_timespan(), Some(crate::ticks::PER_HOUR));
}

#[test]
fn keys_of_equal_values_are_equal() {
    let key = |text: &'static str| Dynamic::new(text).equality_key();
    assert_eq!(key("15"), key("15.0"));
    assert_eq!(key("-0.0"), key("0"));
    assert_eq!(key("\"\\u0041b\""), key("\"Ab\""));
    assert_eq!(key("{\"a\":1,\"b\":[2.0]}"), key(" {\"b\" : [2], \"a\" : 1.0} "));
    assert_ne!(key("1"), key("\"1\""));
    assert_ne!(key("1.5"), key("1"));
    assert_ne!(key("9007199254740993"), key("9007199254740992"));
    assert_ne!(key("[1,2]"), key("[2,1]"));
    let mut sorted = String::new();
    Dynamic::new("{\"b\":[{\"d\":1,\"c\":2.0}],\"a\":null}").write_sorted(&mut sorted);
    assert_eq!(sorted, "{\"a\":null,\"b\":[{\"c\":2.0,\"d\":1}]}");
}
