//! The command line: commands, options and their help.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Run KQL queries and detection rules on the files you have.
#[derive(Debug, Parser)]
#[command(name = "kql", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// The project's file; otherwise kql.toml in the working directory or the nearest folder above it
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "no_project", help_heading = "Project")]
    pub project: Option<PathBuf>,
    /// Take nothing from a project's file
    #[arg(long, global = true, help_heading = "Project")]
    pub no_project: bool,
}

/// The options that a project's file answers where the command line leaves them open.
#[derive(Debug, Default)]
pub struct ProjectOptions<'a> {
    pub paths: Option<&'a mut Vec<PathBuf>>,
    pub data: Option<&'a mut DataArguments>,
    pub workspace: Option<&'a mut WorkspaceArguments>,
    pub limits: Option<&'a mut LimitArguments>,
    pub lints: Option<&'a mut LintArguments>,
    pub cases: Option<&'a mut CaseArguments>,
    /// Whether nothing reads rows: folders of data that are not there are not missed.
    pub is_without_rows: bool,
}

impl Command {
    /// What a project's file may answer; `None` for a command that takes nothing from it.
    pub fn project_options(&mut self) -> Option<ProjectOptions<'_>> {
        let nothing = ProjectOptions::default();
        Some(match self {
            Command::Run(run) => ProjectOptions {
                paths: Some(&mut run.paths),
                data: Some(&mut run.data),
                workspace: Some(&mut run.workspace),
                limits: Some(&mut run.limits),
                lints: Some(&mut run.lints),
                ..nothing
            },
            Command::Replay(replay) => ProjectOptions {
                paths: Some(&mut replay.paths),
                data: Some(&mut replay.data),
                workspace: Some(&mut replay.workspace),
                limits: Some(&mut replay.limits),
                lints: Some(&mut replay.lints),
                ..nothing
            },
            Command::Query(query) => ProjectOptions {
                data: Some(&mut query.data),
                workspace: Some(&mut query.workspace),
                limits: Some(&mut query.limits),
                ..nothing
            },
            Command::Explain(explain) => ProjectOptions {
                data: Some(&mut explain.data),
                workspace: Some(&mut explain.workspace),
                limits: Some(&mut explain.limits),
                lints: Some(&mut explain.lints),
                ..nothing
            },
            // What a code means is told anywhere.
            Command::Check(CheckArguments { explain: Some(_), .. }) => return None,
            Command::Check(check) => ProjectOptions {
                paths: Some(&mut check.paths),
                data: Some(&mut check.data),
                workspace: Some(&mut check.workspace),
                lints: Some(&mut check.lints),
                is_without_rows: true,
                ..nothing
            },
            Command::Fmt(fmt) => ProjectOptions { paths: Some(&mut fmt.paths), ..nothing },
            Command::Test(test) => {
                let workspace = Some(&mut test.workspace);
                ProjectOptions { paths: Some(&mut test.paths), workspace, cases: Some(&mut test.cases), ..nothing }
            }
            Command::Tables(tables) => ProjectOptions { data: Some(&mut tables.data), ..nothing },
            Command::Init(_) | Command::Convert(_) | Command::Functions(_) | Command::Operators(_) => return None,
        })
    }
}

const EXAMPLES: &str = "\
Examples:
  kql run queries/top-domains-with-bec-threats-inbound.yaml --data fixtures
  kql query 'EmailEvents | summarize count() by EmailDirection' --data fixtures
  kql query -f hunt.kql -t SigninLogs=exports/signin-*.ndjson --format csv -o hits.csv
  zcat signin.json.gz | kql query 'SigninLogs | take 5' -t SigninLogs=-
  kql explain rule.yaml --data exports/ --why 'AccountUpn == \"ann@contoso.com\"'

Exit codes: 0 the query ran, 1 the run failed, 2 the query or the usage is wrong.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the queries of rule files (.yaml) and query files (.kql)
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunArguments),
    /// Run scheduled rules over a time that is past, each at its own frequency, and list their alerts
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayArguments),
    /// Run a query given as text, from a file or from standard input
    #[command(after_help = QUERY_EXAMPLES)]
    Query(QueryArguments),
    /// Show what each stage of a query does to the rows, and why rows are lost
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArguments),
    /// Parse and bind queries without running them
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckArguments),
    /// Format query files, and the queries of rule files
    #[command(after_help = FMT_EXAMPLES)]
    Fmt(FmtArguments),
    /// Run the tests of rules (NAME.test.yaml)
    #[command(after_help = TEST_EXAMPLES)]
    Test(TestArguments),
    /// Lay out a project: a rule, a test, a table, kql.toml and a GitHub workflow
    Init(InitArguments),
    /// Turn files of one format into a file of another
    #[command(after_help = CONVERT_EXAMPLES)]
    Convert(ConvertArguments),
    /// List the known tables, or show a table's columns
    Tables(TablesArguments),
    /// List the functions, or show a function's reference
    Functions(FunctionsArguments),
    /// List the tabular operators, or show an operator's reference
    Operators(OperatorsArguments),
}

