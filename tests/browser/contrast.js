// What is too faint on this page? WCAG 2.2: 4.5 to 1 for text, 3 to 1 for large text (1.4.3) and for marks that carry meaning (1.4.11).
() => {
  const numbers = (colour) => (colour.match(/[\d.]+/g) || []).map(Number);
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const behind = (element) => {
    for (let part = element; part; part = part.parentElement) {
      const colour = getComputedStyle(part).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const faint = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("script, style, title, desc") || !element.checkVisibility()) continue;
    texts += 1;
    const style = getComputedStyle(element);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const found = ratio(element.closest("svg") ? style.fill : style.color, behind(element));
    if (found < (large ? 3 : 4.5)) faint.push(`${found.toFixed(2)} ${element.className?.baseVal ?? element.className} ${walker.currentNode.data.trim().slice(0, 40)}`);
  }
  let marks = 0;
  for (const mark of document.querySelectorAll("svg rect:not(.lane), svg circle, svg line:not(.grid)")) {
    marks += 1;
    const style = getComputedStyle(mark);
    const lane = mark.parentElement.querySelector(".lane");
    const ground = lane ? getComputedStyle(lane).fill : behind(mark);
    const best = Math.max(...[style.fill, style.stroke].filter((colour) => colour !== "none").map((colour) => ratio(colour, ground)));
    if (best < 3) faint.push(`${best.toFixed(2)} ${mark.tagName} ${mark.className.baseVal}`);
  }
  return { texts, marks, faint };
}
