//! Ticks: the 100 ns units in which `datetime` and `timespan` are counted, and the calendar over them.

/// Ticks in a microsecond.
pub const PER_MICROSECOND: i64 = 10;
/// Ticks in a millisecond.
pub const PER_MILLISECOND: i64 = 10_000;
/// Ticks in a second.
pub const PER_SECOND: i64 = 10_000_000;
/// Ticks in a minute.
pub const PER_MINUTE: i64 = 60 * PER_SECOND;
/// Ticks in an hour.
pub const PER_HOUR: i64 = 60 * PER_MINUTE;
/// Ticks in a day.
pub const PER_DAY: i64 = 24 * PER_HOUR;
/// The ticks of 1970-01-01T00:00:00Z.
pub const UNIX_EPOCH: i64 = 719_162 * PER_DAY;
/// The last tick of year 9999: the largest `datetime`.
pub const MAX_DATETIME: i64 = 3_652_059 * PER_DAY - 1;

/// Days from 0001-01-01 to 1970-01-01.
const UNIX_EPOCH_DAYS: i64 = 719_162;

/// Whether these ticks are a `datetime`: within the years 1 to 9999.
pub fn is_datetime(ticks: i64) -> bool {
    (0..=MAX_DATETIME).contains(&ticks)
}

/// The `datetime` of these ticks; `None` outside the years 1 to 9999.
pub fn checked_datetime(ticks: i64) -> Option<i64> {
    is_datetime(ticks).then_some(ticks)
}

/// A point in time taken apart in the proleptic Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Calendar {
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// Ticks within the second: 0 to 9,999,999.
    pub fraction: u32,
}

impl Calendar {
    /// Midnight of a day.
    pub fn date(year: i32, month: u32, day: u32) -> Calendar {
        Calendar { year, month, day, hour: 0, minute: 0, second: 0, fraction: 0 }
    }

    /// Takes ticks apart; total, so ticks outside the years 1 to 9999 give years outside them.
    pub fn from_ticks(ticks: i64) -> Calendar {
        let (year, month, day) = date_of_days(ticks.div_euclid(PER_DAY));
        let of_day = ticks.rem_euclid(PER_DAY);
        // Every part is smaller than a day's worth, so the narrowing keeps it.
        Calendar {
            year,
            month,
            day,
            hour: (of_day / PER_HOUR) as u32,
            minute: (of_day % PER_HOUR / PER_MINUTE) as u32,
            second: (of_day % PER_MINUTE / PER_SECOND) as u32,
            fraction: (of_day % PER_SECOND) as u32,
        }
    }

    /// The ticks; `None` when a part is out of its range or the year is not 1 to 9999.
    pub fn to_ticks(self) -> Option<i64> {
        let in_range = (1..=9999).contains(&self.year)
            && (1..=12).contains(&self.month)
            && (1..=days_in_month(self.year, self.month)).contains(&self.day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60
            && i64::from(self.fraction) < PER_SECOND;
        in_range.then(|| {
            days_of_date(self.year, self.month, self.day) * PER_DAY
                + i64::from(self.hour) * PER_HOUR
                + i64::from(self.minute) * PER_MINUTE
                + i64::from(self.second) * PER_SECOND
                + i64::from(self.fraction)
        })
    }

    /// 1 to 366.
    pub fn day_of_year(self) -> u32 {
        let first = days_of_date(self.year, 1, 1);
        (days_of_date(self.year, self.month, self.day) - first + 1) as u32
    }
}

/// The days since Sunday: 0 to 6. 0001-01-01 was a Monday.
pub fn day_of_week(ticks: i64) -> u32 {
    (ticks.div_euclid(PER_DAY) + 1).rem_euclid(7) as u32
}

/// Whether a year has a February 29.
pub fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// 28 to 31; 0 for a month that is none.
pub fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// The same day and time some months later (earlier when negative), or the last day of a shorter month.
/// `None` when that leaves the years 1 to 9999.
pub fn add_months(ticks: i64, months: i64) -> Option<i64> {
    let calendar = Calendar::from_ticks(checked_datetime(ticks)?);
    let months = (i64::from(calendar.year) * 12 + i64::from(calendar.month) - 1).checked_add(months)?;
    let year = i32::try_from(months.div_euclid(12)).ok()?;
    let month = u32::try_from(months.rem_euclid(12)).ok()? + 1;
    let day = calendar.day.min(days_in_month(year, month));
    Calendar { year, month, day, ..calendar }.to_ticks()
}

/// Days from 0001-01-01 to a date (Howard Hinnant's `days_from_civil`, years starting in March).
fn days_of_date(year: i32, month: u32, day: u32) -> i64 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * i64::from((month + 9) % 12) + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468 + UNIX_EPOCH_DAYS
}

/// The date that lies these days after 0001-01-01 (`civil_from_days`). Days of 64-bit ticks give years within 32 bits.
fn date_of_days(days: i64) -> (i32, u32, u32) {
    let days = days - UNIX_EPOCH_DAYS + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days() {
        assert_eq!(Calendar::date(1, 1, 1).to_ticks(), Some(0));
        assert_eq!(Calendar::date(1970, 1, 1).to_ticks(), Some(UNIX_EPOCH));
        assert_eq!(Calendar::date(2020, 1, 1).to_ticks(), Some(637_134_336_000_000_000));
        let last = Calendar::from_ticks(MAX_DATETIME);
        assert_eq!((last.year, last.month, last.day, last.second, last.fraction), (9999, 12, 31, 59, 9_999_999));
        assert_eq!(Calendar::date(2021, 2, 29).to_ticks(), None);
        assert_eq!(Calendar::date(2024, 12, 31).day_of_year(), 366);
        assert_eq!(day_of_week(UNIX_EPOCH), 4);
    }

    #[test]
    fn every_month_there_and_back() {
        for year in (1..=9999).step_by(7) {
            for month in 1..=12 {
                for day in [1, days_in_month(year, month)] {
                    let date = Calendar::date(year, month, day);
                    assert_eq!(date.to_ticks().map(Calendar::from_ticks), Some(date));
                }
            }
        }
    }

    #[test]
    fn garbage_ticks_are_taken_apart() {
        Calendar::from_ticks(i64::MIN);
        Calendar::from_ticks(i64::MAX);
        assert_eq!(add_months(-1, 1), None);
        assert_eq!(add_months(MAX_DATETIME, i64::MAX), None);
    }

    #[test]
    fn months_end_early() {
        let january = Calendar::date(2020, 1, 31).to_ticks().unwrap();
        assert_eq!(add_months(january, 1), Calendar::date(2020, 2, 29).to_ticks());
        assert_eq!(add_months(january, -2), Calendar::date(2019, 11, 30).to_ticks());
    }
}
