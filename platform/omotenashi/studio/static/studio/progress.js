// Follows jobs on a page: [data-progress] names the stream, [data-job] the place that shows one job.
// When all have ended the page is loaded again: the server knows best what there is to see then.
"use strict";

(() => {
  const page = document.querySelector("[data-progress]");
  if (!page) return;

  const ended = ["succeeded", "failed", "canceled"];
  const started = new Map();
  const source = new EventSource(page.dataset.progress);

  source.addEventListener("progress", (event) => {
    const job = JSON.parse(event.data);
    const before = started.get(job.id);
    started.set(job.id, job.state);
    const place = page.matches(`[data-job="${job.id}"]`) ? page : page.querySelector(`[data-job="${job.id}"]`);
    if (place) show(place, job);
    // One draft is done while others go on, or a brief has just handed its drafts out: there is more to see now.
    if (before && before !== job.state && ended.includes(job.state)) reload();
  });
  source.addEventListener("done", reload);
  window.addEventListener("pagehide", () => source.close());

  function show(place, job) {
    const message = place.querySelector("[data-message]");
    const bar = place.querySelector("[data-bar]");
    const fill = place.querySelector("[data-fill]");
    if (message && job.message) message.textContent = job.message;
    if (!bar || !fill) return;
    bar.classList.toggle("st-busy", !job.total && job.state === "running");
    if (job.total) fill.style.width = `${Math.round((100 * job.done) / job.total)}%`;
  }

  function reload() {
    source.close();
    setTimeout(() => window.location.reload(), 300);
  }
})();
