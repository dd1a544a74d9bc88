"use strict";
(() => {
  const { groups, parts, names: files } = JSON.parse(document.getElementById("map").textContent);
  const $ = (id) => document.getElementById(id);

  // Values of the repository become text, never markup.
  const el = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  };
  const code = (text) => el("code", {}, text);
  const all = (numbers) => numbers.map((number) => parts[number]);
  // An image of a cluster: what nodes do with it, and three numbers for each place that names it.
  const used = ([part, uses, ...numbers]) => {
    const places = [];
    for (let at = 0; at < numbers.length; at += 3) {
      const [directory, name] = [files[numbers[at]], files[numbers[at + 1]]];
      places.push({ file: directory ? `${directory}/${name}` : name, line: numbers[at + 2] });
    }
    return { ...parts[part], uses, used: places };
  };
  const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

  const at = (from) => {
    const places = [...new Set((from ?? []).map((place) => `${place.file}:${place.line}`))];
    if (places.length === 0) return null;
    const more = places.length > 4 ? ` and ${places.length - 4} more` : "";
    return el("span", { class: "from" }, places.slice(0, 4).join(", ") + more);
  };

  const step = (kind, name, words, from) =>
    el("li", {}, el("div", { class: `step ${kind}` }, code(name), ...words.map((word) => el("p", {}, word)), at(from) ?? ""));

  const blocked = (blocker) => blocker ? [`blocked by ${blocker.text}`] : [];

  const source = (rule) => {
    const way = [step("source", rule.source, ["source"], rule.from)];
    rule.mirrors.forEach((mirror, index) => {
      const pulls = { "digest-only": "pulls by digest", "tag-only": "pulls by tag" }[mirror.pulls] ?? "all pulls";
      const words = [`mirror ${index + 1}, ${pulls}`, ...(mirror.insecure ? ["TLS is not verified"] : []), ...blocked(mirror.blocked_by)];
      way.push(step(mirror.blocked_by ? "blocked" : "mirror", mirror.location, words, mirror.from));
    });
    way.push(rule.never_contacted
      ? step("blocked", rule.source, ["the source itself: never asked"], [])
      : step("pulled", rule.source, ["the source itself, last"], []));
    return el("ol", { class: "way" }, ...way);
  };

  const names = (title, list, empty) => {
    if (list.length === 0 && !empty) return [];
    const items = list.map((said) => el("li", {}, code(said.text), " ", at(said.from) ?? ""));
    return [el("h4", {}, title), items.length ? el("ul", { class: "names" }, ...items) : el("p", {}, empty)];
  };

  const image = (found) => {
    const first = found.places.find((place) => !place.blocked_by);
    const verdict = !found.pullable ? el("span", { class: "no" }, "✗ not pulled")
      : found.signed ? el("span", { class: "yes" }, "✓ if its signature holds")
      : el("span", { class: "yes" }, "✓");
    const pools = found.pools ? ` on ${found.pools.join(", ")}` : "";
    const summary = el("summary", {}, verdict, " ", code(found.image), pools,
      found.pullable && first ? " from " : "", found.pullable && first ? code(first.reference) : "");
    const made = el("details", {}, summary);
    made.addEventListener("toggle", () => {
      if (!made.open || made.childElementCount > 1) return;
      if (found.refused) made.append(el("p", { class: "problem" }, found.refused.text, " ", at(found.refused.from) ?? ""));
      const steps = found.places.map((place) => {
        const words = [place.mirror ? "mirror" : "the registry of the name", ...(place.insecure ? ["TLS is not verified"] : []), ...blocked(place.blocked_by)];
        const kind = place.blocked_by ? "blocked" : place.mirror ? "mirror" : "pulled";
        return step(kind, place.reference, words, place.from);
      });
      if (steps.length) made.append(el("ol", { class: "way" }, ...steps));
      const more = found.uses > found.used.length ? ` and ${found.uses - found.used.length} more` : "";
      made.append(el("p", {}, "named at ", ...found.used.flatMap((place, index) => [index ? ", " : "", code(`${place.file}:${place.line}`)]), more));
    });
    return made;
  };

  const SHOWN = 300;
  const images = (list) => {
    if (list.length === 0) return [el("h4", {}, "Images"), el("p", {}, "No workload that was read names an image.")];
    const box = el("div", {});
    const draw = (words) => {
      const fitting = list.filter((found) => found.image.toLowerCase().includes(words));
      box.replaceChildren(...fitting.slice(0, SHOWN).map(image));
      if (fitting.length > SHOWN) box.append(el("p", {}, `${fitting.length - SHOWN} more; the filter finds them.`));
    };
    draw("");
    const head = [el("h4", {}, plural(list.length, "image"))];
    if (list.length > 10) {
      const input = el("input", { type: "search" });
      input.addEventListener("input", () => draw(input.value.toLowerCase()));
      head.push(el("label", {}, "Filter images ", input));
    }
    return [...head, box];
  };

  const file = ({ path, lines }) => {
    const made = el("details", {}, el("summary", {}, code(path)));
    made.addEventListener("toggle", () => {
      if (!made.open || made.childElementCount > 1) return;
      if (lines === null) {
        made.append(el("p", {}, "as shipped; nothing here changes it"));
        return;
      }
      const shown = all(lines.flatMap((block) => parts[block])).map((line) => {
        const why = line.by_release ? el("span", { class: "from" }, "of the release") : at(line.from);
        return el("span", { class: "line" }, line.text || " ", why ?? "");
      });
      made.append(el("pre", { class: "file", tabindex: "0" }, ...shown));
    });
    return made;
  };

  const show = (number, focus) => {
    const group = groups[number];
    const rest = group.clusters.length > 3
      ? el("details", {}, el("summary", {}, plural(group.clusters.length, "cluster") + " that get the same"),
        el("ul", { class: "names" }, ...group.clusters.map((name) => el("li", {}, name))))
      : null;
    const sources = all(group.sources);
    // Where the operator stops, nobody knows what the nodes have.
    const isKnown = group.files.length > 0;
    const allowed = group.restricted
      ? names("Only these may be named", all(group.allowed), "nothing is allowed")
      : [el("h4", {}, "Allowed"), el("p", {}, "Every registry that is not blocked.")];
    const about = [
      group.state ? `${group.state} the change` : "",
      `OpenShift ${group.openshift}${group.openshift_known ? "" : " (assumed: no version is given)"}`,
      group.guessed ? "only the paths of the files suggest that they belong to one cluster" : "",
      group.clusters.length > 1 ? `places are in the manifests of ${group.clusters[0]}` : "",
    ].filter((words) => words).join("; ");
    $("group").replaceChildren(
      el("h3", {}, group.clusters.slice(0, 3).join(", ") + (rest ? " …" : "")), rest ?? "",
      el("p", { class: "from" }, about),
      ...group.problems.map((said) => el("p", { class: "problem" }, said.text, " ", at(said.from) ?? "")),
      ...(isKnown ? [
        el("h4", {}, "Mirrors, in the order in which nodes ask"),
        ...(sources.length ? sources.map(source) : [el("p", {}, "No source has a mirror.")]),
        ...allowed,
        ...names("Blocked", all(group.blocked)),
        ...names("TLS is not verified", all(group.insecure)),
        ...names("Searched for short names", all(group.search)),
        ...images(group.images.map(used)),
        el("h4", {}, "Files on the nodes"),
        ...all(group.files).map(file),
      ] : [el("p", {}, "The nodes keep the files that they have.")]),
      ...names("Files of MachineConfigs beside them", all(group.other_files)),
    );
    document.querySelectorAll("#groups button").forEach((button) => {
      if (Number(button.dataset.group) === number) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    if (focus) $("group").focus({ preventScroll: false });
  };

  $("groups").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) show(Number(button.dataset.group), true);
  });
  document.querySelectorAll(".scripted, .filters").forEach((hidden) => { hidden.hidden = false; });

  // What a search looks at is made once, when it is first asked for.
  let texts = null;
  const strings = (value) => typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(strings) : [];
  const searched = () => {
    const words = parts.map((part) => strings({ ...part, from: null, lines: null }).join("\n").toLowerCase());
    return groups.map((group) => {
      const lists = ["allowed", "blocked", "insecure", "search", "sources"].flatMap((list) => group[list]);
      const numbers = lists.concat(group.images.map(([part]) => part));
      return [group.clusters.join("\n").toLowerCase(), numbers, words];
    });
  };
  $("search").addEventListener("input", () => {
    texts ??= searched();
    const wanted = $("search").value.toLowerCase();
    document.querySelectorAll("#groups li").forEach((item, number) => {
      const [clusters, numbers, words] = texts[number];
      item.hidden = !(clusters.includes(wanted) || numbers.some((part) => words[part].includes(wanted)));
    });
  });

  const filters = document.querySelector(".filters");
  if (filters) {
    const items = [...document.querySelectorAll(".finding")];
    const filter = () => {
      const [severity, rule, words] = [$("by-severity").value, $("by-rule").value, $("by-text").value.toLowerCase()];
      let shown = 0;
      for (const item of items) {
        const fits = (!severity || item.classList.contains(severity)) && (!rule || item.dataset.rule === rule)
          && (!words || item.textContent.toLowerCase().includes(words));
        item.hidden = !fits;
        shown += fits ? 1 : 0;
      }
      $("shown").textContent = `${shown} of ${items.length} shown`;
    };
    filters.addEventListener("input", filter);
    filters.addEventListener("submit", (event) => event.preventDefault());
  }
  if (groups.length > 0) show(0, false);
})();
