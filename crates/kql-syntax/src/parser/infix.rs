//! Infix operators, how tight they bind, and the stacks that order them.

use super::expression::report_chain;
use super::input::{Outcome, SyntaxError, Tokens};
use crate::lexer::TokenKind;
use crate::tree::{BinaryOperator, Expr, ExprKind, SetOperator};
use crate::{Diagnostic, Span, codes};

/// Chains of `and` and `or` with more operands become balanced trees: they mean the same, and are not as high.
const LONGEST_LEFT_DEEP_CHAIN: usize = 32;

/// How tight an operator binds, as in Kusto's grammar: string operators bind tighter than arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Precedence {
    Or,
    And,
    Equality,
    Relational,
    Additive,
    Multiplicative,
    Text,
}

/// An infix operator of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Infix {
    pub(crate) kind: InfixKind,
    pub(crate) precedence: Precedence,
    pub(crate) span: Span,
    /// How many tokens it takes.
    pub(crate) tokens: usize,
}

/// What follows an infix operator.
#[derive(Clone, Copy, Debug)]
pub(crate) enum InfixKind {
    Binary(BinaryOperator),
    Set(SetOperator),
    Between { negated: bool },
}

/// The infix operator that stands first, when one does.
pub(crate) fn operator(input: Tokens<'_>) -> Option<Infix> {
    use BinaryOperator as B;
    use Precedence as P;
    let binary = |operator, precedence| Some((InfixKind::Binary(operator), precedence));
    let mut tokens = 1;
    let (kind, precedence) = match input.kind() {
        TokenKind::EqualEqual => binary(B::Equal, P::Equality),
        TokenKind::NotEqual | TokenKind::LessGreater => binary(B::NotEqual, P::Equality),
        TokenKind::Less => binary(B::Less, P::Relational),
        TokenKind::LessOrEqual => binary(B::LessOrEqual, P::Relational),
        TokenKind::Greater => binary(B::Greater, P::Relational),
        TokenKind::GreaterOrEqual => binary(B::GreaterOrEqual, P::Relational),
        TokenKind::Plus => binary(B::Add, P::Additive),
        TokenKind::Minus => binary(B::Subtract, P::Additive),
        TokenKind::Star => binary(B::Multiply, P::Multiplicative),
        TokenKind::Slash => binary(B::Divide, P::Multiplicative),
        TokenKind::Percent => binary(B::Modulo, P::Multiplicative),
        TokenKind::EqualTilde => binary(B::EqualTilde, P::Text),
        TokenKind::NotTilde => binary(B::NotEqualTilde, P::Text),
        TokenKind::Colon => binary(B::Colon, P::Text),
        TokenKind::Equal => {
            let message = "`=` gives a name and compares nothing";
            input.report(
                Diagnostic::error(codes::ASSIGNMENT_FOR_EQUALITY, message, input.first().span)
                    .with_help("to compare, write `==`"),
            );
            binary(B::Equal, P::Equality)
        }
        TokenKind::InTilde => Some((InfixKind::Set(SetOperator::InTilde), P::Equality)),
        TokenKind::Identifier if input.text(0) == "matches" && input.text(1) == "regex" => {
            tokens = 2;
            binary(B::MatchesRegex, P::Text)
        }
        TokenKind::Identifier | TokenKind::NegatedWord => word_operator(input.text(0)),
        _ => None,
    }?;
    let end = input.look(tokens - 1).span;
    advise_against(input);
    Some(Infix { kind, precedence, span: input.first().span.to(end), tokens })
}

/// Spellings of operators that Kusto keeps for old queries, with what is written today.
const DEPRECATED: &[(&str, &str)] = &[
    ("containscs", "contains_cs"),
    ("like", "contains` or `matches regex"),
    ("likecs", "contains_cs` or `matches regex"),
    ("notcontains", "!contains"),
    ("notcontainscs", "!contains_cs"),
    ("notlike", "!contains` or `not(… matches regex …)"),
    ("notlikecs", "!contains_cs` or `not(… matches regex …)"),
];

