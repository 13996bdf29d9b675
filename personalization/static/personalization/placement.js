// The form of a placement: sliders that say their value, rules that come and go, filters judged while typing.
"use strict";

(() => {
  const form = document.getElementById("placement-form");
  if (!form) return;
  document.getElementById("form-problems")?.focus();

  const rules = form.querySelector("[data-rules]");
  const template = form.querySelector("[data-rule-template]");
  const VALUES = { boost: ["times", "2"], bury: ["times", "0.5"], pin: ["place", "1"], exclude: ["", ""] };

  function refresh() {
    const mode = form.querySelector("[name=mode]:checked")?.value;
    form.querySelector("[data-share]").hidden = mode !== "mix";
    for (const row of form.querySelectorAll("[data-source]")) {
      row.classList.toggle("pl-off", !row.querySelector("[type=checkbox]").checked);
    }
    for (const slider of form.querySelectorAll(".pl-slider")) {
      const input = slider.querySelector("input");
      const isPercent = ["share", "relevance"].includes(input.name);
      slider.querySelector("output").textContent = isPercent ? `${Math.round(input.value)} %` : Number(input.value).toFixed(2);
    }
    for (const rule of rules.children) {
      const [label, usual] = VALUES[rule.querySelector("[name=rule-action]").value];
      const value = rule.querySelector(".pl-rule-value");
      value.toggleAttribute("data-unused", !label);
      value.querySelector("[data-value-label]").textContent = label;
      value.querySelector("input").placeholder = usual;
    }
    form.querySelector("[data-no-rules]").hidden = rules.children.length > 0;
  }

  // A slider moved by hand stops at round values; one that is left alone keeps the exact value it came with.
  function snap(input) {
    const step = input.name.startsWith("weight-") ? 0.05 : input.name === "relevance" ? 1 : 0;
    if (step) input.value = (Math.round(input.value / step) * step).toFixed(2);
  }

  const waiting = new WeakMap();
  function judge(field) {
    clearTimeout(waiting.get(field));
    waiting.set(field, setTimeout(() => ask(field), 250));
  }

  async function ask(field) {
    const verdict = field.closest("[data-filter]").querySelector("[data-verdict]");
    const text = field.value;
    if (!text.trim()) return verdict.replaceChildren();
    const response = await fetch(`${form.dataset.check}?filter=${encodeURIComponent(text)}`);
    if (!response.ok || field.value !== text) return;
    const found = await response.json();
    const parts = [];
    if (!found.ok) parts.push(say("error", `Position ${found.position}: ${found.error}`, "pl-bad"));
    if (found.ok && found.products !== undefined) {
      const words = `${found.matching} of ${found.products} products`;
      parts.push(say(found.matching ? "check_circle" : "warning", words, found.matching ? "pl-good" : "pl-warn"));
    }
    if (found.warning) parts.push(say("info", found.warning, "pl-warn"));
    verdict.replaceChildren(...parts);
  }

  function say(icon, words, colour) {
    const row = document.createElement("span");
    row.className = colour;
    row.style.cssText = "display:inline-flex;gap:5px;align-items:center";
    const sign = document.createElement("span");
    sign.className = "material-symbols-outlined";
    sign.ariaHidden = "true";
    sign.textContent = icon;
    row.append(sign, words);
    return row;
  }

  form.addEventListener("input", (event) => {
    if (event.target.type === "range") snap(event.target);
    if (["filter", "rule-filter"].includes(event.target.name)) judge(event.target);
    refresh();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "rule-action") event.target.closest("[data-rule]").querySelector("[name=rule-value]").value = "";
    refresh();
  });
  form.addEventListener("click", (event) => {
    if (event.target.closest("[data-add-rule]")) {
      rules.append(template.content.cloneNode(true));
      dates(rules.lastElementChild);
      rules.lastElementChild.querySelector("select").focus();
    }
    event.target.closest("[data-remove-rule]")?.closest("[data-rule]").remove();
    refresh();
  });

  // A day is picked from the browser's calendar; a moment that a text holds stays a text.
  function dates(scope) {
    for (const input of scope.querySelectorAll("[data-date]")) {
      if (!input.value || /^\d{4}-\d\d-\d\d$/.test(input.value)) input.type = "date";
    }
  }

  dates(form);
  refresh();
  for (const field of form.querySelectorAll("[name=filter], [name=rule-filter]")) if (field.value) judge(field);
})();
