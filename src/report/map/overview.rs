//! The overview at the top: groups of clusters on the left, hosts of registries on the right.

use super::{Group, Map};
use crate::machine::terminal::{cut, escape};
use crate::model::scope::host;
use crate::report::xml::escaped;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The most groups and hosts that are drawn; the rest is counted.
const GROUPS: usize = 24;
const HOSTS: usize = 32;

/// The height of a row, in pixels.
const ROW: usize = 34;
const WIDTH: usize = 900;
/// The right edge of the boxes on the left side, and the left edge of the boxes on the right side.
const LEFT: usize = 330;
const RIGHT: usize = 570;
/// The most characters of a label.
const LABEL: usize = 38;

/// The role of a host for a cluster. If a host has several roles, the first one in this order is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Blocked,
    Mirror,
    Pulled,
    Allowed,
    Mirrored,
}

impl Role {
    const ALL: [Role; 5] = [Role::Pulled, Role::Mirror, Role::Mirrored, Role::Allowed, Role::Blocked];

    fn class(self) -> &'static str {
        match self {
            Role::Blocked => "blocked",
            Role::Mirror => "mirror",
            Role::Pulled => "pulled",
            Role::Allowed => "allowed",
            Role::Mirrored => "mirrored",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Role::Blocked => "blocked",
            Role::Mirror => "a mirror",
            Role::Pulled => "images come from here",
            Role::Allowed => "allowed",
            Role::Mirrored => "has mirrors",
        }
    }
}

/// The hosts of a group, each with its role.
fn roles(group: &Group) -> BTreeMap<String, Role> {
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    let mut add = |name: &str, role: Role| {
        let known = roles.entry(host(name).to_owned()).or_insert(role);
        *known = role.min(*known);
    };
    for blocked in group.blocked.iter().filter(|blocked| !blocked.text.contains('/')) {
        add(&blocked.text, Role::Blocked);
    }
    for source in &group.sources {
        add(&source.source, Role::Mirrored);
        for mirror in &source.mirrors {
            add(&mirror.location, Role::Mirror);
        }
    }
    for image in group.images.iter().filter(|image| image.pullable) {
        let first = image.places.iter().find(|place| place.blocked_by.is_none());
        if let Some(place) = first {
            add(&place.reference, Role::Pulled);
        }
    }
    for allowed in &group.allowed {
        add(&allowed.text, Role::Allowed);
    }
    roles
}

/// The picture, as SVG. `state` tells two pictures of a page apart.
pub(super) fn svg(map: &Map, state: Option<&str>) -> String {
    let groups: Vec<(&Group, BTreeMap<String, Role>)> =
        map.groups.iter().take(GROUPS).map(|group| (group, roles(group))).collect();
    let mut reached: BTreeMap<&str, usize> = BTreeMap::new();
    for (group, roles) in &groups {
        for host in roles.keys() {
            *reached.entry(host).or_default() += group.clusters.len();
        }
    }
    let mut hosts: Vec<(&str, usize)> = reached.into_iter().collect();
    // The hosts of the most clusters come first. The sort is stable, so hosts with equal numbers stay in the order of
    // their names.
    hosts.sort_by_key(|(_, clusters)| std::cmp::Reverse(*clusters));
    let hidden = hosts.len().saturating_sub(HOSTS);
    hosts.truncate(HOSTS);
    let rows = groups.len().max(hosts.len());
    let height = (rows + 1) * ROW;
    let y = |number: usize, count: usize| ROW / 2 + number * ROW + (rows - count) * ROW / 2;
    let (label, id, title) = match state {
        Some(state) => (
            format!("Picture {state} the change"),
            format!("overview-{state}"),
            format!(" {state} the change"),
        ),
        None => ("Picture".to_owned(), "overview-title".to_owned(), String::new()),
    };
    let mut svg = format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"><svg class=\"overview\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}\">\
         <title id=\"{id}\">Clusters and their registries{title}</title>\n"
    );
    for (number, (_, roles)) in groups.iter().enumerate() {
        for (place, (host, _)) in hosts.iter().enumerate() {
            let Some(role) = roles.get(*host) else { continue };
            let (from, to) = (y(number, groups.len()) + ROW / 3, y(place, hosts.len()) + ROW / 3);
            let bend = (RIGHT - LEFT) / 2;
            let _ = writeln!(
                svg,
                "<path class=\"{}\" d=\"M{LEFT} {from}C{} {from} {} {to} {RIGHT} {to}\"/>",
                role.class(),
                LEFT + bend,
                RIGHT - bend,
            );
        }
    }
    for (number, (group, _)) in groups.iter().enumerate() {
        let top = y(number, groups.len());
        boxed(&mut svg, "clusters", (0, top, LEFT), &group.title());
    }
    for (number, (host, _)) in hosts.iter().enumerate() {
        let top = y(number, hosts.len());
        boxed(&mut svg, "host", (RIGHT, top, WIDTH - RIGHT), host);
    }
    svg.push_str("</svg></div>\n<ul class=\"legend\">");
    for role in Role::ALL {
        let _ = write!(
            svg,
            "<li><svg viewBox=\"0 0 40 8\" aria-hidden=\"true\"><path class=\"{}\" d=\"M0 4H40\"/></svg> {}</li>",
            role.class(),
            role.words(),
        );
    }
    svg.push_str("</ul>\n");
    let more = [
        (map.groups.len().saturating_sub(GROUPS), "group of clusters", "groups of clusters"),
        (hidden, "registry", "registries"),
    ];
    for (count, one, many) in more.into_iter().filter(|(count, ..)| *count > 0) {
        let _ = writeln!(
            svg,
            "<p class=\"more\">{count} more {} not drawn.</p>",
            if count == 1 { one } else { many }
        );
    }
    svg
}

fn boxed(svg: &mut String, class: &str, (left, top, width): (usize, usize, usize), label: &str) {
    let label = escape(label);
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><title>{}</title><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{}\" rx=\"5\"/>\
         <text x=\"{}\" y=\"{}\">{}</text></g>",
        escaped(&label),
        ROW * 2 / 3,
        left + 10,
        top + ROW / 2 - 1,
        escaped(&cut(&label, LABEL)),
    );
}
