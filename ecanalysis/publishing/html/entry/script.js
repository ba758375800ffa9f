const MOST = 40;
const plain = (text) => text.normalize("NFKC").toLowerCase();
const wanted = document.getElementById("wanted");
const hits = document.getElementById("hits");
const shown = hits.querySelector("tbody");
const rows = Array.from(document.querySelectorAll("#list tbody tr"), (row) => {
  const told = Array.from(row.querySelectorAll("th, td:not(.files)"), (cell) => cell.textContent);
  return { row, text: plain([...told, row.dataset.also || ""].join(" ")) };
});
document.getElementById("search").hidden = false;
wanted.addEventListener("input", () => {
  const words = plain(wanted.value).split(/\s+/).filter(Boolean);
  const found = words.length ? rows.filter(({ text }) => words.every((word) => text.includes(word))) : [];
  while (shown.firstChild) shown.removeChild(shown.firstChild);
  for (const { row } of found.slice(0, MOST)) shown.appendChild(row.cloneNode(true));
  hits.hidden = !found.length;
  const more = found.length > MOST ? `，列出前${MOST}条` : "";
  document.getElementById("found").textContent = words.length ? `找到${found.length}条${more}` : "";
});
