// Tables of a page, and of results in JupyterLab, sort, filter and can be saved; without a script they read as they are.
const LONG = 12; // rows from which a table can be filtered and sorted
const made = (tag, words, kind) => {
  const element = document.createElement(tag);
  element.textContent = words;
  if (kind) element.className = kind;
  return element;
};
const numberIn = (text) => {
  const found = text.replace(/[,，\s]/g, "").replace("−", "-").match(/^[+-]?\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
};
const byValue = (one, other) => {
  const left = numberIn(one), right = numberIn(other);
  if (left !== null && right !== null) return left - right;
  if (left !== null || right !== null) return left !== null ? -1 : 1; // what is no number stands last
  return one.localeCompare(other, "zh");
};
const quoted = (said) => {
  const cell = said.replace(/^−(?=\d)/, "-"); // a spreadsheet knows no other minus
  const safe = /^[=+\-@\t]/.test(cell) && numberIn(cell) === null ? "'" + cell : cell;
  return '"' + safe.replace(/"/g, '""') + '"';
};
const textOf = (row, place) => (row.cells[place] ? row.cells[place].textContent.trim() : "");
const workable = (table) => {
  if (table.dataset.tools || table.querySelector(".cut")) return; // of a table cut in the middle nothing can be said
  table.dataset.tools = "there";
  const called = table.caption ? table.caption.textContent.trim() : "";
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells], inOrder = [...body.rows];
  const bar = made("div", "", "tools");
  const save = made("button", "下载本表");
  save.type = "button";
  save.addEventListener("click", () => {
    const rows = [table.tHead.rows[0], ...body.rows].filter((row) => !row.hidden);
    const lines = rows.map((row) => [...row.cells].map((cell) => quoted(cell.textContent.trim())).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = (called || "表").replace(/[\\/:*?"<>|\s]+/g, "_") + ".csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
  if (inOrder.length > LONG) {
    const wanted = document.createElement("input"), count = made("span", `${inOrder.length}行`);
    wanted.type = "search";
    wanted.placeholder = "筛选本表";
    wanted.setAttribute("aria-label", "筛选本表：" + called);
    count.setAttribute("role", "status");
    wanted.addEventListener("input", () => {
      const words = wanted.value.trim().toLowerCase().split(/\s+/);
      inOrder.forEach((row) => {
        row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
      });
      count.textContent = `${inOrder.filter((row) => !row.hidden).length}行`;
    });
    bar.append(wanted, count);
    heads.forEach((head, place) => {
      // Not a button element: Chromium leaves those out of the heading that it repeats on every printed page.
      const button = made("span", head.textContent);
      button.setAttribute("role", "button");
      button.tabIndex = 0;
      button.title = "排序：再点一次倒序，第三次复原";
      head.textContent = "";
      head.append(button);
      button.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); button.click(); }
      });
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        const next = { ascending: "", descending: "ascending" };
        const way = before ? next[before] : "descending";
        const rows = [...inOrder];
        if (way) {
          head.setAttribute("aria-sort", way);
          rows.sort((one, other) => byValue(textOf(one, place), textOf(other, place)));
          if (way === "descending") rows.reverse();
        }
        body.append(...rows);
      });
    });
  }
  bar.append(save);
  table.parentElement.before(bar);
};
document.querySelectorAll("div.table > table").forEach(workable);
// What is wider than the screen can be scrolled with the keyboard; what is not is no stop on its way.
const reach = () => document.querySelectorAll(".table, .picture").forEach((one) => {
  if (one.scrollWidth > one.clientWidth + 1) one.tabIndex = 0; else one.removeAttribute("tabindex");
});
window.addEventListener("load", reach);
window.addEventListener("resize", reach);
