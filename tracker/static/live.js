// Keeps the part of a page marked data-live fresh: asks every few seconds, and mostly hears that nothing changed.
"use strict";

const EVERY = 10000;

for (const part of document.querySelectorAll("[data-live]")) {
  let version = "";
  let asking = false;

  const refresh = async () => {
    if (asking || document.hidden) return;
    asking = true;
    try {
      const headers = version ? { "If-None-Match": version } : {};
      const answer = await fetch(part.dataset.live, { headers, cache: "no-store", redirect: "error" });
      if (answer.status === 200) show(answer.headers.get("ETag"), await answer.text());
    } catch {
      // Out of reach, or signed out: the figures stay, with the time at which they were true.
    } finally {
      asking = false;
    }
  };

  const show = (newVersion, text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const focusable = () => [...part.querySelectorAll("a, summary, button, input, [tabindex]")];
    const focused = focusable().indexOf(document.activeElement);
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    part.replaceChildren(...(fresh.querySelector("[data-live]") ?? fresh.body).childNodes);
    part.querySelectorAll("details").forEach((each, place) => { each.open = open[place] ?? false; });
    if (focused >= 0) focusable()[focused]?.focus({ preventScroll: true });
    version = newVersion;
  };

  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
}
