/*
  The film: a large play button before it, the end card over it when it ends, and films elsewhere on demand only.

  [data-film] holds everything. Own films: a video, [data-call] (play button), [data-finale] (end card) with [data-ways],
  whose data-phone and data-desk name the likeliest ways to pass it on, and [data-announce], a status line.
  Films elsewhere: [data-launch] (plain link), [data-notice] (who gets contacted), [data-consent], data-embed.
*/
(function () {
  "use strict";

  const film = document.querySelector("[data-film]");
  if (!film) return;
  const find = (name) => film.querySelector(`[data-${name}]`);
  const video = film.querySelector("video");
  const finale = find("finale");
  if (video) ownFilm();
  else if (find("launch")) filmElsewhere();

  function ownFilm() {
    const call = find("call");
    call.hidden = false;
    call.addEventListener("click", () => {
      video.focus();
      video.play();
    });
    video.addEventListener("play", () => {
      call.hidden = true;
      close();
    });
    tellHowFar();
    if (!finale) return;
    video.addEventListener("ended", end);
    find("close").addEventListener("click", leave);
    find("again").addEventListener("click", () => {
      video.focus();
      video.play();
    });
    finale.addEventListener("keydown", (event) => { if (event.key === "Escape") leave(); });
  }

  /* How far it was watched, in quarters: told when the page goes out of sight, and again only if it was watched further. */
  function tellHowFar() {
    let reached = -1, told = -1;
    const look = () => { reached = Math.max(reached, Math.floor((4 * video.currentTime) / video.duration) || 0); };
    ["play", "timeupdate"].forEach((name) => video.addEventListener(name, look));
    video.addEventListener("ended", () => { reached = 4; });
    const tell = () => {
      const { ricochet } = window;
      const visit = ricochet && ricochet.identity && ricochet.identity.visit;
      if (!visit || reached <= told) return;
      told = reached;
      ricochet.post("/t/watched", { visit, episode: document.body.dataset.episode, quartile: reached });
    };
    addEventListener("pagehide", tell);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") tell(); });
  }

  /* The end card appears without taking the focus: the next Tab from the film leads into it. */
  async function end() {
    await leaveFullScreen();
    offerWays();
    finale.hidden = false;
    find("announce").textContent = find("announce").dataset.announce;
  }

  async function leaveFullScreen() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (video.webkitDisplayingFullscreen) video.webkitExitFullscreen();
    } catch { /* then the card waits behind */ }
  }

  /* The two or three likeliest ways for this device, copied from the list that stands on the page. */
  function offerWays() {
    const ways = find("ways");
    if (!ways.dataset.desk) return; // a player on another site has its own
    const phone = matchMedia("(pointer: coarse)").matches;
    const likely = (phone ? ways.dataset.phone : ways.dataset.desk).split(" ");
    const offered = likely
      .map((code) => document.querySelector(`[data-passes] [data-pass="${code}"]`))
      .filter((way) => way && !way.closest("[hidden]"))
      .slice(0, 3)
      .map((way) => way.cloneNode(true));
    ways.replaceChildren(...offered);
  }

  function close() {
    if (!finale) return;
    finale.hidden = true;
    find("announce").textContent = "";
    finale.querySelector("[data-said]").textContent = "";
  }

  function leave() {
    close();
    video.focus();
  }

  /* Nobody is contacted before the visitor has read who it is, and agreed. */
  function filmElsewhere() {
    const launch = find("launch");
    launch.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      find("notice").hidden = false;
      find("consent").focus();
    });
    find("consent").addEventListener("click", () => {
      const frame = document.createElement("iframe");
      frame.src = film.dataset.embed;
      frame.title = film.dataset.title;
      frame.width = film.dataset.width;
      frame.height = film.dataset.height;
      frame.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
      frame.referrerPolicy = "strict-origin-when-cross-origin";
      launch.replaceWith(frame);
      find("notice").remove();
      frame.focus();
    });
  }
})();
