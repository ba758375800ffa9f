const wanted = document.getElementById("wanted");
const rows = [...document.querySelectorAll("#list tbody tr")];
if (wanted) wanted.addEventListener("input", () => {
  const words = wanted.value.trim().toLowerCase().split(/\s+/);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
    if (!row.hidden) shown += 1;
  }
  document.getElementById("found").textContent = `${shown}页`;
});
