//! The worker of the tests; a program has a hidden command for it.

fn main() -> std::io::Result<()> {
    rego_policy::worker::serve(std::io::stdin(), std::io::stdout())
}
