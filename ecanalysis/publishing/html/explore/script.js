// Filters, search, sorting and a base's card, out of `data`; every word is set as text, whatever a name holds.
const plain = (text) => text.normalize("NFKC").toLowerCase();
const made = (tag, words, kind) => {
  const element = document.createElement(tag);
  if (words) element.textContent = words;
  if (kind) element.className = kind;
  return element;
};
const at = (id) => document.getElementById(id);
const emptied = (element) => {
  while (element.firstChild) element.removeChild(element.firstChild);
  return element;
};
const numberIn = (text) => {
  const found = text.replace(/,/g, "").replace("−", "-").match(/^[+-]?\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
};
const NAME = 0, ID = 1; // columns of the ranking
const { ranking, filters } = data;
const bases = ranking.rows.map((cells, place) => ({
  cells, place, text: plain([...cells, data.also[place][0]].join(" ")),
}));
let sorted = { column: -1, way: 1 };

const table = (caption, { heads, looks }, rows) => {
  const frame = made("div", "", "table"), whole = made("table", "", "ec");
  const top = whole.createTHead().insertRow(), body = whole.createTBody();
  whole.createCaption().textContent = caption;
  heads.forEach((head, column) => {
    const cell = made("th", head, looks[column]);
    cell.scope = "col";
    top.append(cell);
  });
  rows.forEach((cells) => {
    const row = body.insertRow();
    cells.forEach((words, column) => {
      const cell = made(column ? "td" : "th", words, looks[column]);
      if (!column) cell.scope = "row";
      row.append(cell);
    });
  });
  if (!rows.length) {
    const cell = made("td", "无");
    cell.colSpan = heads.length;
    body.insertRow().append(cell);
  }
  frame.append(whole);
  return frame;
};

// --- a base's card: what the address names after #

const shownCard = () => {
  const card = emptied(at("card"));
  const wanted = decodeURIComponent(location.hash.slice(1));
  const base = bases.find(({ cells }) => cells[ID] === wanted);
  card.hidden = !base;
  document.querySelectorAll("#ranking tbody tr").forEach((row) => row.classList.toggle("chosen", row.dataset.id === wanted));
  if (!base) return;
  const { cells, place } = base, [also, reason] = data.also[place];
  const close = made("a", "关闭", "close"), head = made("h2", cells[NAME]), facts = made("dl", "", "counts");
  close.href = "#";
  head.tabIndex = -1;
  card.append(close, head, made("p", `编号：${cells[ID]}　${cells[2]}　${cells[3]}　${cells[4]}${also ? "　别名：" + also.replace(/;/g, "、") : ""}`));
  data.facts.heads.forEach((name, column) => {
    const one = made("div"), value = data.facts.rows[place][column];
    if (!value || value === "—") return;
    one.append(made("dt", name), made("dd", value));
    facts.append(one);
  });
  card.append(facts);
  if (cells[cells.length - 1]) card.append(made("p", `结论：${cells[cells.length - 1]}。${reason}`));
  if (data.links[place].length) {
    const list = made("p", "相关页面：");
    data.links[place].forEach(([words, href], order) => {
      const link = made("a", words);
      link.href = href;
      list.append(order ? "、" : "", link);
    });
    card.append(list);
  }
  card.append(table("各部分得分", data.parts, data.parts.rows[place]), table("与基期相比", data.changes, data.changes.rows[place]));
  // What is wider than the screen can be scrolled with the keyboard.
  card.querySelectorAll(".table").forEach((one) => { if (one.scrollWidth > one.clientWidth + 1) one.tabIndex = 0; });
  head.focus();
  card.scrollIntoView();
};

// --- the ranking

const chosen = filters.map((column) => {
  const one = made("div"), label = made("label", ranking.heads[column]), select = made("select");
  const there = new Set(ranking.rows.map((cells) => cells[column]));
  const words = [...new Set([...data.order.filter((word) => there.has(word)), ...there])];
  select.append(new Option("全部", ""), ...words.filter((word) => word && word !== "—").map((word) => new Option(word, word)));
  select.id = label.htmlFor = "filter-" + column;
  one.append(label, select);
  at("filters").append(one);
  select.addEventListener("change", () => list());
  return { column, select };
});

const inOrder = (rows) => {
  const { column, way } = sorted;
  if (column < 0) return rows;
  const values = new Map(rows.map((row) => [row, numberIn(row.cells[column])]));
  return rows.sort((one, other) => {
    const [left, right] = [values.get(one), values.get(other)];
    if ((left === null) !== (right === null)) return left === null ? 1 : -1; // what is no number stands last
    const before = left === null ? one.cells[column].localeCompare(other.cells[column], "zh") : left - right;
    return way * before || one.place - other.place;
  });
};

const list = () => {
  const words = plain(at("wanted").value).split(/\s+/).filter(Boolean);
  const rows = inOrder(bases.filter(({ cells, text }) =>
    chosen.every(({ column, select }) => !select.value || cells[column] === select.value) && words.every((word) => text.includes(word))));
  const body = emptied(document.querySelector("#ranking tbody"));
  rows.forEach(({ cells }) => {
    const row = body.insertRow();
    row.dataset.id = cells[ID];
    if (cells[ID] === decodeURIComponent(location.hash.slice(1))) row.className = "chosen";
    cells.forEach((words, column) => {
      const cell = made(column === NAME ? "th" : "td", column === NAME ? "" : words, ranking.looks[column]);
      if (column === NAME) {
        const link = made("a", words);
        link.href = "#" + encodeURIComponent(cells[ID]);
        cell.scope = "row";
        cell.append(link);
      }
      row.append(cell);
    });
  });
  at("found").textContent = `${rows.length}家`;
};

const heads = document.querySelector("#ranking thead").insertRow();
ranking.heads.forEach((words, column) => {
  const head = made("th", "", ranking.looks[column]), button = made("button", words);
  head.scope = "col";
  button.type = "button";
  button.title = "排序：再点一次倒序，第三次复原";
  button.addEventListener("click", () => {
    const again = sorted.column === column;
    sorted = !again ? { column, way: 1 } : sorted.way === 1 ? { column, way: -1 } : { column: -1, way: 1 };
    Array.from(heads.cells, (other) => other.removeAttribute("aria-sort"));
    if (sorted.column >= 0) head.setAttribute("aria-sort", sorted.way === 1 ? "ascending" : "descending");
    list();
  });
  head.append(button);
  heads.append(head);
});
at("wanted").addEventListener("input", list);
at("afresh").addEventListener("click", () => {
  at("wanted").value = "";
  chosen.forEach(({ select }) => { select.value = ""; });
  sorted = { column: -1, way: 1 };
  Array.from(heads.cells, (head) => head.removeAttribute("aria-sort"));
  list();
});
window.addEventListener("hashchange", shownCard);
at("inquiry").hidden = false;
list();
shownCard();
