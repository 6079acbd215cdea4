//! What users do over time: counts, retention, engagement and sessions.

use kql_types::ScalarType::Long;

use super::documentation;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel};
use crate::signature::ParameterType::{Integer, NotDynamic, Scalar, Summable, Tabular};
use crate::signature::{ArgumentKind, parameter_of};
use crate::{Parameter, PassedAs};

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[
    ACTIVE_USERS_COUNT,
    ACTIVITY_COUNTS_METRICS,
    ACTIVITY_ENGAGEMENT,
    ACTIVITY_METRICS,
    NEW_ACTIVITY_METRICS,
    SESSION_COUNT,
    SLIDING_WINDOW_COUNTS,
];

const ID: Parameter =
    parameter_of("IdColumn", NotDynamic).of_kind(ArgumentKind::Column).describe("The column that tells users apart.");
const TIMELINE: Parameter = parameter_of("TimelineColumn", Summable)
    .of_kind(ArgumentKind::Column)
    .describe("The column that says when: a datetime or a number.");
const START: Parameter = constant("Start", "Where the analysis starts.");
const END: Parameter = constant("End", "Where the analysis ends; what is there belongs to it.");
const DIMENSION: Parameter = parameter_of("Dimension", NotDynamic)
    .of_kind(ArgumentKind::Column)
    .optional()
    .repeated()
    .describe("A column whose values are counted apart.");
const WINDOW: Parameter = parameter_of("Window", Scalar)
    .constant()
    .describe("The length of one period, or one of 'week', 'month' and 'year'.");
const LOOKBACK: Parameter = constant("LookbackWindow", "How far back to look.");

const fn constant(name: &'static str, description: &'static str) -> Parameter {
    parameter_of(name, Summable).constant().describe(description)
}

/// Visits of three users on four days.
macro_rules! visits {
    ($then:literal) => {
        concat!(
            "datatable(User:string, Day:datetime)['A', datetime(2024-01-01), 'B', datetime(2024-01-01), ",
            "'A', datetime(2024-01-02), 'C', datetime(2024-01-02), 'A', datetime(2024-01-04)] | evaluate ",
            $then
        )
    };
}

const ACTIVE_USERS_COUNT: Plugin = Plugin {
    name: "active_users_count",
    documentation: documentation(
        "Counts the users of each period that were seen in enough periods before.",
        "A row for each step and dimension with such a user: when the step starts, the dimensions, and `dcount`.",
        "A user counts at an appearance when, within `LookbackWindow` before it, the user appeared in at least \
         `ActivePeriods` different periods.",
        "active-users-count-plugin",
    ),
    signatures: &[&[
        ID,
        TIMELINE,
        START,
        END,
        LOOKBACK,
        constant("Period", "Appearances within one period count once."),
        parameter_of("ActivePeriods", Integer)
            .constant()
            .passed_as(PassedAs::Converted(Long))
            .describe("In how many periods a user must appear."),
        constant("Step", "The length of one step of the result."),
        DIMENSION,
    ]],
    kernel: PluginKernel::Query(
        r#"Input
        | where TimelineColumn > Start - LookbackWindow and TimelineColumn <= End
        | summarize Last = max(TimelineColumn), First = minif(TimelineColumn, TimelineColumn >= Start)
            by IdColumn{, Dimension}, Occasion = bin_at(TimelineColumn, Period, Start), Bin = bin_at(TimelineColumn, Step, Start)
        | summarize Last = max(Last), Firsts = make_list(First) by IdColumn{, Dimension}, Occasion
        | extend Key = strcat(tostring(IdColumn){, "\u001f", tostring(Dimension)})
        | sort by Key asc, Occasion asc
        | extend Number = row_number(1, Key != prev(Key)), Earlier = prev(Last, ActivePeriods - 1)
        | where Number >= ActivePeriods
        | mv-expand First = Firsts to typeof({type:TimelineColumn})
        | where First < Earlier + LookbackWindow
        | summarize dcount = dcount(IdColumn) by TimelineColumn = bin_at(First, Step, Start){, Dimension}"#,
    ),
    examples: &[example(
        visits!(
            "active_users_count(User, Day, datetime(2024-01-01), datetime(2024-01-07), 3d, 1d, 2, 7d) | project dcount"
        ),
        "1",
    )],
};

