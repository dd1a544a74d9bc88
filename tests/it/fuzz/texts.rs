//! Documents that are nearly those of the fixtures.

use super::{is_sound, manifest, mutated, run};

#[test]
fn random_manifests_are_reported_and_harm_nothing() {
    let name = ["a.yaml", "clusters/a/b.yaml", "charts/x/templates/a.yaml", "a.json", "example/a.bu"];
    run(
        "texts",
        80,
        |random| {
            let text = manifest(random);
            let mut bytes = mutated(random, &text).into_bytes();
            if random.one_in(20) && !bytes.is_empty() {
                let at = random.below(bytes.len());
                bytes[at] = 0xff;
            }
            vec![((*random.pick(&name)).to_owned(), bytes)]
        },
        is_sound,
    );
}
