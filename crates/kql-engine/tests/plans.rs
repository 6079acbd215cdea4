//! Snapshots of lowered plans.

use crate::support::explained;

const PEOPLE: &str = "datatable(name:string, age:long, team:string)['a',1,'x', 'b',2,'y', 'c',3,'x']";

fn plan_of(pipe: &str) -> String {
    explained(&format!("{PEOPLE} {pipe}"))
}