const ACTIVITY_COUNTS_METRICS: Plugin = Plugin {
    name: "activity_counts_metrics",
    documentation: documentation(
        "Counts rows and users of each period, and the users never seen before.",
        "A row for each period and dimension with activity: when the period starts, the dimensions, `count` of rows, \
         `dcount` of users, `new_dcount` of users that no period before had, and `aggregated_dcount` of users so far.",
        "",
        "activity-counts-metrics-plugin",
    ),
    signatures: &[&[ID, TIMELINE, START, END, WINDOW, DIMENSION]],
    kernel: PluginKernel::Query(
        r#"Input
        | where TimelineColumn between (Start .. End)
        | summarize Rows = count() by IdColumn{, Dimension}, Bin = bin_of(TimelineColumn)
        | summarize Bins = make_list(Bin), Counts = make_list(Rows), First = min(Bin) by IdColumn{, Dimension}
        | mv-expand TimelineColumn = Bins to typeof({type:TimelineColumn}), Rows = Counts to typeof(long)
        | summarize ['count'] = sum(Rows), dcount = count(), new_dcount = countif(TimelineColumn == First)
            by TimelineColumn{, Dimension}
        | extend Key = strcat(""{, "\u001f", tostring(Dimension)})
        | sort by Key asc, TimelineColumn asc
        | extend aggregated_dcount = row_cumsum(new_dcount, Key != prev(Key))
        | project-away Key"#,
    ),
    examples: &[example(
        visits!(
            "activity_counts_metrics(User, Day, datetime(2024-01-01), datetime(2024-01-07), 1d) | summarize tostring(make_list(new_dcount)), tostring(make_list(aggregated_dcount)) | project strcat(list_new_dcount, list_aggregated_dcount)"
        ),
        "[2,1,0][2,3,3]",
    )],
};

const ACTIVITY_ENGAGEMENT: Plugin = Plugin {
    name: "activity_engagement",
    documentation: documentation(
        "Compares the users of each short window with those of the long window that ends with it.",
        "A row for each inner window and dimension with users in the outer window: when it starts, the dimensions, \
         `dcount_activities_inner`, `dcount_activities_outer`, and `activity_ratio`, the first divided by the second.",
        "The outer window ends with the inner one and may reach back before the start. Without a start and an end, all \
         rows count.",
        "activity-engagement-plugin",
    ),
    signatures: &[
        &[ID, TIMELINE, constant("Window", "The inner window."), constant("OuterActivityWindow", "The outer window.")],
        &[
            ID,
            TIMELINE,
            START,
            END,
            constant("Window", "The inner window."),
            constant("OuterActivityWindow", "The outer window."),
            DIMENSION,
        ],
    ],
    kernel: PluginKernel::Query(
        r#"{missing:End let End = toscalar(Input | summarize max(TimelineColumn));}
        Input
        | where {given:Start TimelineColumn >= Start - OuterActivityWindow and} TimelineColumn <= End
        | summarize by IdColumn, Bin = bin_of(TimelineColumn){, Dimension}
        | extend Bins = bins_within(Bin, OuterActivityWindow)
        | mv-expand TimelineColumn = Bins to typeof({type:TimelineColumn})
        | where {given:Start TimelineColumn >= Start and} TimelineColumn <= End
        | summarize dcount_activities_inner = countif(TimelineColumn == Bin), dcount_activities_outer = dcount(IdColumn)
            by TimelineColumn{, Dimension}
        | extend activity_ratio = todouble(dcount_activities_inner) / dcount_activities_outer"#,
    ),
    examples: &[example(
        visits!(
            "activity_engagement(User, Day, 1d, 3d) | sort by Day asc | summarize tostring(make_list(round(activity_ratio, 2)))"
        ),
        "[1.0,0.67,0.0,0.5]",
    )],
};

