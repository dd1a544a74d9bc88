//! Charts in archives: what is read, and what never is.

use crate::tar::{archive, files, gzip, header};
use helm::{Capabilities, Chart, Error, Given, Manifests, MemoryTree, Options, Release};
use spanned_yaml::{FileId, Span};

const DESCRIPTION: &str = "apiVersion: v2\nname: sub\nversion: 1.0.0\n";

fn load(bytes: Vec<u8>) -> Result<Chart, Error> {
    let mut tree = MemoryTree::default();
    tree.insert("sub.tgz", FileId(7), bytes);
    Chart::load("sub.tgz", &tree)
}

fn render(chart: &Chart) -> Result<Manifests, Error> {
    chart.render(
        &Release::new("demo", "apps"),
        &Given::default(),
        &Capabilities::default(),
        &Options::default(),
    )
}

fn refused(entries: &[(&str, u8, &[u8])]) -> String {
    let error = load(archive(entries)).expect_err("an error");
    assert_eq!(error.span.map(|span| span.file), Some(FileId(7)), "{error}");
    error.message
}

#[test]
fn an_archive_is_a_chart_whose_places_are_the_archive() {
    let bytes = files(&[
        ("sub/Chart.yaml", DESCRIPTION),
        ("sub/values.yaml", "name: x\n"),
        ("sub/templates/a.yaml", "kind: A\nname: {{ .Values.name }}\n"),
        ("sub/crds/c.yaml", "kind: C\n"),
    ]);
    let chart = load(bytes).expect("a chart");
    assert_eq!(chart.read_files(), [FileId(7)]);
    let manifests = render(&chart).expect("objects");
    let objects: Vec<_> = manifests.objects().collect();
    assert_eq!(objects.len(), 2);
    for document in objects {
        assert!(document.all().all(|node| node.span() == Span::new(FileId(7), 0, 0)));
        assert!(document.is_changed(), "no edit fits into an archive");
    }
}

#[test]
fn an_archive_in_charts_is_a_subchart() {
    let inner =
        files(&[("leaf/Chart.yaml", "name: leaf\nversion: 1.0.0\n"), ("leaf/templates/l", "kind: L\n")]);
    let outer = archive(&[
        ("sub/Chart.yaml", b'0', DESCRIPTION.as_bytes()),
        ("sub/charts/leaf-1.0.0.tgz", b'0', &inner),
    ]);
    let mut tree = MemoryTree::default();
    tree.insert("app/Chart.yaml", FileId(0), "name: app\nversion: 1.0.0\n");
    tree.insert("app/charts/sub-1.0.0.tgz", FileId(1), outer);
    let chart = Chart::load("app", &tree).expect("a chart");
    let manifests = render(&chart).expect("objects");
    let names: Vec<&str> = manifests.templates.iter().map(|manifest| &*manifest.name).collect();
    assert_eq!(names, ["app/charts/sub/charts/leaf/templates/l"]);
    assert_eq!(manifests.templates[0].file, FileId(1), "the archive that somebody sees");
}

#[test]
fn long_names_are_read() {
    let long = format!("sub/templates/{}.yaml", "x".repeat(150));
    let record = format!("{} path={long}\n", 10 + long.len());
    assert_eq!(record.len(), 10 + long.len());
    for (kind, text) in [(b'x', record), (b'L', format!("{long}\0"))] {
        let bytes = archive(&[
            ("sub/Chart.yaml", b'0', DESCRIPTION.as_bytes()),
            ("long", kind, text.as_bytes()),
            ("sub/templates/cut", b'0', b"kind: A\n"),
        ]);
        let manifests = render(&load(bytes).expect("a chart")).expect("objects");
        assert_eq!(&*manifests.templates[0].name, long);
    }
}

#[test]
fn links_and_devices_are_left_out() {
    let kinds = [b'1', b'2', b'3', b'4', b'5', b'6'];
    let mut entries: Vec<(&str, u8, &[u8])> = vec![("sub/Chart.yaml", b'0', DESCRIPTION.as_bytes())];
    entries.extend(kinds.map(|kind| ("sub/templates/link.yaml", kind, b"".as_slice())));
    let manifests = render(&load(archive(&entries)).expect("a chart")).expect("objects");
    assert!(manifests.templates.is_empty());
}

#[test]
fn a_name_that_leads_out_is_refused() {
    for name in ["sub/../../x", "sub//x", "x", "sub/..x", "sub/c:/x", "Chart.yaml/x", "sub\\..\\..\\x"] {
        let message = refused(&[("sub/Chart.yaml", b'0', DESCRIPTION.as_bytes()), (name, b'0', b"")]);
        assert!(message.contains("archive holds") || message.contains("directory"), "{name}: {message}");
    }
}

#[test]
fn the_first_directory_of_an_archive_may_have_any_name() {
    for name in ["../templates/x", "/templates/x", "other/./templates/x"] {
        let chart = load(files(&[("sub/Chart.yaml", DESCRIPTION), (name, "kind: A\n")])).expect("a chart");
        assert_eq!(render(&chart).expect("objects").templates.len(), 1, "{name}");
    }
}

#[test]
fn what_is_no_archive_is_an_error() {
    let whole = files(&[("sub/Chart.yaml", DESCRIPTION)]);
    let cut = |length: usize| whole[..length].to_vec();
    for bytes in
        [Vec::new(), b"no archive".to_vec(), gzip(b""), gzip(&[7; 700]), cut(40), cut(whole.len() - 30)]
    {
        let error = load(bytes).expect_err("an error");
        assert_eq!(error.span.map(|span| span.file), Some(FileId(7)), "{error}");
    }
    assert!(load(files(&[("sub/values.yaml", "")])).expect_err("an error").message.contains("no Chart.yaml"));
}

#[test]
fn large_archives_are_refused_before_they_are_unpacked() {
    // 300 MiB of zeros, of which gzip leaves 300 kB.
    let zeros = gzip(&vec![0; 1 << 20]).repeat(300);
    for kind in [b'0', b'g'] {
        let bomb = [gzip(&header("sub/Chart.yaml", kind, 300 << 20)), zeros.clone()].concat();
        assert!(load(bomb).expect_err("an error").is_limit);
    }
    // Many files that are too large together.
    let bomb =
        [gzip(&header("sub/x", b'0', 10 << 20)), zeros[..zeros.len() / 30].to_vec()].concat().repeat(12);
    assert!(load(bomb).expect_err("an error").is_limit);
    let many: Vec<u8> = (0..30_000).flat_map(|number| header(&format!("sub/{number}"), b'0', 0)).collect();
    assert!(load(gzip(&many)).expect_err("an error").is_limit);
    let promised = header("sub/Chart.yaml", b'0', usize::MAX >> 32);
    assert!(load(gzip(&promised)).expect_err("an error").is_limit);
}

#[test]
fn archives_in_archives_end() {
    let mut bytes = files(&[("sub/Chart.yaml", DESCRIPTION)]);
    for _ in 0..30 {
        let entries: [(&str, u8, &[u8]); 2] =
            [("sub/Chart.yaml", b'0', DESCRIPTION.as_bytes()), ("sub/charts/sub.tgz", b'0', &bytes)];
        bytes = archive(&entries);
    }
    assert!(load(bytes).expect_err("an error").is_limit);
}