/// Says so where the operator that stands here is an old spelling.
fn advise_against(input: Tokens<'_>) {
    let word = input.text(0);
    if let Some((_, today)) = DEPRECATED.iter().find(|(spelling, _)| *spelling == word) {
        input.report(Diagnostic::deprecated(word, today, input.first().span));
    }
}

/// Whether the word is an infix operator.
pub(crate) fn is_word_operator(word: &str) -> bool {
    word_operator(word).is_some()
}

fn word_operator(word: &str) -> Option<(InfixKind, Precedence)> {
    use BinaryOperator as B;
    let text = |operator| (InfixKind::Binary(operator), Precedence::Text);
    let set = |operator| (InfixKind::Set(operator), Precedence::Equality);
    Some(match word {
        // The lexer said what is wrong with `||` and `&&`.
        "or" | "||" => (InfixKind::Binary(B::Or), Precedence::Or),
        "and" | "&&" => (InfixKind::Binary(B::And), Precedence::And),
        "in" => set(SetOperator::In),
        "!in" => set(SetOperator::NotIn),
        "!in~" => set(SetOperator::NotInTilde),
        "has_any" => set(SetOperator::HasAny),
        "has_all" => set(SetOperator::HasAll),
        "between" => (InfixKind::Between { negated: false }, Precedence::Equality),
        "!between" => (InfixKind::Between { negated: true }, Precedence::Equality),
        "has" => text(B::Has),
        "!has" => text(B::NotHas),
        "has_cs" => text(B::HasCs),
        "!has_cs" => text(B::NotHasCs),
        "hasprefix" => text(B::HasPrefix),
        "!hasprefix" => text(B::NotHasPrefix),
        "hasprefix_cs" => text(B::HasPrefixCs),
        "!hasprefix_cs" => text(B::NotHasPrefixCs),
        "hassuffix" => text(B::HasSuffix),
        "!hassuffix" => text(B::NotHasSuffix),
        "hassuffix_cs" => text(B::HasSuffixCs),
        "!hassuffix_cs" => text(B::NotHasSuffixCs),
        "contains" => text(B::Contains),
        "!contains" | "notcontains" => text(B::NotContains),
        "contains_cs" | "containscs" => text(B::ContainsCs),
        "!contains_cs" | "notcontainscs" => text(B::NotContainsCs),
        "startswith" => text(B::StartsWith),
        "!startswith" => text(B::NotStartsWith),
        "startswith_cs" => text(B::StartsWithCs),
        "!startswith_cs" => text(B::NotStartsWithCs),
        "endswith" => text(B::EndsWith),
        "!endswith" => text(B::NotEndsWith),
        "endswith_cs" => text(B::EndsWithCs),
        "!endswith_cs" => text(B::NotEndsWithCs),
        "like" => text(B::Like),
        "notlike" => text(B::NotLike),
        "likecs" => text(B::LikeCs),
        "notlikecs" => text(B::NotLikeCs),
        _ => return None,
    })
}

/// Operands and operators that wait for what comes.
#[derive(Default)]
pub(crate) struct Waiting {
    /// With their heights.
    operands: Vec<(Expr, usize)>,
    operators: Vec<Infix>,
}

impl Waiting {
    pub(crate) fn push_operand(&mut self, operand: Expr, height: usize) {
        self.operands.push((operand, height));
    }

    pub(crate) fn push_operator(&mut self, operator: Infix) {
        self.operators.push(operator);
    }

