// The brief form: the product picker, and languages that open when they are chosen.
"use strict";

(() => {
  const form = document.getElementById("brief-form");
  if (!form) return;
  document.getElementById("form-problems")?.focus();

  // Languages: keyphrase and call to action show only for those that are chosen.
  const locales = [...form.querySelectorAll("[data-locale]")];
  const summary = form.querySelector("[data-summary]");
  const refresh = () => {
    for (const row of locales) row.classList.toggle("st-chosen-locale", row.querySelector("[type=checkbox]").checked);
    const count = locales.filter((row) => row.querySelector("[type=checkbox]").checked).length;
    summary.textContent = count ? `${count} draft${count > 1 ? "s" : ""} will be written and checked, then wait for your yes.` : "";
  };
  form.addEventListener("change", refresh);
  refresh();

  const picker = form.querySelector("[data-picker]");
  const search = picker.querySelector("[data-search]");
  const options = picker.querySelector("[data-options]");
  const chosen = picker.querySelector("[data-chosen]");
  let active = -1;
  let asked = 0;

  for (const product of JSON.parse(document.getElementById("chosen-products").textContent)) choose(product);

  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(suggest, 150);
  });
  search.addEventListener("focus", suggest);
  search.addEventListener("blur", () => setTimeout(close, 150));
  search.addEventListener("keydown", (event) => {
    const rows = [...options.children];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (rows.length) mark((active + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length);
    } else if (event.key === "Enter") {
      event.preventDefault(); // the form is sent by its button
      (rows[active] || rows[0])?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true }));
    } else if (event.key === "Escape") close();
    else if (event.key === "Backspace" && !search.value) chosen.lastElementChild?.remove();
  });

  async function suggest() {
    const number = ++asked;
    const response = await fetch(`${picker.dataset.source}?q=${encodeURIComponent(search.value)}`);
    if (!response.ok || number !== asked) return;
    const { results } = await response.json();
    const taken = new Set([...chosen.querySelectorAll("input")].map((input) => input.value));
    const rows = results.filter((product) => !taken.has(product.id)).map(option);
    options.replaceChildren(...rows);
    options.hidden = !rows.length;
    search.setAttribute("aria-expanded", String(Boolean(rows.length)));
    mark(rows.length ? 0 : -1);
  }

  function option(product, index) {
    const row = document.createElement("li");
    row.role = "option";
    row.id = `product-option-${index}`;
    row.append(picture(product), text("span", product.title), text("code", product.sku || product.id));
    row.addEventListener("mousedown", (event) => {
      event.preventDefault();
      choose(product);
      search.value = "";
      search.focus();
      suggest();
    });
    return row;
  }

  function choose(product) {
    const row = document.createElement("li");
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = "products";
    input.value = product.id;
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "st-icon-button";
    remove.setAttribute("aria-label", `Remove ${product.title}`);
    remove.append(text("span", "close", "material-symbols-outlined"));
    remove.addEventListener("click", () => row.remove());
    row.append(picture(product), text("span", product.title), input, remove);
    chosen.append(row);
  }

  function picture(product) {
    if (!/^(https?:|\/)/.test(product.image || "")) return text("span", "inventory_2", "material-symbols-outlined st-thumb");
    const image = document.createElement("img");
    image.src = product.image;
    image.alt = "";
    image.loading = "lazy";
    image.className = "st-thumb";
    image.addEventListener("error", () => image.replaceWith(text("span", "inventory_2", "material-symbols-outlined st-thumb")));
    return image;
  }

  function mark(index) {
    active = index;
    [...options.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    search.setAttribute("aria-activedescendant", index >= 0 ? `product-option-${index}` : "");
    options.children[index]?.scrollIntoView({ block: "nearest" });
  }

  function close() {
    options.hidden = true;
    search.setAttribute("aria-expanded", "false");
  }

  function text(tag, words, className = "") {
    const element = document.createElement(tag);
    element.textContent = words;
    element.className = className;
    return element;
  }
})();
