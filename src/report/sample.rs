//! A report for tests with every feature that a format has to support.

use crate::check::diagnostic::{Diagnostic, State};
use crate::check::triage::{Checked, Report};
use crate::finding::{Edit, Effect, Fix, Related};
use crate::model::{Identity, ImageCounts, LeftAlone, LeftAloneCounts, NotRead};
use crate::rules::rule::{Category, Meta, Preset, Severity};
use crate::source::{FileId, Source, Sources, Span};

pub(super) static SELF_MIRROR: Meta = Meta {
    id: "self-mirror",
    summary: "a mirror is the registry it mirrors",
    category: Category::Mirrors,
    severity: Severity::Error,
    preset: Preset::Recommended,
    security: None,
    yields_to: &[],
    since: "0.1.0",
};
pub(super) static CREDENTIALS: Meta = Meta {
    id: "credential-exposing-search",
    summary: "a search registry is sent the pull secret",
    category: Category::Registries,
    severity: Severity::Warning,
    preset: Preset::Recommended,
    security: Some("7.5"),
    yields_to: &[],
    since: "0.1.0",
};
pub(super) static UNUSED: Meta = Meta {
    id: "unused-ignore",
    summary: "`ignore` that matches nothing",
    category: Category::Settings,
    severity: Severity::Note,
    preset: Preset::Strict,
    security: None,
    yields_to: &[],
    since: "0.1.0",
};

/// All rules of the sample, one of which has no finding.
pub(super) static RULES: [&Meta; 3] = [&CREDENTIALS, &SELF_MIRROR, &UNUSED];

const IMAGE: &str =
    "\u{feff}kind: Image\r\nspec: {note: \"é𝄞\", mirror: self.example.com}\r\n# pullwarden: ignore\r\n";

/// The place of `text` in a file.
pub(super) fn at(sources: &Sources, file: u32, text: &str) -> Span {
    let start = sources.get(FileId(file)).and_then(|source| source.text.find(text)).unwrap();
    Span::new(FileId(file), start, start + text.len())
}

fn diagnostic(rule: &'static Meta, span: Span, message: &str) -> Diagnostic {
    Diagnostic {
        rule,
        severity: rule.severity,
        message: message.into(),
        span,
        related: Vec::new(),
        help: None,
        note: None,
        fix: None,
        effect: None,
        data: None,
        field: String::new(),
        resource: None,
        clusters: Vec::new(),
        fingerprint: format!("print of {message}"),
        former_fingerprint: None,
        state: State::Open,
    }
}

/// The report and its texts.
pub(super) fn report() -> (Report, Sources) {
    let mut sources = Sources::default();
    sources.add(Source::new("clusters/é b/100%/image.yaml".into(), IMAGE.into()));
    sources.add(Source::new("empty.yaml".into(), "".into()));
    sources.add(Source::new("<stdin>".into(), "source: a\nmirrors: [a]\n".into()));
    sources.add(Source::new("pullwarden.yaml".into(), "ignore:\n- rule: unused-ignore\n".into()));

    let resource = Identity {
        api_version: "config.openshift.io/v1".into(),
        kind: "Image".into(),
        namespace: String::new(),
        name: "cluster".into(),
    };
    let mirror = at(&sources, 0, "self.example.com");
    let full = Diagnostic {
        help: Some("drop the entry\n::error::or not, and 50% of it".into()),
        note: Some("the cluster is only guessed".into()),
        related: vec![
            Related { span: at(&sources, 2, "a\n"), text: "the source [is](1) set here".into() },
            Related { span: at(&sources, 0, "\"é𝄞\""), text: "and noted here".into() },
            Related { span: Span::new(FileId(77), 0, 0), text: "nowhere".into() },
        ],
        fix: Fix::safe(
            "remove the entry",
            [
                Some(Edit::replace(mirror, "\u{202e}other\r\n")),
                Some(Edit::replace(at(&sources, 2, "mirrors: [a]\n"), "")),
                Some(Edit::replace(Span::new(FileId(2), 0, 0), "# first\n")),
            ],
        ),
        effect: Some(Effect::Freezes),
        data: None,
        field: "spec.mirror".into(),
        resource: Some(resource.clone().into()),
        clusters: vec!["east".into(), "west\u{9b}".into()],
        ..diagnostic(
            &SELF_MIRROR,
            mirror,
            "`self.example.com` mirrors\u{7} itself [x](https://evil.example)\n::error::",
        )
    };
    let by_comment = State::Ignored {
        reason: "known,\u{200b} see ticket".into(),
        span: at(&sources, 0, "# pullwarden: ignore"),
        in_source: true,
    };
    let by_configuration =
        State::Ignored { reason: String::new(), span: at(&sources, 3, "rule"), in_source: false };
    let diagnostics = vec![
        full,
        Diagnostic {
            state: by_comment,
            resource: Some(Identity { namespace: "openshift".into(), ..resource }.into()),
            ..diagnostic(&CREDENTIALS, at(&sources, 0, "spec"), "`{0}` is sent the secret")
        },
        Diagnostic {
            fix: Fix::unsafe_("write it", [Some(Edit::replace(Span::new(FileId(1), 0, 0), "a: b"))]),
            ..diagnostic(&SELF_MIRROR, Span::new(FileId(1), 0, 0), "nothing in the file")
        },
        diagnostic(&CREDENTIALS, at(&sources, 2, "source: a\nmirrors"), "two lines"),
        Diagnostic { state: by_configuration, ..diagnostic(&UNUSED, at(&sources, 3, "ignore"), "no use") },
        diagnostic(&UNUSED, at(&sources, 3, "- rule: unused-ignore"), "matches nothing"),
        Diagnostic {
            state: State::Baselined { span: at(&sources, 3, "rule") },
            ..diagnostic(&SELF_MIRROR, at(&sources, 3, "unused-ignore"), "known")
        },
    ];
    let left_alone = [
        ("b.yaml", NotRead::Documents { templates: 1, patches: 2 }),
        ("c.yaml.j2", NotRead::Template),
        ("d\u{9b}.yaml", NotRead::Hidden),
    ];
    let left_alone = left_alone.map(|(file, why)| LeftAlone { file: file.to_owned(), why }).to_vec();
    let images = Some(ImageCounts { held: 1, clusters: 1, unheld: 2 });
    let counts = LeftAloneCounts::of(&left_alone);
    let (resources, clusters, alone) = (2, 2, 1);
    let checked = Checked {
        files: 4,
        resources,
        clusters,
        alone,
        images,
        left_alone: counts,
        unread: 0,
        dropped: 3,
        objects: None,
        unfinished: 0,
        examples: None,
    };
    (Report { diagnostics, checked, left_alone, policies: Vec::new() }, sources)
}
