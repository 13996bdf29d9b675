// The inbox page: lists mails, shows one, looks for new ones every two seconds. All text goes in as text.
"use strict";
const $ = (id) => document.getElementById(id);
const seen = new Set();
let chosen = "", shown = "", timer = 0, firstAnswer = true;

function line(tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

function clock(seconds) {
  const date = new Date(seconds * 1000), today = new Date().toDateString() === date.toDateString();
  return today ? date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" })
    : date.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function row(mail) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  const top = line("span", "", "top");
  top.append(line("span", mail.recipients.join(", ")), line("span", clock(mail.received_at)));
  button.append(top, line("span", mail.subject || "(no subject)", "subject"), line("span", mail.sender, "from"));
  if (!seen.has(mail.id)) button.classList.add("new");
  if (mail.id === chosen) button.setAttribute("aria-current", "true");
  button.dataset.id = mail.id;
  button.addEventListener("click", () => { location.hash = mail.id; });
  item.append(button);
  return item;
}

async function refresh() {
  clearTimeout(timer);
  try {
    const answer = await fetch("/mails?search=" + encodeURIComponent($("search").value));
    const { count, mails } = await answer.json();
    showList(count, mails);
    $("pulse").className = "pulse";
    $("status").textContent = count > mails.length ? `Showing the newest ${mails.length} of ${count}` : "Listening";
  } catch {
    $("pulse").className = "pulse off";
    $("status").textContent = "The inbox is not running";
  }
  timer = setTimeout(refresh, 2000);
}

function showList(count, mails) {
  const key = JSON.stringify([mails.map((mail) => mail.id), chosen, seen.size]);
  $("count").textContent = count ? count.toLocaleString() : "";
  document.title = count ? `(${count}) Inbox` : "Inbox";
  if (firstAnswer) mails.forEach((mail) => seen.add(mail.id));
  firstAnswer = false;
  if (key !== shown) {
    const focused = document.activeElement?.dataset?.id;
    $("list").replaceChildren(...mails.map(row));
    if (focused) document.querySelector(`[data-id="${focused}"]`)?.focus();
    shown = key;
  }
  const searching = $("search").value !== "";
  $("empty-title").textContent = mails.length ? "Choose a letter" : searching ? "Nothing matches" : "No letters yet";
  $("empty-text").textContent = mails.length ? "It opens here, safe: a letter can run nothing."
    : searching ? "No sender, recipient or subject holds these words."
    : "Mail sent to this machine's SMTP port lands here and goes no further.";
}

async function open() {
  chosen = location.hash.slice(1);
  document.body.classList.toggle("reading", chosen !== "");
  const answer = chosen ? await fetch("/mails/" + encodeURIComponent(chosen)) : null;
  $("letter").hidden = !answer?.ok;
  $("empty").hidden = !!answer?.ok;
  if (answer?.ok) showLetter(await answer.json());
  refresh();
}

function showLetter(mail) {
  seen.add(mail.id);
  for (const name of ["subject", "from", "to"]) $(name).textContent = mail[name];
  if (!mail.subject) $("subject").textContent = "(no subject)";
  $("time").textContent = clock(Number(mail.id.slice(0, 20)) / 1e9);
  $("text").textContent = mail.text || "This letter has no plain text.";
  $("frame").src = mail.has_html ? `/mails/${mail.id}/html` : "about:blank";
  $("size").textContent = mail.has_html ? `${(mail.html_bytes / 1000).toFixed(1)} kB of HTML` : "";
  $("raw").href = `/mails/${mail.id}/raw`;
  document.querySelector("[data-tab=html]").disabled = !mail.has_html;
  document.querySelector("#headers tbody").replaceChildren(...mail.headers.map(([name, value]) => {
    const tr = document.createElement("tr");
    tr.append(line("td", name), line("td", value));
    return tr;
  }));
  const current = document.querySelector("[role=tab][aria-selected=true]")?.dataset.tab;
  tab(mail.has_html ? current || "html" : current === "headers" ? "headers" : "text");
}

function tab(name) {
  for (const button of document.querySelectorAll("[role=tab]")) {
    button.setAttribute("aria-selected", String(button.dataset.tab === name));
    $(button.dataset.tab).hidden = button.dataset.tab !== name;
  }
  $("phone").hidden = name !== "html";
}

document.querySelectorAll("[role=tab]").forEach((button) => button.addEventListener("click", () => tab(button.dataset.tab)));
$("phone").addEventListener("click", () => {
  const on = $("html").classList.toggle("phone");
  $("phone").setAttribute("aria-pressed", String(on));
});
$("search").addEventListener("input", refresh);
$("back").addEventListener("click", () => { location.hash = ""; });
$("clear").addEventListener("click", async () => {
  if (!confirm("Throw every letter away?")) return;
  await fetch("/mails", { method: "DELETE" });
  location.hash = "";
  refresh();
});
document.addEventListener("keydown", (event) => {
  if (event.target.tagName === "INPUT" || !["j", "k", "/"].includes(event.key)) return;
  if (event.key === "/") { event.preventDefault(); $("search").focus(); return; }
  const rows = [...document.querySelectorAll("#list button")], at = rows.findIndex((one) => one.dataset.id === chosen);
  rows[Math.max(0, Math.min(rows.length - 1, at + (event.key === "j" ? 1 : -1)))]?.click();
});
addEventListener("hashchange", open);
open();