const RUN_EXAMPLES: &str = "\
Examples:
  kql run rule.yaml --data exports/
  kql run rules/ --data exports/ --format ndjson
  kql run rules/ --data exports/ --severity High --fail-on-hit
  kql run hunt.kql -t DeviceEvents=device.parquet --now 2026-11-21T00:00:00Z";

const REPLAY_EXAMPLES: &str = "\
Examples:
  kql replay rules/ --data exports/ --from 2026-11-01 --to 2026-11-08
  kql replay rule.yaml --data exports/ --from 2026-11-01 --to 2026-11-08 --ingestion-delay 10m --format ndjson";

const QUERY_EXAMPLES: &str = "\
Examples:
  kql query 'print strlen(\"hello\")'
  kql query 'EmailEvents | where ThreatTypes has \"Phish\"' --data exports/
  kql query -f - --data exports/ < hunt.kql";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  kql explain rule.yaml --data exports/
  kql explain rule.yaml --data exports/ --why 'SenderFromDomain == \"fabrikam.com\"'
  kql explain 'EmailEvents | where ThreatTypes has \"Phish\" | summarize count()' --data exports/
  kql explain rule.yaml --data exports/ --plan physical

Exit codes: 0 it ran, 1 the run failed, 2 the query, the predicate or the usage is wrong.";

const CONVERT_EXAMPLES: &str = "\
Examples:
  kql convert EmailEvents.ndjson EmailEvents.parquet
  kql convert 'exports/signin-*.csv' more/signin.csv.gz SigninLogs.parquet
  kql convert Security.evtx SecurityEvent.ndjson.zst --table SecurityEvent
  zcat events.json.gz | kql convert - events.arrow

The files are read and written piece by piece: they need not fit into memory.";

const CHECK_EXAMPLES: &str = "\
Examples:
  kql check rules/
  kql check hunt.kql --data exports/
  kql check rules/ --format github
  kql check rules/ --schema tables.json
  kql check --explain KQL0403

Exit codes: 0 all queries are right, 1 a file cannot be read, 2 a query is wrong.";

const FMT_EXAMPLES: &str = "\
Examples:
  kql fmt hunt.kql rules/
  kql fmt --check rules/
  kql fmt - < hunt.kql

Exit codes: 0 all is formatted, 1 --check found a file that is not or a file cannot be read, 2 a query is wrong.";

const TEST_EXAMPLES: &str = "\
Examples:
  kql test queries/
  kql test rules/many-failures.yaml
  kql test rules/ --format junit > results.xml
  kql test rules/many-failures.test.yaml --update
  kql test --init rules/many-failures.yaml
  kql test rules/ --coverage-fail-under 80
  kql test rules/ --watch

Exit codes: 0 all tests pass, 1 one fails or a file cannot be read, 2 a rule or a test is wrong.";

#[derive(Debug, Args)]
pub struct RunArguments {
    /// Rule files (.yaml, .yml, .json), query files (.kql), and folders of them; without any, the `rules` of the project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Give each scheduled rule the time that the cloud would give it at --now, its queryPeriod, and have an alert
    /// where its trigger says so
    #[arg(long)]
    pub scheduled: bool,
    /// Exit with 1 when a rule has hits
    #[arg(long)]
    pub fail_on_hit: bool,
    #[command(flatten)]
    pub filters: FilterArguments,
    #[command(flatten)]
    pub lints: LintArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct ReplayArguments {
    /// Rule files (.yaml, .yml, .json) and folders of them; without any, the `rules` of the project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The time of each rule's first run, such as 2026-11-01
    #[arg(long, value_name = "TIME")]
    pub from: String,
    /// No run is later
    #[arg(long, value_name = "TIME")]
    pub to: String,
    /// How long a row takes until queries see it, such as 5m: a run sees no row of this last time
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = humantime::parse_duration)]
    pub ingestion_delay: Duration,
    #[command(flatten)]
    pub filters: FilterArguments,
    #[command(flatten)]
    pub lints: LintArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub output: OutputArguments,
}