    /// Joins what binds tighter than the operator that comes now.
    pub(crate) fn make_way<'a>(&mut self, input: Tokens<'a>, next: &Infix) -> Result<(), nom::Err<SyntaxError>> {
        while let Some(last) = self.operators.last()
            && last.precedence >= next.precedence
        {
            // A chain of `and` or `or` is joined as a whole.
            if last.precedence == next.precedence && next.precedence <= Precedence::And {
                return Ok(());
            }
            if last.precedence == next.precedence
                && matches!(next.precedence, Precedence::Equality | Precedence::Relational | Precedence::Text)
            {
                report_chain(input, next);
            }
            self.join(input)?;
        }
        let compared = matches!(
            self.operands.last(),
            Some((Expr { kind: ExprKind::InSet { .. } | ExprKind::Between { .. }, .. }, _))
        );
        if compared && matches!(next.precedence, Precedence::Equality | Precedence::Relational) {
            report_chain(input, next);
        }
        Ok(())
    }

    /// Puts a node on top of the last operand; the height of its other operands is the input's.
    pub(crate) fn wrap<'a>(
        &mut self,
        input: Tokens<'a>,
        node: impl FnOnce(Expr) -> ExprKind,
    ) -> Result<(), nom::Err<SyntaxError>> {
        if let Some((value, height)) = self.operands.pop() {
            let (_, height) = input.check_height(height.max(input.height()) + 1)?;
            let span = input.span_from(value.span.start);
            self.operands.push((Expr { kind: node(value), span }, height));
        }
        Ok(())
    }

    /// Joins all there is.
    pub(crate) fn finish<'a>(mut self, input: Tokens<'a>) -> Result<(Expr, usize), nom::Err<SyntaxError>> {
        while !self.operators.is_empty() {
            self.join(input)?;
        }
        match self.operands.pop() {
            Some(operand) => Ok(operand),
            None => {
                let outcome: Outcome<'a, (Expr, usize)> = input.expected("an expression");
                outcome.map(|(_, operand)| operand)
            }
        }
    }

    /// Joins the last operator, or the whole chain of `and` or `or`, with its operands.
    fn join<'a>(&mut self, input: Tokens<'a>) -> Result<(), nom::Err<SyntaxError>> {
        let Some(last) = self.operators.last().map(|operator| operator.precedence) else { return Ok(()) };
        let is_chain = last <= Precedence::And;
        let from = if is_chain {
            self.operators.iter().rposition(|operator| operator.precedence != last).map_or(0, |other| other + 1)
        } else {
            self.operators.len() - 1
        };
        let operators = self.operators.split_off(from);
        let operands = self.operands.split_off(self.operands.len().saturating_sub(operators.len() + 1));
        let mut spans = operators.iter().map(|operator| operator.span);
        let InfixKind::Binary(operator) =
            operators.first().map_or(InfixKind::Binary(BinaryOperator::And), |it| it.kind)
        else {
            return Ok(());
        };
        let joined = if operands.len() > LONGEST_LEFT_DEEP_CHAIN {
            balanced(operator, operands, &mut spans)
        } else {
            let join = |left, right| binary(operator, spans.next().unwrap_or_default(), left, right);
            operands.into_iter().reduce(join)
        };
        if let Some((expression, height)) = joined {
            input.check_height(height)?;
            self.operands.push((expression, height));
        }
        Ok(())
    }
}

fn binary(operator: BinaryOperator, operator_span: Span, left: (Expr, usize), right: (Expr, usize)) -> (Expr, usize) {
    let span = left.0.span.to(right.0.span);
    let height = left.1.max(right.1) + 1;
    let kind = ExprKind::Binary { operator, operator_span, left: Box::new(left.0), right: Box::new(right.0) };
    (Expr { kind, span }, height)
}

fn balanced(
    operator: BinaryOperator,
    mut operands: Vec<(Expr, usize)>,
    spans: &mut impl Iterator<Item = Span>,
) -> Option<(Expr, usize)> {
    if operands.len() < 2 {
        return operands.pop();
    }
    let right = operands.split_off(operands.len() / 2);
    let left = balanced(operator, operands, spans)?;
    let span = spans.next().unwrap_or_default();
    let right = balanced(operator, right, spans)?;
    Some(binary(operator, span, left, right))
}
