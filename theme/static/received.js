/* The stand-in donation platform: shows the visit_id that it was called with, as a real platform would carry it. */
(function () {
  "use strict";

  const place = document.querySelector("[data-received]");
  const id = new URLSearchParams(location.search).get("visit_id");
  if (place && id) place.textContent = id;
})();
