//! Restricts the worker to the resources that a policy needs.

use crate::Limits;
use std::io;

/// Limits memory, files and cores from here on.
#[cfg(unix)]
pub(super) fn now(limits: &Limits) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let to = |resource, most: u64| {
        // The parent process may have set lower limits.
        let most = getrlimit(resource).maximum.map_or(most, |allowed| allowed.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    // The program, the stacks, and the arenas that the allocator reserves for each thread.
    let program = 384 << 20;
    to(Resource::As, limits.memory.saturating_add(limits.stack as u64).saturating_add(program))?;
    to(Resource::Core, 0)?;
    to(Resource::Fsize, 0)?;
    Ok(())
}

/// Elsewhere, only the time is limited.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as where limits can be set")]
pub(super) fn now(_limits: &Limits) -> io::Result<()> {
    Ok(())
}
