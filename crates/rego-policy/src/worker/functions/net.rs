//! Networks, computed from their addresses only. No network is contacted.

use super::string;
use regorus::Value;
use std::net::IpAddr;

/// The first and the last address, and whether they are IPv6 addresses.
fn network(text: &str) -> Option<(u128, u128, bool)> {
    let (address, prefix) = text.split_once('/')?;
    let (address, bits, new) = bits(address)?;
    if prefix.is_empty() || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix: u32 = prefix.parse().ok().filter(|prefix| *prefix <= bits)?;
    let free = bits - prefix;
    let ones = if free == 128 { u128::MAX } else { (1 << free) - 1 };
    Some((address & !ones, address | ones, new))
}

fn bits(address: &str) -> Option<(u128, u32, bool)> {
    Some(match address.parse().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32, false),
        IpAddr::V6(address) => (u128::from(address), 128, true),
    })
}

pub(super) fn contains(arguments: &[Value]) -> Option<Value> {
    let (first, last, new) = network(string(arguments.first())?)?;
    let text = string(arguments.get(1))?;
    let (from, to, kind) = match bits(text) {
        Some((address, _, kind)) => (address, address, kind),
        None => network(text)?,
    };
    Some(Value::from(kind == new && first <= from && to <= last))
}

pub(super) fn intersects(arguments: &[Value]) -> Option<Value> {
    let (one, other) = (network(string(arguments.first())?)?, network(string(arguments.get(1))?)?);
    Some(Value::from(one.2 == other.2 && one.0 <= other.1 && other.0 <= one.1))
}

pub(super) fn is_valid(arguments: &[Value]) -> Option<Value> {
    Some(Value::from(network(string(arguments.first())?).is_some()))
}
