//! Decimal numbers without the error of floats, for sprig's `addf` and similar functions.

/// `digits * 10^exponent`
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    digits: i128,
    exponent: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// The decimal places of a division.
const PRECISION: i32 = 16;

impl Operation {
    /// The same with floats, for numbers that are too large.
    pub(super) fn of_floats(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
        }
    }
}

impl Decimal {
    /// The shortest number that reads as the float.
    pub(super) fn from_float(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let behind = mantissa.split_once('.').map_or(0, |(_, behind)| behind.len() as i32);
        let digits = mantissa.replace('.', "").parse().ok()?;
        Some(Self { digits, exponent: exponent.parse::<i32>().ok()? - behind })
    }

    pub(super) fn to_float(self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or(f64::NAN)
    }

    /// Both numbers, with one exponent.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let scale = |number: Self| {
            let power = u32::try_from(number.exponent - exponent).ok()?;
            number.digits.checked_mul(10i128.checked_pow(power)?)
        };
        Some((scale(self)?, scale(other)?, exponent))
    }

    /// The result; `None` if it is too large.
    pub(super) fn apply(self, other: Self, operation: Operation) -> Option<Self> {
        match operation {
            Operation::Add | Operation::Subtract => {
                let (a, b, exponent) = self.aligned(other)?;
                let digits = if operation == Operation::Add { a.checked_add(b) } else { a.checked_sub(b) };
                Some(Self { digits: digits?, exponent })
            }
            Operation::Multiply => Some(Self {
                digits: self.digits.checked_mul(other.digits)?,
                exponent: self.exponent + other.exponent,
            }),
            Operation::Divide => {
                // self / other, as a whole number of units of the last place.
                let shift = PRECISION + self.exponent - other.exponent;
                let power = 10i128.checked_pow(shift.unsigned_abs())?;
                let (above, below) = if shift >= 0 {
                    (self.digits.checked_mul(power)?, other.digits)
                } else {
                    (self.digits, other.digits.checked_mul(power)?)
                };
                let (quotient, rest) = (above / below, above % below);
                let rounds_up = rest.unsigned_abs().checked_mul(2)? >= below.unsigned_abs();
                let away = if (above < 0) == (below < 0) { 1 } else { -1 };
                Some(Self { digits: quotient + if rounds_up { away } else { 0 }, exponent: -PRECISION })
            }
        }
    }
}
