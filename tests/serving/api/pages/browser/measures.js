// What a page looks like, measured: each function gives a list of what is wrong, in words. Run in a page by looks.py.
(() => {
  const WORDS = 40, LEAST = 4.5;
  const short = (text) => text.trim().replace(/\s+/g, " ").slice(0, WORDS);
  const visible = (element) =>
    !element.closest(".hidden, .skip, option, title") && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  // The part of a box that is seen: what scrolls or is cut off by those around it is not.
  function seen(box, element) {
    let { left, top, right, bottom } = box;
    for (let one = element; one && one !== document.documentElement; one = one.parentElement) {
      if (getComputedStyle(one).overflowX === "visible") continue;
      const around = one.getBoundingClientRect();
      left = Math.max(left, around.left); right = Math.min(right, around.right);
      top = Math.max(top, around.top); bottom = Math.min(bottom, around.bottom);
    }
    return { left, top, right, bottom };
  }

  function texts() {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
    for (let node; (node = walker.nextNode()); ) {
      const element = node.parentElement;
      if (!node.data.trim() || !visible(element)) continue;
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
      if (boxes.length) found.push({ element, text: short(node.data), boxes });
    }
    return found;
  }

  // Text that goes beyond the page, its card, its picture, or what hides the rest of it.
  function cut() {
    const found = [], wide = innerWidth;
    if (document.documentElement.scrollWidth > wide) found.push(`the page is ${document.documentElement.scrollWidth} wide, the window ${wide}`);
    for (const one of document.querySelectorAll("body *")) {
      const style = getComputedStyle(one);
      if (!/hidden|clip/.test(style.overflowX + style.overflowY) || one.closest(".hidden, svg, input")) continue;
      if (visible(one) && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)) found.push(`cut off: ${short(one.textContent)}`);
    }
    for (const { element, text, boxes } of texts()) {
      const svg = element.closest("svg"), around = svg ?? element.closest(".card, .top, main");
      const scrolls = element.closest(".scroll");
      if (!around || (scrolls && !svg)) continue;
      const whole = around.getBoundingClientRect(), free = svg && getComputedStyle(svg).overflow === "visible";
      const most = free ? (scrolls ?? element.closest(".card")).getBoundingClientRect() : whole;
      for (const box of boxes) if (box.left < most.left - 1 || box.right > most.right + 1) found.push(`beyond its ${svg ? "picture" : "card"}: ${text}`);
    }
    for (const one of document.querySelectorAll("input:not([type=hidden]), select")) {
      const room = one.clientWidth - parseFloat(getComputedStyle(one).paddingLeft) - parseFloat(getComputedStyle(one).paddingRight);
      if (!one.value && one.placeholder && visible(one) && width(one, one.placeholder) > room + 1) found.push(`cut off: ${one.placeholder}`);
    }
    return found;
  }

  const pen = document.createElement("canvas").getContext("2d");
  function width(element, text) {
    pen.font = getComputedStyle(element).font;
    return pen.measureText(text).width;
  }

  // Two texts one over the other. A line's box is higher than its letters: a fifth above and below does not count.
  function overlaps() {
    const found = [], all = [];
    for (const { element, text, boxes } of texts())
      for (const box of boxes) {
        const part = seen(box, element), spare = box.height / 5;
        const one = { text, node: element, left: part.left + 1, right: part.right - 1, top: part.top + spare, bottom: part.bottom - spare };
        if (one.right > one.left && one.bottom > one.top) all.push(one);
      }
    all.sort((a, b) => a.top - b.top);
    all.forEach((a, number) => {
      for (let next = number + 1; next < all.length && all[next].top < a.bottom; next++) {
        const b = all[next];
        if (a.left < b.right && b.left < a.right) found.push(`one over the other: ${a.text} | ${b.text}`);
      }
    });
    return found;
  }

  const brush = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  function colour(text) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = text;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  }
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  function light(rgb) {
    const [r, g, b] = rgb.slice(0, 3).map((one) => ((one /= 255) <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function ratio(one, other) {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  }

  function behind(element) {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      const given = colour(getComputedStyle(one).backgroundColor);
      if (given[3]) layers.push(given);
      if (given[3] === 1) break;
    }
    return layers.reduceRight((below, one) => over(one, below), colour("white"));
  }
  function behindInPicture(element, box) {
    const style = getComputedStyle(element), svg = element.closest("svg");
    if (style.stroke !== "none" && style.paintOrder.startsWith("stroke")) return colour(style.stroke);
    let below = behind(svg.parentElement);
    const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
    for (const one of svg.querySelectorAll("rect")) {
      const place = one.getBoundingClientRect(), shape = getComputedStyle(one);
      if (place.left > x || place.right < x || place.top > y || place.bottom < y || shape.fill === "none") continue;
      const [r, g, b, a] = colour(shape.fill);
      below = over([r, g, b, a * shape.fillOpacity], below);
    }
    return below;
  }

  // Text that stands out too little from what is behind it.
  function pale() {
    const found = new Set();
    const tell = (ink, below, text) => {
      const is = ratio(over(ink, below), below);
      if (is < LEAST) found.add(`contrast ${is.toFixed(2)}: ${text}`);
    };
    for (const { element, text, boxes } of texts()) {
      const style = getComputedStyle(element), picture = element.closest("svg");
      const ink = colour(picture ? style.fill : style.color);
      for (let one = element; one; one = one.parentElement) ink[3] *= getComputedStyle(one).opacity;
      tell(ink, picture ? behindInPicture(element, boxes[0]) : behind(element), text);
    }
    for (const one of document.querySelectorAll("input, select, textarea")) {
      if (!visible(one) || one.type === "checkbox") continue;
      tell(colour(getComputedStyle(one).color), behind(one), one.value || one.id);
      if (one.placeholder) tell(colour(getComputedStyle(one, "::placeholder").color), behind(one), one.placeholder);
    }
    return [...found];
  }

  // Text in a column so narrow that a few letters make a line.
  function squeezed() {
    const found = [];
    for (const { element, text, boxes } of texts()) {
      const letter = parseFloat(getComputedStyle(element).fontSize), widest = Math.max(...boxes.map((box) => box.width));
      if (boxes.length > 1 && /^\d+(年\d+月\d+日| [A-Z][a-z]+ \d{4})$/.test(text)) found.push(`a date on ${boxes.length} lines: ${text}`);
      if (boxes.length > 2 && widest < 2.5 * letter) found.push(`${boxes.length} lines of a few letters: ${text}`);
    }
    return found;
  }

  // A number without its sentence: a column whose head is not explained in its card, or of a grid whose corner is not; a
  // tile without words; a card with a table or picture, or a field of a form, and no sentence.
  function unsaid() {
    const found = [], words = (one) => one.textContent.trim().replace(/\s+/g, " ");
    const says = (around, least) => [...around.querySelectorAll("p, dd, caption")].some((one) => words(one).length >= least);
    for (const table of document.querySelectorAll("main table")) {
      const heads = [...table.querySelectorAll("thead th")].filter(words);
      const told = new Set([...table.closest(".card, details, main").querySelectorAll("dt")].filter((one) => words(one.nextElementSibling).length > 3).map(words));
      for (const one of table.matches(".grid") ? heads.slice(0, 1) : heads) if (!told.has(words(one))) found.push(`a column without a sentence: ${words(one)}`);
    }
    for (const one of document.querySelectorAll(".tile")) if (!says(one, 6) || !one.querySelector(".small")) found.push(`a tile without a sentence: ${short(words(one))}`);
    for (const one of document.querySelectorAll("main .card:not(.tile)")) if (one.querySelector("table, svg") && !says(one, 6)) found.push(`a card without a sentence: ${short(words(one))}`);
    for (const one of document.querySelectorAll("form.stack > div:not(.actions), form.stack > fieldset")) if (one.querySelector("label, legend") && !one.querySelector("p.small")) found.push(`a field without a sentence: ${short(words(one))}`);
    return found;
  }

  window.measures = { cut, overlaps, squeezed, pale, unsaid };
})();
