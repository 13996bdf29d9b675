// The draft page: boxes that grow, findings and claims marked in the text and checked while one types,
// counters, the search preview, comparing versions. Everything arrives as text and is set as text.
"use strict";

(() => {
  const form = document.getElementById("draft-form");
  const find = (selector) => document.querySelector(selector);
  const boxes = new Map();
  let judged = { findings: [], claims: [], errors: 0 };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
    const compare = event.target.closest("[data-compare]");
    if (compare) show(compare.dataset.compare);
  });

  async function show(address) {
    const place = document.querySelector("[data-compare-place]");
    const response = await fetch(address);
    if (response.ok) place.innerHTML = await response.text(); // our own template, escaped there
    place.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  if (!form) return;

  for (const place of form.querySelectorAll("[data-field]")) {
    const area = place.querySelector("textarea");
    boxes.set(place.dataset.field, { place, area, mirror: place.querySelector("[data-mirror]"), counter: place.querySelector("[data-counter]") });
    area.addEventListener("input", () => {
      changed(true);
      draw(place.dataset.field, []);
      preview();
      later(check);
    });
  }
  judge(JSON.parse(document.getElementById("judgement").textContent));
  preview();
  window.addEventListener("resize", () => boxes.forEach((box) => grow(box.area)));
  document.fonts?.ready.then(() => boxes.forEach((box) => grow(box.area)));

  // Saving, and not losing what was typed.
  let isChanged = "unsaved" in form.dataset; // sent back because another version came first
  function changed(value) {
    isChanged = value;
    form.classList.toggle("st-changed", value);
    const hint = find("[data-save-hint]");
    if (value && hint) hint.textContent = "Not saved yet.";
    const approve = find("[data-approve]");
    if (value && approve) {
      approve.disabled = true;
      approve.title = "Save your changes first.";
    }
  }
  form.addEventListener("submit", (event) => {
    isChanged = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      find("[data-save]")?.click();
    }
  });

  let timer;
  function later(step) {
    clearTimeout(timer);
    timer = setTimeout(step, 450);
  }

  let asked = 0;
  async function check() {
    const number = ++asked;
    const response = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
    if (response.ok && number === asked) judge(await response.json());
  }

  function judge(result) {
    judged = { findings: [], claims: [], errors: 0, ...result };
    for (const name of boxes.keys()) draw(name, spans(name));
    const notes = judged.findings.filter((finding) => finding.severity === "info");
    list("[data-findings]", judged.findings.filter((finding) => finding.severity !== "info"), findingRow, "Nothing to put right.");
    list("[data-notes]", notes, findingRow, "");
    find("[data-notes-box]").hidden = !notes.length;
    find("[data-note-count]").textContent = `${notes.length} note${notes.length === 1 ? "" : "s"}`;
    list("[data-claims]", distinct(judged.claims), claimRow, "The text states nothing that would need a fact.");
    const count = find("[data-error-count]");
    count.textContent = judged.errors ? String(judged.errors) : "";
    const used = new Set(judged.claims.map((claim) => claim.fact && plain(claim.fact)).filter(Boolean));
    for (const row of document.querySelectorAll("[data-fact]")) row.classList.toggle("st-used", used.has(plain(row.dataset.fact)));
  }

  // The same words for the same fact count once; those without a fact come first.
  function distinct(claims) {
    const kept = new Map();
    for (const claim of claims) {
      const key = `${plain(claim.text)}|${claim.fact}`;
      if (!kept.has(key)) kept.set(key, claim);
    }
    return [...kept.values()].sort((one, other) => Boolean(one.fact) - Boolean(other.fact));
  }

  function plain(fact) {
    return fact.toLowerCase().trim();
  }

  function list(selector, items, row, nothing) {
    const place = find(selector);
    place.replaceChildren(...(items.length ? items.map(row) : [text("li", nothing, "st-nothing")]));
  }

  function findingRow(finding) {
    const icons = { error: "error", warning: "warning", info: "info" };
    const row = document.createElement("li");
    row.className = `st-finding st-finding-${finding.severity}`;
    const button = document.createElement("button");
    button.type = "button";
    button.append(
      text("span", icons[finding.severity] || "info", "material-symbols-outlined"),
      text("small", finding.label),
      text("strong", finding.message),
      text("span", finding.remedy, "st-remedy"),
    );
    button.addEventListener("click", () => select(finding));
    row.append(button);
    return row;
  }

  function claimRow(claim) {
    const row = document.createElement("li");
    row.className = claim.fact ? "st-claim st-claim-true" : "st-claim st-claim-false";
    const button = document.createElement("button");
    button.type = "button";
    button.append(
      text("span", claim.fact ? "verified" : "gpp_bad", "material-symbols-outlined"),
      text("q", claim.text),
      text("small", claim.fact || "No fact says so"),
    );
    button.addEventListener("click", () => {
      select(claim);
      const fact = [...document.querySelectorAll("[data-fact]")].find((place) => claim.fact && plain(place.dataset.fact) === plain(claim.fact));
      if (!fact) return;
      fact.closest("details").open = true;
      fact.classList.add("st-flash");
      setTimeout(() => fact.classList.remove("st-flash"), 1600);
    });
    row.append(button);
    return row;
  }

  // The server counts characters; the browser counts UTF-16 units. They differ beyond the basic plane.
  function units(words, characters) {
    return [...words].slice(0, characters).join("").length;
  }

  function select(item) {
    const box = boxes.get(item.field);
    if (!box) return;
    box.area.focus();
    box.area.setSelectionRange(units(box.area.value, item.start), units(box.area.value, item.end));
    box.place.scrollIntoView({ block: "center", behavior: "smooth" });
  }

  function spans(field) {
    const found = judged.findings.map((finding) => ({ ...finding, kind: finding.severity }));
    const claimed = judged.claims.filter((claim) => claim.fact).map((claim) => ({ ...claim, kind: "claim" }));
    return [...found, ...claimed].filter((item) => item.field === field && item.end > item.start);
  }

  // A copy of the text behind the box carries the marks: a textarea itself cannot.
  function draw(field, items) {
    const { area, mirror, counter, place } = boxes.get(field);
    const characters = [...area.value];
    const rank = { claim: 1, info: 2, warning: 3, error: 4 };
    const kinds = new Array(characters.length).fill("");
    for (const item of items.filter((one) => one.end - one.start < characters.length || characters.length < 40))
      for (let at = item.start; at < Math.min(item.end, characters.length); at += 1)
        if ((rank[item.kind] || 0) > (rank[kinds[at]] || 0)) kinds[at] = item.kind;
    const parts = [];
    for (let at = 0; at < characters.length; ) {
      let end = at;
      while (end < characters.length && kinds[end] === kinds[at]) end += 1;
      const words = characters.slice(at, end).join("");
      parts.push(kinds[at] ? text("mark", words, `st-mark-${kinds[at]}`) : document.createTextNode(words));
      at = end;
    }
    mirror.replaceChildren(...parts, document.createTextNode("\n"));
    const limit = Number(place.dataset.limit || 0);
    counter.textContent = limit ? `${characters.length} / ${limit}` : `${characters.length}`;
    counter.classList.toggle("st-over", Boolean(limit) && characters.length > limit);
    grow(area);
  }

  function grow(area) {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  }

  // Search engines cut by pixels, in Arial; measured here, and an estimate all the same.
  function preview() {
    const place = find("[data-serp]");
    if (!place) return;
    const canvas = document.createElement("canvas").getContext("2d");
    const width = (words, font) => {
      canvas.font = font;
      return Math.round(canvas.measureText(words).width);
    };
    const cut = (words, font, limit) => {
      if (width(words, font) <= limit) return words;
      let short = words;
      while (short && width(`${short} …`, font) > limit) short = [...short].slice(0, -1).join("");
      return `${short.trimEnd()} …`;
    };
    const title = boxes.get(place.dataset.title)?.area.value || "";
    const description = boxes.get(place.dataset.description)?.area.value || "";
    place.querySelector("[data-serp-title]").textContent = cut(title, "20px Arial", 580);
    bold(place.querySelector("[data-serp-text]"), cut(description, "14px Arial", 920), place.dataset.phrase);
    const size = find("[data-serp-size]");
    size.textContent = `Title ${width(title, "20px Arial")} of 580 px · description ${width(description, "14px Arial")} of 920 px`;
  }

  function bold(place, words, phrase) {
    const at = phrase ? words.toLowerCase().indexOf(phrase.toLowerCase()) : -1;
    if (at < 0) return place.replaceChildren(document.createTextNode(words));
    return place.replaceChildren(
      document.createTextNode(words.slice(0, at)),
      text("b", words.slice(at, at + phrase.length)),
      document.createTextNode(words.slice(at + phrase.length)),
    );
  }

  function text(tag, words, className = "") {
    const element = document.createElement(tag);
    element.textContent = words;
    element.className = className;
    return element;
  }
})();