/// Which rules run. Of one option given several times, one must hold; of several options, all.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Filters")]
pub struct FilterArguments {
    /// Only rules of this severity (repeatable)
    #[arg(long, value_name = "SEVERITY")]
    pub severity: Vec<String>,
    /// Only rules of this tactic, such as InitialAccess (repeatable)
    #[arg(long, value_name = "TACTIC")]
    pub tactic: Vec<String>,
    /// Only rules of this technique or a part of it, such as T1566 (repeatable)
    #[arg(long, value_name = "ID")]
    pub technique: Vec<String>,
    /// Only rules with this tag (repeatable)
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only rules that need this data connector (repeatable)
    #[arg(long, value_name = "ID")]
    pub connector: Vec<String>,
    /// Only rules whose query names this table (repeatable)
    #[arg(long, value_name = "TABLE")]
    pub reads: Vec<String>,
}

#[derive(Debug, Args)]
pub struct QueryArguments {
    /// The query
    #[arg(value_name = "TEXT", required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// Read the query from a file, or from standard input with -
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub limits: LimitArguments,
    #[command(flatten)]
    pub output: OutputArguments,
}

#[derive(Debug, Args)]
pub struct ExplainArguments {
    /// A rule file (.yaml, .yml, .json), a query file (.kql, .csl), a folder of them, or the query itself
    #[arg(value_name = "RULE|TEXT", required_unless_present = "file", conflicts_with = "file")]
    pub query: Option<String>,
    /// Read the query from a file, or from standard input with -
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Follow the rows of a table for which this holds, and say where they are lost and why
    #[arg(long, value_name = "PREDICATE")]
    pub why: Option<String>,
    /// The table whose rows --why follows; not needed where only one table of the query fits
    #[arg(long, value_name = "TABLE", requires = "why")]
    pub why_table: Option<String>,
    /// Show a plan of the query instead
    #[arg(long, value_enum, conflicts_with = "why")]
    pub plan: Option<Plan>,
    /// How the stages are shown
    #[arg(long, value_enum, default_value_t = ExplainFormat::Table)]
    pub format: ExplainFormat,
    #[command(flatten)]
    pub lints: LintArguments,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// The plans that `kql explain` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plan {
    /// The syntax tree
    Tree,
    /// The bound plan: every name resolved, every column typed
    Bound,
    /// What DataFusion runs
    Physical,
}

/// How `kql explain` shows the stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// Aligned columns for people
    Table,
    /// One JSON object a result
    Json,
}

#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Rule files, query files, and folders of them; without any, the `rules` of the project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Say what a diagnostic's code means, and what to write instead
    #[arg(long, value_name = "CODE", conflicts_with = "paths")]
    pub explain: Option<String>,
    #[command(flatten)]
    pub data: DataArguments,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub lints: LintArguments,
    /// How the findings are shown
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub format: CheckFormat,
}

#[derive(Debug, Args)]
pub struct FmtArguments {
    /// Query files, rule files, folders of them, or - for standard input; without any, the `rules` of the project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Change nothing; list the files that are not formatted, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct TestArguments {
    /// Files of tests, rules with a test beside them, and folders of them; without any, the `rules` of the project
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write a first test for each rule: rows that its predicates let through, and for each predicate rows that only it
    /// drops; what must come out is what comes out now
    #[arg(long, conflicts_with_all = ["update", "coverage", "coverage_fail_under", "watch"])]
    pub init: bool,
    /// With --init: write over a test that is there
    #[arg(long, requires = "init")]
    pub force: bool,
    /// With --init: write to standard output
    #[arg(long, requires = "init")]
    pub stdout: bool,
    /// Write the rows that came out into the tests that failed
    #[arg(long)]
    pub update: bool,
    /// Say which predicates of the rules no case makes both true and false: those of `where`, the branches of their
    /// `or`, and what `iff` and `case` decide by
    #[arg(long)]
    pub coverage: bool,
    /// Exit with 1 when fewer of a hundred predicates are covered; asks for --coverage
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub coverage_fail_under: Option<f64>,
    /// Run on, and run again the tests whose rule, test or files change, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// How the outcome is shown
    #[arg(long, value_enum, default_value_t = TestFormat::Human)]
    pub format: TestFormat,
    #[command(flatten)]
    pub workspace: WorkspaceArguments,
    #[command(flatten)]
    pub cases: CaseArguments,
}

/// What the cases of tests have beside their rows.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Tables")]
pub struct CaseArguments {
    /// The columns of tables that kql does not know: {"Table": {"column": "type"}}, or the text of `.create table`
    /// commands (repeatable)
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,
    /// A file that is read where an externaldata names a URL (repeatable)
    #[arg(long = "external", value_name = "URL=FILE")]
    pub externals: Vec<String>,
    /// A GeoLite2-City database for geo_info_from_ip_address(); the environment variable KQL_GEOIP names one too
    #[arg(long, value_name = "FILE")]
    pub geoip: Option<PathBuf>,
}

