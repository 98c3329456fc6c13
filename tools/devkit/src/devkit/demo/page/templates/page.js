"use strict";
(() => {
  const form = document.getElementById("filter");
  const fate = document.getElementById("filter-fate");
  const text = document.getElementById("filter-text");
  const status = document.getElementById("filter-status");
  const rows = [...document.querySelectorAll("#rows tbody tr")];
  const filter = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const row of rows) {
      row.hidden = (fate.value && row.dataset.fate !== fate.value) || !row.textContent.toLowerCase().includes(wanted);
      shown += !row.hidden;
    }
    status.textContent = `${shown} of ${rows.length} shown`;
  };
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", open);
  open();
})();
