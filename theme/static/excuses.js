/*
  "Et vous, c'est quoi votre excuse ?": filters the wall of excuses as one types, and draws one at random.
  [data-finder] is the form (shown by this script), [data-wall] the lists, older ones in drawers (details), [data-found]
  the status line with its three sentences: data-one, data-many ({n} stands for the number), data-none.
*/
(function () {
  "use strict";

  const form = document.querySelector("[data-finder]");
  const items = [...document.querySelectorAll("[data-wall] > li")];
  if (!form || !items.length) return;
  const excuses = items.map((item) => ({ item, words: plain(item.textContent) }));
  const field = form.querySelector("input");
  const found = form.querySelector("[data-found]");

  /* Small letters without accents, so that "etudes" finds "études"; every apostrophe and hyphen is a space. */
  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  function filter() {
    const wanted = plain(field.value).split(" ").filter(Boolean);
    document.querySelectorAll("details.drawer").forEach((drawer) => { drawer.open = false; });
    const fits = excuses.filter(({ item, words }) => {
      item.hidden = !wanted.every((word) => words.includes(word));
      if (wanted.length && !item.hidden && item.closest("details")) item.closest("details").open = true;
      return !item.hidden;
    });
    found.textContent = wanted.length ? sentence(fits.length) : "";
  }

  function sentence(number) {
    if (!number) return found.dataset.none;
    return number === 1 ? found.dataset.one : found.dataset.many.replace("{n}", number);
  }

  /* Enter takes the first excuse that fits; the ticket machine takes any of those that fit. */
  function go(choose) {
    const links = excuses.filter(({ item }) => !item.hidden).map(({ item }) => item.querySelector("a"));
    if (links.length) location.assign(links[choose(links.length)].href);
  }

  field.addEventListener("input", filter);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) go(() => 0);
  });
  form.querySelector("[data-random]").addEventListener("click", () => go((many) => Math.floor(Math.random() * many)));
  form.hidden = false;
  filter();
})();