const ACTIVITY_METRICS: Plugin = Plugin {
    name: "activity_metrics",
    documentation: documentation(
        "Compares the users of each period with those of the period before.",
        "A row for each period and dimension with users: when the period starts, the dimensions, `dcount_values` of users, \
         `dcount_newvalues` of users that the period before did not have, `retention_rate`, the share of the users of the \
         period before that came again, and `churn_rate`, the share that did not.",
        "The rates are NaN where the period before has no users. Without a start and an end, all rows count.",
        "activity-metrics-plugin",
    ),
    signatures: &[&[ID, TIMELINE, WINDOW], &[ID, TIMELINE, START, END, WINDOW, DIMENSION]],
    kernel: PluginKernel::Query(
        r#"Input
        | where {given:Start TimelineColumn between (Start .. End)}{missing:Start isnotnull(TimelineColumn)}
        | summarize by IdColumn, Bin = bin_of(TimelineColumn){, Dimension}
        | extend Before = dynamic([false, true])
        | mv-expand Before to typeof(bool)
        | extend TimelineColumn = iff(Before, bin_after(Bin), Bin)
        | summarize Here = countif(not(Before)), Earlier = countif(Before) by IdColumn, TimelineColumn{, Dimension}
        | summarize dcount_values = countif(Here > 0), dcount_newvalues = countif(Here > 0 and Earlier == 0),
            Previous = countif(Earlier > 0), Returned = countif(Here > 0 and Earlier > 0) by TimelineColumn{, Dimension}
        | where dcount_values > 0
        | project TimelineColumn{, Dimension}, dcount_values, dcount_newvalues,
            retention_rate = todouble(Returned) / Previous, churn_rate = todouble(Previous - Returned) / Previous"#,
    ),
    examples: &[example(
        visits!(
            "activity_metrics(User, Day, datetime(2024-01-01), datetime(2024-01-07), 1d) | sort by Day asc | summarize tostring(make_list(retention_rate))"
        ),
        "[\"NaN\",0.5,\"NaN\"]",
    )],
};

const NEW_ACTIVITY_METRICS: Plugin = Plugin {
    name: "new_activity_metrics",
    documentation: documentation(
        "Follows the users that each period is the first to see through the periods after it.",
        "A row for each two periods, the second not before the first, and dimension: their starts, the dimensions, \
         `dcount_new_values` of users in the second that no period up to the first has, `dcount_retained_values` and \
         `dcount_churn_values` of users first seen in the first that are and are not in the second, and their shares as \
         `retention_rate` and `churn_rate`.",
        "`Cohort` chooses one first period. The users of the table `Lookback` are not new. The rates are NaN where the \
         first period has no new users.",
        "new-activity-metrics-plugin",
    ),
    signatures: &[
        &[ID, TIMELINE, START, END, WINDOW, DIMENSION],
        &[ID, TIMELINE, START, END, WINDOW, COHORT, DIMENSION],
        &[ID, TIMELINE, START, END, WINDOW, DIMENSION, EARLIER],
        &[ID, TIMELINE, START, END, WINDOW, COHORT, DIMENSION, EARLIER],
    ],
    kernel: PluginKernel::Query(
        r#"let Pairs = Input
            | where TimelineColumn between (Start .. End) {given:Lookback and IdColumn !in (Lookback)}
            | summarize by IdColumn, Bin = bin_of(TimelineColumn){, Dimension}
            | summarize Seen = make_list(Bin), First = min(Bin) by IdColumn{, Dimension}
            | mv-expand Second = Seen to typeof({type:TimelineColumn})
            | summarize Users = count() by First, Second{, Dimension};
        let Matrix = Pairs
            | summarize by One = 1{, Dimension}
            | extend First = Bins | mv-expand First to typeof({type:TimelineColumn})
            | extend Second = Bins | mv-expand Second to typeof({type:TimelineColumn})
            | where Second >= First;
        let Cohorts = Pairs
            | where First == Second
            | extend Second = Bins | mv-expand Second to typeof({type:TimelineColumn})
            | where Second >= First;
        let Newcomers = Pairs
            | extend FirstSeen = First, First = Bins | mv-expand First to typeof({type:TimelineColumn})
            | where First < FirstSeen or (First == FirstSeen and Second == FirstSeen);
        union
            (Matrix | project First, Second{, Dimension}, Kind = "", Users = 0),
            (Cohorts | project First, Second{, Dimension}, Kind = "cohort", Users),
            (Pairs | project First, Second{, Dimension}, Kind = "retained", Users),
            (Newcomers | project First, Second{, Dimension}, Kind = "new", Users)
        {given:Cohort | where First == bin_of(Cohort)}
        | summarize Size = sumif(Users, Kind == "cohort"), Retained = sumif(Users, Kind == "retained"),
            New = sumif(Users, Kind == "new") by First, Second{, Dimension}
        | project from_TimelineColumn = First, to_TimelineColumn = Second{, Dimension}, dcount_new_values = New,
            dcount_retained_values = Retained, dcount_churn_values = Size - Retained,
            retention_rate = todouble(Retained) / Size, churn_rate = todouble(Size - Retained) / Size"#,
    ),
    examples: &[example(
        visits!(
            "new_activity_metrics(User, Day, datetime(2024-01-01), datetime(2024-01-02), 1d) | sort by from_Day asc, to_Day asc | summarize tostring(make_list(pack_array(dcount_new_values, dcount_retained_values, dcount_churn_values)))"
        ),
        "[2,2,0,1,1,1,1,1,0]",
    )],
};

