// A campaign's audience, counted while it is written: how many, in which languages, who for example.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const line = document.querySelector("[data-audience-check]");
  const form = line?.closest("form");
  if (!form) return;

  const NAMES = [
    "expression", "exclusion", "audience", "kind", "hold_out_percent", "cap_mails", "cap_days", "scheduled_at_0",
    "scheduled_at_1",
  ];
  const LESS = [
    ["same_address", "with the address of another"], ["invalid", "whose address is none"],
    ["suppressed", "suppressed"], ["declined", "who declined this kind of mail"],
    ["capped", "over the frequency cap"], ["too_soon", "who asked for fewer mails"], ["held_out", "held out"],
  ];
  const panel = document.createElement("div");
  panel.className = "st-card";
  panel.dataset.audience = "";
  panel.setAttribute("aria-live", "polite");
  panel.style.cssText = "margin-top:.75rem;padding:.75rem 1rem;max-width:42rem";
  const last = form.querySelector("[name=exclusion]") ?? line;
  last.parentElement.append(panel);

  let timer, asked;
  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, 300);
  }

  async function ask() {
    const query = new URLSearchParams({ campaign: line.dataset.campaign });
    for (const name of NAMES) query.set(name, form.querySelector(`[name=${name}]`)?.value ?? "");
    asked = query.toString();
    const mine = asked;
    const response = await fetch(`${line.dataset.audienceCheck}?${mine}`);
    if (!response.ok || mine !== asked) return;
    show(await response.json());
  }

  function show(found) {
    const rows = [];
    for (const error of found.errors ?? []) rows.push(text("p", `${labelled(error.field)}: ${error.detail}`, "st-note st-note-error"));
    if (found.people !== undefined) rows.push(...numbers(found));
    if (found.warning) rows.push(text("p", found.warning, "st-note st-note-warning"));
    panel.replaceChildren(...rows);
  }

  function labelled(field) {
    const label = form.querySelector(`label[for=id_${field}]`)?.textContent.replace("*", "").trim();
    return label || field;
  }

  function numbers(found) {
    const locales = Object.entries(found.by_locale).map(([locale, people]) => `${locale} ${people.toLocaleString("en")}`);
    const head = text("p", "", "");
    head.append(text("strong", found.people.toLocaleString("en"), ""), ` ${found.people === 1 ? "person" : "people"}`);
    if (locales.length) head.append(`: ${locales.join(", ")}`);
    if (found.excluded) head.append(`; ${found.excluded.toLocaleString("en")} excluded`);
    if (found.no_consent) head.append(`; ${found.no_consent.toLocaleString("en")} more did not agree to mail`);
    const rows = [head];
    for (const [name, words] of LESS.filter(([name]) => found[name])) {
      const about = name === "held_out" && !found.is_drawn ? "about " : "";
      rows.push(text("p", `less ${about}${found[name].toLocaleString("en")} ${words}`, "st-hint"));
    }
    rows.push(text("p", `${found.mails.toLocaleString("en")} ${found.mails === 1 ? "mail" : "mails"}`, ""));
    if (found.sample.length) {
      const list = text("ul", "", "st-lines");
      list.style.paddingInline = ".5rem";
      for (const one of found.sample) {
        list.append(text("li", [one.name, one.id, one.locale, one.country].filter(Boolean).join(" · "), ""));
      }
      rows.push(text("p", "For example", "st-hint"), list);
    }
    return rows;
  }

  function text(kind, words, name) {
    const made = document.createElement(kind);
    if (name) made.className = name;
    made.textContent = words;
    return made;
  }

  form.addEventListener("input", (event) => {
    if (NAMES.includes(event.target.name)) later();
  });
  ask();
});
