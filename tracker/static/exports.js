// How far long exports are, without a reload: asks each second while one runs, and is silent else.
(() => {
  const { progress } = document.currentScript.dataset;
  const taken = document.querySelector("#taken");
  const language = document.documentElement.lang;
  let quiet = 0; // times that nothing ran

  const reload = async () => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    taken.replaceChildren(...page.querySelector("#taken").childNodes);
  };

  const look = async () => {
    const { exports } = await (await fetch(progress)).json();
    const cells = new Map([...taken.querySelectorAll("[data-row]")].map((cell) => [cell.dataset.row, cell]));
    if (exports.some(({ id, state }) => cells.get(id)?.dataset.state !== state)) await reload();
    for (const { id, written, expected } of exports.filter(({ state }) => state === "running")) {
      const cell = taken.querySelector(`[data-row="${CSS.escape(id)}"]`);
      const bar = cell?.querySelector("progress");
      if (!bar) continue;
      bar.value = written;
      const numbers = [written, expected].map((number) => number.toLocaleString(language));
      cell.querySelector("[data-count]").textContent = numbers.join(language === "fr" ? " sur " : " of ");
    }
    quiet = exports.some(({ state }) => state === "running") ? 0 : quiet + 1;
    if (quiet < 3) setTimeout(watch, 1000);
  };

  const watch = () => look().catch(() => {}); // signed out, or no network: the page itself says more when reloaded

  for (const link of document.querySelectorAll("[data-export]")) {
    link.addEventListener("click", () => {
      quiet = -2; // it takes a moment until the first row is there
      setTimeout(watch, 500);
    });
  }
  if (taken.querySelector("progress")) watch();
})();
