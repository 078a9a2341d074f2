/*
  Fetches the page's script once the first picture is on screen, so that nobody waits for the one to see the other: a moment
  after all else is there, or two seconds have passed. Only who comes with a token in the address has it fetched at once, for
  it must leave the address. These lines stand in each page. Their own tag's data-src names the script, so that they are
  always the same: the Content-Security-Policy lets them in by their hash, and nothing else.
*/
(function () {
  "use strict";

  const script = document.createElement("script");
  script.src = document.currentScript.dataset.src;
  const fetchIt = () => document.body.append(script);
  if (location.hash) return fetchIt();
  const rest = new Promise((done) => { addEventListener("load", done); setTimeout(done, 2000); });
  rest.then(() => setTimeout(fetchIt, 100));
})();
