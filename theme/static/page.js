/*
  Who is here: the visitor's identity, for this tab only. See DESIGN.md, "The life of a link".

  Other scripts find window.ricochet: identity (null, or {visit, link, variants}), post(path, body), remember(), refuse(),
  accept(), refused() ("choice", "signal" or ""). Each change is told by the event "ricochet:identity" on document.
  Whatever fails here, the page stays as it was built: whole, with plain links.
*/
(function () {
  "use strict";

  const TOKEN = /^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{16}$/;
  const TAB = "ricochet-tab";
  const ME = "ricochet-me";
  const REFUSAL = "ne-me-comptez-pas";
  const page = document.body.dataset;
  const tab = shelf("sessionStorage"), device = shelf("localStorage");
  let asking = false;

  const ricochet = { identity: null, post, remember, refuse, accept, refused };
  window.ricochet = ricochet;

  /* Storage that never throws: in private windows what it holds lasts as long as the page. */
  function shelf(name) {
    const memory = new Map();
    const attempt = (use, otherwise) => { try { return use(window[name]); } catch { return otherwise(); } };
    return {
      get: (key) => attempt((store) => store.getItem(key), () => memory.get(key) || null),
      put: (key, value) => attempt((store) => store.setItem(key, value), () => memory.set(key, value)),
      drop: (key) => attempt((store) => store.removeItem(key), () => memory.delete(key)),
    };
  }

  function state() {
    try { return JSON.parse(tab.get(TAB)) || {}; } catch { return {}; }
  }

  function refused() {
    if (device.get(REFUSAL) === "1") return "choice";
    return navigator.globalPrivacyControl ? "signal" : "";
  }

  /* Answer's JSON, or {failed: HTTP status}, 0 when the network failed. Never throws. */
  async function post(path, body) {
    try {
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true });
      return answer.ok ? await answer.json() : { failed: answer.status };
    } catch {
      return { failed: 0 };
    }
  }

  /* Takes a token out of the address: a visit token is private, a link token is somebody else's until we have our own. */
  function takeToken() {
    const found = location.hash.slice(1);
    const via = found.startsWith("via-") ? found.slice(4) : "";
    const visit = TOKEN.test(found) ? found : "";
    if (visit || TOKEN.test(via)) history.replaceState(history.state, "", location.pathname + location.search);
    return { visit, via: TOKEN.test(via) ? via : "" };
  }

  function source() {
    const host = document.referrer && new URL(document.referrer).host;
    return host && host !== location.host ? host : undefined;
  }

  /* Calls back once: on screen while the person does something (but refuse), with that; or five seconds on screen in all. */
  function whenConfirmed(then) {
    const acts = ["scroll", "pointerdown", "keydown", "play"];
    let ticks = 0;
    const confirm = (event) => {
      const refusing = event && event.target.closest && event.target.closest("[data-refusal]");
      if (refusing || document.visibilityState !== "visible") return;
      clearInterval(clock);
      acts.forEach((act) => removeEventListener(act, confirm, true));
      then(event);
    };
    const wait = () => { if (document.visibilityState === "visible" && ++ticks >= 10) confirm(); };
    const clock = page.placement ? 0 : setInterval(wait, 500); // a player on somebody's page may lie far below
    acts.forEach((act) => addEventListener(act, confirm, { capture: true, passive: true }));
  }

  function arrive() {
    const token = takeToken();
    if (refused()) return tab.drop(TAB);
    let now = state();
    if (token.visit && token.visit !== now.visit) now = { visit: token.visit };
    else if (!now.visit) now = { episode: page.episode, source: source(), ...now, ...(token.via && { via: token.via }) };
    tab.put(TAB, JSON.stringify(now));
    if (now.link) return wear(now);
    whenConfirmed(introduce);
  }

  /* Tells the tracker that somebody is here, and takes the identity it answers with. */
  async function introduce(event) {
    const now = state();
    if (refused() || asking) return;
    if (now.link) return wear(now);
    asking = true;
    const known = device.get(ME) || undefined;
    const answer = now.visit
      ? await post("/t/seen", { visit: now.visit, known, acted: event?.type })
      : await post("/t/visits", { ...now, link: now.via, placement: page.placement, known });
    asking = false;
    if (refused()) return;
    if (TOKEN.test(answer.visit) && TOKEN.test(answer.link)) {
      const identity = { visit: answer.visit, link: answer.link, variants: answer.variants || {} };
      tab.put(TAB, JSON.stringify(identity));
      wear(identity);
    } else if (now.visit && answer.failed >= 400 && answer.failed < 500 && answer.failed !== 429) {
      tab.put(TAB, JSON.stringify({ episode: page.episode })); // a forged or outdated token: a visitor all the same
      introduce();
    }
  }

  /* Makes an identity (or null, none) that of the page: its address, and by the event its links. */
  function wear(identity) {
    ricochet.identity = identity;
    const fragment = identity ? `#via-${identity.link}` : "";
    history.replaceState(history.state, "", location.pathname + location.search + fragment);
    document.dispatchEvent(new CustomEvent("ricochet:identity"));
  }

  /* Who passed something on is kept on their own device, under the visit that their link was made from. */
  function remember() {
    const me = ricochet.identity;
    const known = device.get(ME) || "";
    if (me && !refused() && known.split(".")[0] !== me.link.split(".")[0]) device.put(ME, me.visit);
  }

  function refuse() {
    device.put(REFUSAL, "1");
    device.drop(ME);
    tab.drop(TAB);
    wear(null);
  }

  function accept() { device.drop(REFUSAL); arrive(); }

  /* Back from the back/forward cache: nothing new is told; what other pages of this tab learned is put on. */
  addEventListener("pageshow", (event) => {
    if (event.persisted) wear(refused() || !state().link ? null : state());
  });
  addEventListener("hashchange", () => {
    if (TOKEN.test(location.hash.slice(1).replace(/^via-/, ""))) arrive();
  });
  if (document.prerendering) document.addEventListener("prerenderingchange", arrive, { once: true });
  else arrive();
})();