impl TestArguments {
    /// Whether it is to be said what the tests cover.
    pub fn asks_for_coverage(&self) -> bool {
        self.coverage || self.coverage_fail_under.is_some()
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim().trim_end_matches('%').trim_end().parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err(format!("`{text}` is no number from 0 to 100")),
    }
}

/// How `kql test` shows the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    /// Case by case, with what differs
    Human,
    /// JUnit XML
    Junit,
    /// The Test Anything Protocol, version 14
    Tap,
    /// GitHub workflow commands
    Github,
}

/// How `kql check` shows what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// Source lines with the place underlined
    Human,
    /// One JSON object a query, one a line
    Json,
    /// A SARIF 2.1.0 log
    Sarif,
    /// GitHub workflow commands
    Github,
}

#[derive(Debug, Args)]
pub struct InitArguments {
    /// The project's folder, which is made where it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

#[derive(Debug, Args)]
pub struct ConvertArguments {
    /// Files, folders and globs, or - for standard input
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<String>,
    /// The file to write, or - for standard output
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    /// The table that the rows are of: a known one's columns have their types; otherwise what the first input is called
    #[arg(short, long, value_name = "NAME")]
    pub table: Option<String>,
    /// The format of the inputs, whatever they are called
    #[arg(long, value_name = "FORMAT", value_parser = input_format)]
    pub from: Option<String>,
    /// The format of the output, whatever it is called: ndjson, json, csv, tsv, parquet, arrow, arrows or avro
    #[arg(long, value_name = "FORMAT", value_parser = output_format)]
    pub to: Option<Format>,
    /// Overwrite the output if it is there already
    #[arg(long)]
    pub force: bool,
    /// The columns of the table, before what the files tell: {"Table": {"column": "type"}}, or the text of
    /// `.create table` commands (repeatable)
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,
    /// CSV and TSV files have no header row
    #[arg(long)]
    pub no_header: bool,
    /// What stands between the fields of CSV and TSV inputs: a character, or tab
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// What a line or value that cannot be read does; it stops the run otherwise
    #[arg(long, value_enum)]
    pub on_error: Option<OnError>,
    /// Read inputs from URLs, too: s3://, az://, gs://, http:// and https://
    #[arg(long)]
    pub allow_network: bool,
}

/// The name of a format that can be read.
fn input_format(text: &str) -> Result<String, String> {
    let known = ["ndjson", "json", "csv", "tsv", "parquet", "arrow", "avro", "evtx"];
    if known.contains(&text) { Ok(text.to_owned()) } else { Err(format!("one of {}", known.join(", "))) }
}

/// A format that a table of any size can be written in.
fn output_format(text: &str) -> Result<Format, String> {
    let known = ["ndjson", "json", "csv", "tsv", "parquet", "arrow", "arrows", "avro"];
    let format = Format::from_str(text, false).ok().filter(|_| known.contains(&text));
    format.ok_or_else(|| format!("one of {}", known.join(", ")))
}

#[derive(Debug, Args)]
pub struct TablesArguments {
    /// The table whose columns are shown
    pub name: Option<String>,
    #[command(flatten)]
    pub data: DataArguments,
}

#[derive(Debug, Args)]
pub struct FunctionsArguments {
    /// The function whose reference is shown
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct OperatorsArguments {
    /// The operator whose reference is shown
    pub name: Option<String>,
}

/// Where tables come from.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Tables")]
pub struct DataArguments {
    /// A folder whose entries are tables: EmailEvents.ndjson, or EmailEvents/part-*.parquet (repeatable)
    #[arg(long, value_name = "DIR")]
    pub data: Vec<PathBuf>,
    /// One table from a file, a glob, a folder, or - for standard input (repeatable)
    #[arg(short, long = "table", value_name = "NAME=PATH")]
    pub tables: Vec<String>,
    /// The columns of tables, before what their files tell: {"Table": {"column": "type"}}, or the text of
    /// `.create table` commands (repeatable)
    #[arg(long, value_name = "FILE")]
    pub schema: Vec<PathBuf>,
    /// CSV and TSV files have no header row: columns are called as the schema of --schema says, else Column1, Column2, …
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub no_header: Option<bool>,
    /// What stands between the fields of CSV and TSV files: a character, or tab; their first row tells it otherwise
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// What a line or value that cannot be read does; it stops the run otherwise
    #[arg(long, value_enum)]
    pub on_error: Option<OnError>,
    /// Read tables and externaldata from URLs, too: s3://, az://, gs://, http:// and https://; credentials come from
    /// the environment
    #[arg(long)]
    pub allow_network: bool,
    /// A file that is read where an externaldata names a URL (repeatable)
    #[arg(long = "external", value_name = "URL=FILE")]
    pub externals: Vec<String>,
    /// The value of a query parameter: a string as it is, anything else as it is written in a query (repeatable)
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub parameters: Vec<String>,
    /// A GeoLite2-City database for geo_info_from_ip_address(); the environment variable KQL_GEOIP names one too
    #[arg(long, value_name = "FILE")]
    pub geoip: Option<PathBuf>,
    /// The time that now() gives, such as 2026-11-21T08:00:00Z
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
}

/// The delimiter that a text names: a character of one byte, or `tab`.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if ["tab", "\\t"].contains(&text) => Ok(b'\t'),
        [byte] if !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("not one ASCII character such as ; or tab".to_owned()),
    }
}