const COHORT: Parameter = constant("Cohort", "The only first period to follow.");
const EARLIER: Parameter =
    parameter_of("Lookback", Tabular).describe("A table of users, in a column named as the users' column.");

const SESSION_COUNT: Plugin = Plugin {
    name: "session_count",
    documentation: documentation(
        "Counts the sessions that start in each step.",
        "A row for each step and dimension in which a session starts: when the step starts, the dimensions, and \
         `count_sessions`.",
        "A session starts at an appearance of a user without another one up to `LookbackWindow` before it.",
        "session-count-plugin",
    ),
    signatures: &[&[
        ID,
        TIMELINE,
        START,
        END,
        constant("Step", "The length of one step of the result."),
        LOOKBACK,
        DIMENSION,
    ]],
    kernel: PluginKernel::Query(
        r#"Input
        | where TimelineColumn >= Start - LookbackWindow and TimelineColumn <= End
        | summarize by IdColumn{, Dimension}, TimelineColumn
        | extend Key = strcat(tostring(IdColumn){, "\u001f", tostring(Dimension)})
        | sort by Key asc, TimelineColumn asc
        | extend Starts = row_number() == 1 or Key != prev(Key) or TimelineColumn - prev(TimelineColumn) > LookbackWindow
        | where Starts and TimelineColumn >= Start
        | summarize count_sessions = count() by TimelineColumn = bin_at(TimelineColumn, Step, Start){, Dimension}"#,
    ),
    examples: &[example(
        visits!(
            "session_count(User, Day, datetime(2024-01-01), datetime(2024-01-07), 7d, 1d) | project count_sessions"
        ),
        "4",
    )],
};

const SLIDING_WINDOW_COUNTS: Plugin = Plugin {
    name: "sliding_window_counts",
    documentation: documentation(
        "Counts the rows and users of the time up to each period.",
        "A row for each period and dimension with rows in the time before: when the period starts, the dimensions, \
         `Count` of rows and `Dcount` of users from `LookbackWindow` before the end of the period on.",
        "",
        "sliding-window-counts-plugin",
    ),
    signatures: &[&[ID, TIMELINE, START, END, LOOKBACK, WINDOW, DIMENSION]],
    kernel: PluginKernel::Query(
        r#"Input
        | where TimelineColumn >= Start - LookbackWindow and TimelineColumn <= End
        | summarize Rows = count() by IdColumn, Bin = bin_of(TimelineColumn){, Dimension}
        | extend Bins = bins_within(Bin, LookbackWindow)
        | mv-expand TimelineColumn = Bins to typeof({type:TimelineColumn})
        | where TimelineColumn == Bin or (TimelineColumn > Bin and bin_after(TimelineColumn) <= Bin + LookbackWindow)
        | where TimelineColumn >= bin_of(Start) and TimelineColumn <= End
        | summarize Count = sum(Rows), Dcount = dcount(IdColumn) by TimelineColumn{, Dimension}"#,
    ),
    examples: &[example(
        visits!(
            "sliding_window_counts(User, Day, datetime(2024-01-01), datetime(2024-01-04), 2d, 1d) | sort by Day asc | summarize tostring(make_list(Dcount))"
        ),
        "[2,3,2,1]",
    )],
};
