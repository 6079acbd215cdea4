//! What there is to say of a stage that has run, and what became of followed rows in it.

use datafusion::arrow::array::BooleanArray;
use kql_semantics::{Relation, RelationOperator};

use super::regions::heart;
use super::rows::Rows;
use super::run::Explainer;
use super::{Detail, Followed, Loss, details, join};
use crate::EngineError;

/// How many columns of a row are shown.
const SHOWN_COLUMNS: usize = 4;

/// A stage that has run.
pub(super) struct Ran<'s> {
    /// What the operator was bound to.
    pub core: &'s Relation,
    /// What ran for it.
    pub relation: &'s Relation,
    pub inputs: &'s [Rows],
    pub rows: &'s Rows,
    /// For each input, how many rows each of its rows became, where that is known.
    pub became: &'s [Option<Vec<u32>>],
}

/// What a stage did, and for each read what became of its rows.
pub(super) async fn describe(
    explainer: &mut Explainer<'_>,
    ran: &Ran<'_>,
) -> Result<(Detail, Vec<Followed>), EngineError> {
    let mut losses: Vec<(usize, Loss)> = Vec::new();
    let detail = match (&ran.core.operator, &heart(ran.relation).operator) {
        (RelationOperator::Table { name }, _) => Detail::Table(name.clone()),
        (RelationOperator::ExternalData(_) | RelationOperator::Values { .. }, _) => Detail::Source,
        (_, RelationOperator::Filter { input, predicate }) => {
            let (conjuncts, found) = details::conjuncts(explainer, input, predicate).await?;
            losses = found;
            Detail::Where(conjuncts)
        }
        (_, RelationOperator::Join(join)) => {
            let (detail, found) = join::matches(explainer, join).await?;
            losses = found;
            Detail::Join(detail)
        }
        (RelationOperator::Aggregate { .. } | RelationOperator::Distinct { .. }, _) => Detail::Groups,
        (RelationOperator::MvExpand(_), _) => expansion(ran),
        (RelationOperator::Union { .. }, _) => Detail::Union,
        (RelationOperator::Take { .. } | RelationOperator::Top { .. }, _) => Detail::Limit,
        _ => Detail::Other,
    };
    if let Detail::Table(_) = detail {
        let followed = ran.rows.followed.iter().map(|(read, marks)| from_here(*read, marks)).collect();
        return Ok((detail, followed));
    }
    let mut reads: Vec<usize> =
        ran.inputs.iter().flat_map(|rows| rows.followed.iter().map(|(read, _)| *read)).collect();
    reads.sort_unstable();
    reads.dedup();
    let followed = reads.into_iter().map(|read| {
        let own = losses.iter().filter(|(of, _)| *of == read).map(|(_, loss)| loss.clone());
        followed(ran, &detail, read, own.collect())
    });
    let followed = followed.collect();
    Ok((detail, followed))
}

fn expansion(ran: &Ran<'_>) -> Detail {
    let counts = ran.became.first().and_then(Option::as_deref).unwrap_or_default();
    let most = counts.iter().max().map_or(0, |most| usize::try_from(*most).unwrap_or(usize::MAX));
    Detail::Expand { most, none: counts.iter().filter(|count| **count == 0).count() }
}

/// The rows of a read where their way begins.
fn from_here(read: usize, marks: &BooleanArray) -> Followed {
    let rows = marks.true_count();
    Followed { read, before: rows, after: Some(rows), lost: 0, losses: Vec::new(), samples: Vec::new() }
}

fn followed(ran: &Ran<'_>, detail: &Detail, read: usize, losses: Vec<Loss>) -> Followed {
    let mut followed = Followed { read, before: 0, after: None, lost: 0, losses, samples: Vec::new() };
    for (input, became) in ran.inputs.iter().zip(ran.became) {
        let Some(marks) = input.marks(read) else { continue };
        followed.before += marks.true_count();
        if let Some(became) = became {
            let lost = marks.iter().zip(became).filter(|(mark, count)| *mark == Some(true) && **count == 0);
            followed.lost += lost.count();
        }
    }
    let Some(marks) = ran.rows.marks(read) else { return followed };
    followed.after = Some(marks.true_count());
    if followed.losses.is_empty() && followed.lost > 0 {
        let rows = followed.lost;
        followed.losses.push(match detail {
            Detail::Expand { .. } => Loss::Empty { rows },
            Detail::Limit => Loss::Limit { rows },
            _ if matches!(heart(ran.relation).operator, RelationOperator::Extract(_)) => Loss::NoMatch { rows },
            _ => Loss::Other { rows },
        });
    }
    let shown = match heart(ran.relation) {
        // Groups are told by their keys.
        Relation { operator: RelationOperator::Aggregate { by, .. }, columns, .. } => columns.iter().take(by.len()),
        _ => ran.rows.columns.iter().take(usize::MAX),
    };
    // The binder's own columns begin so; no query shows them.
    let shown = shown.filter(|column| !column.name.starts_with('$')).take(SHOWN_COLUMNS);
    followed.samples = ran.rows.samples(marks, &shown.cloned().collect::<Vec<_>>());
    followed
}