/// What a workspace has beside its tables.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Workspace")]
pub struct WorkspaceArguments {
    /// Stored functions: .kql files, parsers as YAML, and folders of them (repeatable)
    #[arg(long, value_name = "PATH")]
    pub functions: Vec<PathBuf>,
    /// Watchlists: files NAME.csv, and folders of them (repeatable)
    #[arg(long, value_name = "PATH")]
    pub watchlists: Vec<PathBuf>,
    /// What stands in the place of {{NAME}} (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Values of placeholders, as YAML or JSON (repeatable)
    #[arg(long, value_name = "FILE")]
    pub values: Vec<PathBuf>,
    /// What the project's file says of placeholders: each value of the command line goes before it.
    #[arg(skip)]
    pub project_values: Vec<PathBuf>,
    #[arg(skip)]
    pub project_set: Vec<String>,
}

/// How grave what is said of queries and rules is taken.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Lints")]
pub struct LintArguments {
    /// The level of a diagnostic's code, or of all `warnings` or `notes`: off, note, warning or error (repeatable)
    #[arg(long = "lint", value_name = "CODE=LEVEL")]
    pub levels: Vec<String>,
}

/// What a line or value that cannot be read does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Stop with the file and the line
    Fail,
    /// Leave the line out, and say how many were left out
    Skip,
    /// Take null for the value, and say of how many, by table and column; leave out a line that is broken as a whole
    Null,
}

/// What a query may use of the machine.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArguments {
    /// The most memory that a query's operators may hold before they spill to disk: a size such as 4GiB, or a part
    /// of the machine's memory; 70% of it otherwise
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<Memory>,
    /// Where operators spill; the system's folder for temporary files otherwise
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
    /// Stop a query that takes longer, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub timeout: Option<Duration>,
    /// How many threads work on a query; as many as there are cores otherwise
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
}

/// An amount of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    Bytes(u64),
    /// Of what the machine has.
    Percent(u8),
}

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Memory, String> {
        let wrong = || format!("`{text}` is neither a size such as 4GiB nor a part such as 70%");
        match text.trim().strip_suffix('%') {
            Some(percent) => match percent.trim().parse() {
                Ok(percent @ 1..=100) => Ok(Memory::Percent(percent)),
                _ => Err(wrong()),
            },
            None => text.parse::<ByteSize>().map(|size| Memory::Bytes(size.as_u64())).map_err(|_| wrong()),
        }
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::Percent(70)
    }
}

impl Memory {
    /// In bytes, on this machine and within the limits that it runs under; no limit where the machine does not tell.
    pub fn bytes(self) -> Option<usize> {
        let bytes = match self {
            Memory::Bytes(bytes) => bytes,
            Memory::Percent(percent) => {
                let mut system = sysinfo::System::new().ok()?;
                system.refresh_memory();
                let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
                system.total_memory().min(limit) / 100 * u64::from(percent)
            }
        };
        usize::try_from(bytes).ok()
    }
}

/// Where the result goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArguments {
    /// The result's form; a table on a terminal, NDJSON otherwise
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Write the result to a file
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The forms a result can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// An array of objects
    Json,
    /// One object a line
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// Tab-separated values with a header
    Tsv,
    /// A Markdown table
    Markdown,
    /// A Parquet file
    Parquet,
    /// An Arrow IPC file (Feather)
    Arrow,
    /// A stream of Arrow IPC
    Arrows,
    /// An Avro file
    Avro,
    /// The body of a Kusto v1 query response
    Kusto,
    /// Rule by rule the hits, the time and errors (`kql run`)
    Summary,
    /// The alerts of rules as a SARIF 2.1.0 log (`kql run`)
    Sarif,
}
