/*
  What links say: the ways to pass an episode on, the give links and the page's own address carry the visitor's link as
  soon as page.js knows it. Pressing a way opens it at once; the tracker is told at the same time, and nothing waits for it.

  [data-passes] holds the ways: data-address (the plain address), data-texts (JSON list of texts under test), data-title;
  each way: data-pass (its code) and, when it is a link, data-intent with {text}, {url} and {title} to fill in.
  [data-own] leads from a player on another site to our own, as the same visitor; [data-code] holds that player's code.
  [data-give] holds the name of a donation target; should the tracker be gone, it leads straight to the platform.
  [data-said] are status lines.
*/
(function () {
  "use strict";

  const page = document.body.dataset;
  const list = document.querySelector("[data-passes]");
  const code = document.querySelector("[data-code]");
  const texts = list ? JSON.parse(list.dataset.texts) : [];
  const identity = () => window.ricochet && window.ricochet.identity;

  /* What leaves by one channel: its text, its address, and the placement that the address names. */
  function parcel(code) {
    const me = identity();
    const wanted = Number(me && me.variants && (me.variants[page.episode] || {})[code]) || 1;
    const variant = texts[wanted - 1] ? wanted : 1;
    const placement = variant > 1 ? code + variant : code;
    const url = me ? personalAddress(placement, me.link) : list.dataset.address;
    return { placement, url, text: texts[variant - 1] || "", title: list.dataset.title };
  }

  function personalAddress(placement, link) {
    return `${location.origin}${page.home}r/${page.episode}/${placement}/${link}`;
  }

  function fill(template, values) {
    return template.replace(/\{(text|url|title)\}/g, (_, name) => encodeURIComponent(values[name]));
  }

  function point(link, personal) {
    link.dataset.plain = link.dataset.plain || link.getAttribute("href");
    link.setAttribute("href", personal || link.dataset.plain);
  }

  function dress() {
    const me = identity();
    document.querySelectorAll("[data-give]").forEach((link) => {
      const amount = link.dataset.amount ? `&amount=${link.dataset.amount}` : "";
      point(link, me && `/go/${link.dataset.give}?by=${me.visit}${amount}`);
    });
    const canonical = document.querySelector("link[rel=canonical]");
    if (canonical) point(canonical, me && page.episode && personalAddress("page", me.link));
    document.querySelectorAll("a[data-intent]").forEach((link) => {
      point(link, me && fill(link.dataset.intent, parcel(link.dataset.pass)));
    });
    document.querySelectorAll("[data-own]").forEach((link) => {
      point(link, me && `${link.dataset.plain || link.href}#${me.visit}`);
    });
    if (code) code.value = me ? code.defaultValue.replace(/src="[^"]+/, `$&#via-${me.link}`) : code.defaultValue;
  }

  /* Says something in the status line nearest to what was pressed, with a link after it if there is one. */
  function say(way, words, address) {
    const near = way.closest("[data-finale]") || list;
    const line = near.querySelector("[data-said]");
    line.textContent = words;
    if (!address) return;
    const link = document.createElement("a");
    link.href = address;
    link.textContent = list.dataset.saidImpact;
    line.append(" ", link);
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea"); // without HTTPS there is no clipboard object
      field.value = text;
      document.body.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  }

  async function tell(way, sent, words) {
    const me = identity();
    say(way, words);
    if (!me) return;
    const body = { visit: me.visit, episode: page.episode, placement: sent.placement };
    const answer = await window.ricochet.post("/t/shares", body);
    if (answer.failed !== undefined) return;
    window.ricochet.remember();
    if (answer.impact) say(way, words, answer.impact);
  }

  async function press(event) {
    const way = event.target.closest && event.target.closest("[data-pass]");
    if (!way || event.button > 1) return;
    const sent = parcel(way.dataset.pass);
    if (way.dataset.pass === "copy") {
      if (await copy(sent.url)) tell(way, sent, list.dataset.saidCopied);
      else say(way, sent.url);
    } else if (way.dataset.pass === "emb") {
      if (await copy(code.value)) tell(way, sent, list.dataset.saidCode);
      else code.select();
    } else if (way.dataset.pass === "sheet") {
      try {
        await navigator.share({ title: sent.title, text: sent.text, url: sent.url });
        tell(way, sent, list.dataset.saidSent);
      } catch { /* the person changed their mind */ }
    } else {
      tell(way, sent, list.dataset.saidSent);
    }
  }

  /* A look whether the tracker is there, at the last step: nobody who wants to give may end at a closed door. */
  async function give(event) {
    const link = event.target.closest && event.target.closest("a[data-give]");
    const keyed = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    const beside = keyed || document.querySelector("base[target]"); // on other people's sites
    if (!link || beside || link.getAttribute("href") === link.dataset.plain) return;
    event.preventDefault();
    const here = fetch("/t/health", { cache: "no-store", signal: AbortSignal.timeout(1500) });
    const open = await here.then((answer) => answer.ok, () => false);
    location.assign(open ? link.href : link.dataset.plain);
  }

  document.addEventListener("ricochet:identity", dress);
  document.addEventListener("click", give);
  dress();
  if (!list) return;
  list.querySelectorAll("button[data-pass]").forEach((button) => {
    button.closest("[hidden]").hidden = button.dataset.pass === "sheet" && !navigator.share;
  });
  document.addEventListener("click", press);
  document.addEventListener("auxclick", press);
})();
