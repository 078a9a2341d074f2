/*
  "Ne me comptez pas": the control on the privacy page, and the short one at the foot of every page.
  [data-refusal] holds [data-refuse] and [data-accept] (buttons) and [data-standing], a status line with its sentences:
  data-counted, data-choice, data-signal (the browser asks by itself: Global Privacy Control).
*/
(function () {
  "use strict";

  const ricochet = window.ricochet;
  if (!ricochet) return;

  function show() {
    const refused = ricochet.refused();
    document.querySelectorAll("[data-refusal]").forEach((control) => {
      const standing = control.querySelector("[data-standing]");
      const words = standing.dataset[refused || "counted"];
      if (standing.textContent !== words) standing.textContent = words;
      control.querySelector("[data-refuse]").hidden = Boolean(refused);
      control.querySelector("[data-accept]").hidden = refused !== "choice";
    });
  }

  /* The button pressed gives way to the other one, which takes its focus. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest("[data-refuse], [data-accept]");
    if (!button) return;
    const refusing = "refuse" in button.dataset;
    if (refusing) ricochet.refuse();
    else ricochet.accept();
    show();
    const other = button.closest("[data-refusal]").querySelector(refusing ? "[data-accept]" : "[data-refuse]");
    if (!other.hidden) other.focus();
  });
  show();
})();
