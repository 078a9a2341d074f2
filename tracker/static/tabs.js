// On a phone, tabs go on beyond the screen: bring the one that is open into sight.
const tab = document.querySelector(".tabs [aria-current]");
if (tab) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}
