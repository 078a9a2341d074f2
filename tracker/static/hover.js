// Shows, while the pointer is over a chart, the row of the table under it that belongs to that column.
"use strict";

function columnAt(picture, x) {
  const box = picture.getBoundingClientRect();
  const width = Number(picture.getAttribute("viewBox").split(" ")[2]);
  const place = ((x - box.left) / box.width) * width;
  const { left, right } = picture.dataset;
  return (place - left) / (right - left);
}

function readRow(table, part) {
  const rows = table.tBodies[0].rows;
  const row = rows[Math.min(Math.max(Math.floor(part * rows.length), 0), rows.length - 1)];
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  return [...row.cells].map((cell, place) => (place ? `${names[place]} ${cell.textContent}` : cell.textContent)).join(" · ");
}

document.addEventListener("pointermove", (event) => {
  for (const reading of document.querySelectorAll(".reading")) reading.hidden = true;
  const picture = event.target.closest?.(".plotted svg[data-left]");
  if (!picture) return;
  const figure = picture.closest(".plotted");
  const reading = figure.querySelector(".reading");
  reading.textContent = readRow(figure.querySelector("[data-reading]"), columnAt(picture, event.clientX));
  reading.hidden = false;
});
