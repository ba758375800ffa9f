// What JupyterLab asks of an extension, by hand: the script of our pages (tables.js), and tables as they appear in results.
(() => {
  const here = document.currentScript.src;
  const results = ".jp-RenderedHTML table.ec";
  const activate = () => {
    const script = document.createElement("script");
    script.src = new URL("tables.js", here);
    script.onload = () => {
      document.querySelectorAll(results).forEach(workable);
      new MutationObserver((changes) => changes.forEach(({ addedNodes }) => addedNodes.forEach((node) => {
        if (node.nodeType !== Node.ELEMENT_NODE) return;
        if (node.matches(results)) workable(node);
        node.querySelectorAll("table.ec").forEach((table) => { if (table.matches(results)) workable(table); });
      }))).observe(document.body, { childList: true, subtree: true });
    };
    document.head.append(script);
  };
  const plugin = { id: "ecanalysis-tables:plugin", autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["ecanalysis-tables"] = { init: () => {}, get: () => Promise.resolve(() => plugin) };
})();
