// The picture to click on.  Everything that it says stands in the tables of the page and is taken from there.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const root = document.documentElement;
  const data = JSON.parse($("values").textContent);
  const FIRM = new Set(["subject", "liable", "candidate", "caught", "possibly_caught"]);
  const TIES = 40, MEMBERS = 200;
  const outline = Object.fromEntries(Object.entries(data.marks).map(([part, mark]) => [part, new Path2D(mark.path)]));
  const glyph = Object.fromEntries(Object.entries(data.glyphs).map(([kind, path]) => [kind, new Path2D(path)]));
  const nodes = data.nodes, lines = data.edges;
  const spotOf = new Map(nodes.flatMap((node) => node.members.map((member) => [member, node.id])));
  const lineOf = new Map(lines.flatMap((line) => line.ties.map((tie) => [tie, line.id])));
  let paint, chosen = null, near = null, over = null, labels = null;

  const readPaint = () => {
    const style = getComputedStyle(root);
    const value = (name) => style.getPropertyValue("--" + name).trim();
    paint = { ink: value("ink"), soft: value("soft"), halo: value("halo"), chosen: value("chosen"), font: getComputedStyle(document.body).fontFamily,
      tie: value("tie"), proof: value("tie-proof"), past: value("tie-past"), parts: {} };
    for (const part of Object.keys(data.marks)) paint.parts[part] = { fill: value(part), line: value(part + "-line"), ink: value(part + "-ink") };
  };

  // ---- marks
  const halfOf = (node) => Math.min(data.largest, Math.max(node.half, (FIRM.has(node.group) ? 9 : 4.5) / network.getScale()));
  const far = (id) => near !== null && !near.has(id);
  const drawMark = ({ ctx, id, x, y }) => {
    const node = nodes[id], part = node.group, colours = paint.parts[part], mark = data.marks[part], half = halfOf(node);
    const shape = (path, dx, dy) => {
      ctx.save();
      ctx.translate(x + dx, y + dy);
      ctx.scale(half, half);
      ctx.lineWidth = (part === "liable" || part === "caught" ? 2.6 : 1.8) / half;
      if (far(id)) {
        // What is pale still covers the lines that end in it.
        const alpha = ctx.globalAlpha;
        ctx.globalAlpha = 1;
        ctx.fillStyle = paint.halo;
        ctx.fill(path);
        ctx.globalAlpha = alpha;
      }
      ctx.fillStyle = colours.fill;
      ctx.strokeStyle = colours.line;
      ctx.setLineDash(mark.broken ? [4.5 / half, 3 / half] : []);
      ctx.fill(path);
      ctx.stroke(path);
      ctx.restore();
    };
    const drawNode = () => {
      ctx.save();
      ctx.globalAlpha = far(id) ? (FIRM.has(part) ? 0.75 : 0.3) : 1;
      if (id === chosen) {
        ctx.beginPath();
        ctx.arc(x, y, half * 1.45 + 3, 0, 7);
        ctx.lineWidth = 3.5 / Math.min(1, network.getScale());
        ctx.strokeStyle = paint.chosen;
        ctx.stroke();
      }
      if (node.members.length > 1) shape(outline[part], half * 0.28, -half * 0.2);
      if (part === "subject") {
        // The gap within its frame is empty: without a ground the lines that end here would be seen in it.
        ctx.fillStyle = paint.halo;
        ctx.fillRect(x - half, y - half, 2 * half, 2 * half);
      }
      shape(outline[part], 0, 0);
      ctx.fillStyle = colours.ink;
      if (node.members.length > 1) {
        ctx.font = `700 ${half * 0.72}px ${paint.font}`;
        ctx.textAlign = "center";
        ctx.textBaseline = "middle";
        ctx.fillText(String(node.members.length), x, y + half * 0.05, half * 1.6);
      } else {
        const size = half * (part === "candidate" || part === "subject" ? 0.62 : 0.72);
        ctx.translate(x, y);
        ctx.scale(size, size);
        ctx.fill(glyph[node.kind]);
      }
      ctx.restore();
    };
    return { drawNode, nodeDimensions: { width: 2 * half, height: 2 * half } };
  };

  // ---- labels: as large on the screen at every zoom; the most important first; none over another
  const widths = new Map();
  const widthOf = (ctx, text, weight) => {
    const key = weight + text;
    if (!widths.has(key)) {
      ctx.font = `${weight} 100px ${paint.font}`;
      widths.set(key, ctx.measureText(text).width / 100);
    }
    return widths.get(key);
  };
  const takenRoom = (square) => {
    const boxes = new Map();
    const each = (box, act) => {
      for (let i = Math.floor(box[0] / square); i <= Math.floor(box[2] / square); i++)
        for (let j = Math.floor(box[1] / square); j <= Math.floor(box[3] / square); j++) if (act(i + "," + j) === false) return false;
      return true;
    };
    return {
      free: (box) => each(box, (key) => !(boxes.get(key) || []).some((one) => box[0] < one[2] && one[0] < box[2] && box[1] < one[3] && one[1] < box[3])),
      take: (box) => each(box, (key) => void (boxes.has(key) ? boxes.get(key).push(box) : boxes.set(key, [box]))),
    };
  };
  const placeLabels = (ctx) => {
    const scale = network.getScale(), room = takenRoom(170 / scale), placed = [];
    const visible = nodes.filter((node) => !node.hidden);
    // Names that must stand may lie over marks that are only connected, never over one another.
    const CORE = new Set(["subject", "liable", "caught"]), firmRoom = takenRoom(170 / scale), coreRoom = takenRoom(170 / scale);
    for (const node of visible) {
      const half = halfOf(node) + 1, box = [node.x - half, node.y - half, node.x + half, node.y + half];
      room.take(box);
      if (FIRM.has(node.group)) firmRoom.take(box);
      if (CORE.has(node.group)) coreRoom.take(box);
    }
    // A name is rather put where it is seen whole.
    const view = $("live").getBoundingClientRect(), low = network.DOMtoCanvas({ x: 0, y: 0 }), high = network.DOMtoCanvas({ x: view.width, y: view.height });
    const inside = (box) => box[0] > low.x && box[1] > low.y && box[2] < high.x && box[3] < high.y;
    const size = Math.max(12.5 / scale, 10.5), first = (id) => (id === chosen || id === over ? 0 : near !== null && near.has(id) ? 1 : 2);
    const order = [...visible].sort((a, b) => first(a.id) - first(b.id) || a.id - b.id);
    for (const node of order) {
      const firm = FIRM.has(node.group), weight = firm || node.id === chosen ? 600 : 400, told = node.told, half = halfOf(node);
      const wide = Math.max(...told.map((one) => widthOf(ctx, one, weight))) * size + 2 / scale, high = told.length * size * 1.2;
      const gap = 3 / scale, spaces = [
        [node.x - wide / 2, node.y + half + gap], [node.x - wide / 2, node.y - half - gap - high],
        [node.x + half + 2 * gap, node.y - high / 2], [node.x - half - 2 * gap - wide, node.y - high / 2],
        [node.x + half * 0.7, node.y + half * 0.7], [node.x - half * 0.7 - wide, node.y + half * 0.7],
        [node.x + half * 0.7, node.y - half * 0.7 - high], [node.x - half * 0.7 - wide, node.y - half * 0.7 - high],
        [node.x - wide / 2, node.y + half + high * 0.7], [node.x - wide / 2, node.y - half - high * 1.7],
        [node.x + half * 2, node.y + half], [node.x - half * 2 - wide, node.y + half], [node.x + half * 2, node.y - half - high], [node.x - half * 2 - wide, node.y - half - high],
      ].map(([left, top]) => [left, top, left + wide, top + high]);
      const choice = (some) => spaces.find((one) => inside(one) && some.free(one)) || spaces.find(some.free);
      const box = choice(room) || (firm && choice(firmRoom)) || (CORE.has(node.group) && choice(coreRoom)) || (first(node.id) === 0 ? spaces[0] : null);
      if (box) {
        room.take(box);
        firmRoom.take(box);
        coreRoom.take(box);
        placed.push({ x: (box[0] + box[2]) / 2, y: box[1], told, size, weight, colour: paint.ink, turn: 0, id: node.id });
      }
    }
    const small = Math.max(11 / scale, 9), touches = (line) => chosen !== null && (line.from === chosen || line.to === chosen);
    // Where much is drawn, only the lines of proofs are told until one looks closer.
    const telling = (line) => line.proof || touches(line) || lines.length < 80 || scale > 0.9;
    const ranked = lines.filter((line) => !line.hidden).sort((a, b) => touches(b) - touches(a) || b.proof - a.proof || a.id - b.id);
    for (const line of ranked) {
      if (near !== null && !touches(line) && far(line.from) && far(line.to)) continue;
      let a = nodes[line.from], b = nodes[line.to];
      if (b.x < a.x) [a, b] = [b, a];
      const dx = b.x - a.x, dy = b.y - a.y, long = Math.hypot(dx, dy), space = long - halfOf(a) - halfOf(b) - 12 / scale;
      tries: for (const words of telling(line) ? line.words : []) for (const along of [0.5, 0.58, 0.42, 0.66, 0.34]) {
        const told = words.split("\n"), wide = Math.max(...told.map((one) => widthOf(ctx, one, 400))) * small, high = told.length * small * 1.15;
        if (wide / 2 + Math.abs(along - 0.5) * long > space / 2) continue;
        const x = a.x + dx * along, y = a.y + dy * along, count = Math.max(1, Math.round(wide / high)), boxes = [];
        for (let i = 0; i < count; i++) {
          const at = ((i + 0.5) / count) * wide - wide / 2, px = x + (dx / long) * at, py = y + (dy / long) * at;
          boxes.push([px - high / 2, py - high / 2, px + high / 2, py + high / 2]);
        }
        if (boxes.every(room.free)) {
          boxes.forEach(room.take);
          placed.push({ x, y, told, size: small, weight: 400, colour: paint.soft, turn: Math.atan2(dy, dx), middle: true, wide, high, line: line.id });
          break tries;
        }
      }
    }
    return { scale, placed };
  };
  const drawLabels = (ctx) => {
    if (labels === null || labels.scale !== network.getScale()) labels = placeLabels(ctx);
    ctx.save();
    ctx.textAlign = "center";
    ctx.textBaseline = "alphabetic";
    ctx.lineJoin = "round";
    for (const one of labels.placed) {
      ctx.save();
      ctx.translate(one.x, one.y);
      ctx.rotate(one.turn);
      ctx.globalAlpha = one.id !== undefined && far(one.id) ? 0.55 : 1;
      ctx.font = `${one.weight} ${one.size}px ${paint.font}`;
      ctx.lineWidth = one.size * 0.28;
      ctx.strokeStyle = paint.halo;
      ctx.fillStyle = one.colour;
      const step = one.size * (one.middle ? 1.15 : 1.2), start = one.middle ? (-(one.told.length - 1) / 2) * step + one.size * 0.35 : one.size * 0.98;
      if (one.middle) {
        ctx.fillStyle = paint.halo;
        ctx.fillRect(-one.wide / 2, -one.high / 2, one.wide, one.high);
        ctx.fillStyle = one.colour;
      }
      one.told.forEach((text, row) => {
        if (!one.middle) ctx.strokeText(text, 0, start + row * step);
        ctx.fillText(text, 0, start + row * step);
      });
      ctx.restore();
    }
    ctx.restore();
  };

  // ---- the network
  readPaint();
  root.classList.add("live");
  const lineColour = (line) => {
    const colour = line.proof ? paint.proof : line.current ? paint.tie : paint.past;
    return { color: colour, highlight: paint.chosen, hover: colour, inherit: false, opacity: near !== null && far(line.from) + far(line.to) > 0 ? 0.4 : line.proof || lines.length < 150 ? 1 : 0.6 };
  };
  for (const node of nodes) {
    // Labels are drawn here: vis-network must not make room for them.
    node.told = node.label.split("\n");
    delete node.label;
    node.ctxRenderer = drawMark;
  }
  for (const line of lines) line.color = lineColour(line);
  const sets = { nodes: new vis.DataSet(nodes), edges: new vis.DataSet(lines) };
  let network = { getScale: () => 1 };
  network = new vis.Network($("live"), sets, data.options);
  const frame = $("live").querySelector(".vis-network");
  frame.setAttribute("aria-label", $("live").getAttribute("aria-label"));
  frame.setAttribute("role", "application");
  $("live").removeAttribute("aria-label");
  $("live").removeAttribute("role");
  network.on("afterDrawing", (ctx) => {
    drawLabels(ctx);
    root.dataset.painted = "yes";
  });
  const again = () => {
    labels = null;
    network.redraw();
  };
  const recolour = () => {
    for (const line of lines) line.color = lineColour(line);
    sets.edges.update(lines.map(({ id, color }) => ({ id, color })));
    again();
  };

  // ---- where one looks
  const look = (some, least, most) => {
    const box = $("live").getBoundingClientRect();
    if (!some.length || !box.width) return;
    const xs = some.map((node) => node.x), ys = some.map((node) => node.y), wide = Math.max(...xs) - Math.min(...xs), high = Math.max(...ys) - Math.min(...ys);
    const scale = Math.min(most, Math.max(least, Math.min((box.width - (box.width < 500 ? 76 : 150)) / Math.max(wide, 1), (box.height - 110) / Math.max(high, 1))));
    network.moveTo({ position: { x: (Math.max(...xs) + Math.min(...xs)) / 2, y: (Math.max(...ys) + Math.min(...ys)) / 2 + 14 / scale }, scale, animation: false });
  };
  const visible = () => nodes.filter((node) => !node.hidden);
  const fit = () => look(visible(), 0.05, 1.1);
  const open = () => {
    fit();
    if (network.getScale() < 0.42) look(nodes.filter((node) => FIRM.has(node.group)), network.getScale(), 0.6);
  };
  const zoom = (by) => network.moveTo({ scale: Math.min(4, Math.max(0.05, network.getScale() * by)), animation: false });
  $("zoom-in").addEventListener("click", () => zoom(1.35));
  $("zoom-out").addEventListener("click", () => zoom(1 / 1.35));
  $("fit").addEventListener("click", fit);
  $("enlarge").addEventListener("click", () => {
    const on = root.classList.toggle("enlarged");
    $("enlarge").setAttribute("aria-pressed", String(on));
    requestAnimationFrame(() => { network.setSize("100%", "100%"); network.redraw(); fit(); });
  });
  const go = (x, y) => {
    const at = network.getViewPosition(), step = 60 / network.getScale();
    network.moveTo({ position: { x: at.x + x * step, y: at.y + y * step }, animation: false });
  };
  const keys = { ArrowLeft: () => go(-1, 0), ArrowRight: () => go(1, 0), ArrowUp: () => go(0, -1), ArrowDown: () => go(0, 1),
    "+": () => zoom(1.35), "=": () => zoom(1.35), "-": () => zoom(1 / 1.35), 0: fit };
  frame.addEventListener("keydown", (event) => {
    if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  // The wheel belongs to the page until somebody is at work in the picture.
  const wheel = (on) => network.setOptions({ interaction: { zoomView: on } });
  $("live").addEventListener("pointerdown", () => wheel(true));
  $("live").addEventListener("mouseleave", () => wheel(false));

  // ---- the legend
  const boxes = [...document.querySelectorAll("#filters input")];
  const filter = () => {
    const on = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let hidden = 0;
    for (const node of nodes) {
      node.hidden = !on.has(node.group);
      if (node.hidden) hidden += node.members.length;
    }
    for (const line of lines) line.hidden = nodes[line.from].hidden || nodes[line.to].hidden;
    sets.nodes.update(nodes.map(({ id, hidden }) => ({ id, hidden })));
    sets.edges.update(lines.map(({ id, hidden }) => ({ id, hidden })));
    const note = $("hidden");
    note.textContent = hidden ? data.words.hidden.replace("{count}", hidden) : "";
    if (hidden) {
      const all = document.createElement("button");
      all.type = "button";
      all.textContent = data.words.all;
      all.addEventListener("click", () => {
        for (const box of boxes) box.checked = true;
        filter();
        boxes[0].focus();
      });
      note.append(all);
    }
    again();
  };
  for (const box of boxes) box.addEventListener("change", filter);

  // ---- the facts of what is chosen
  const panel = $("facts"), hint = panel.innerHTML;
  const make = (name, ...inside) => {
    const made = document.createElement(name);
    made.append(...inside);
    return made;
  };
  const link = (member) => {
    const one = make("a");
    one.href = "#s" + member;
    one.className = "pick";
    one.dataset.s = member;
    one.append(...$("s" + member).querySelector(".pick").cloneNode(true).childNodes);
    return one;
  };
  const copied = (item) => make("li", ...item.cloneNode(true).childNodes);
  const list = (items, most) => {
    const made = make("ul", ...items.slice(0, most).map((one) => one()));
    if (items.length > most) made.append(make("li", data.words.also.replace("{count}", items.length - most)));
    return made;
  };
  const tiesOf = (member) => data.ties.flatMap((ends, tie) => (ends.includes(member) ? [tie] : []));
  const brief = (row) => {
    const parts = [...row.querySelectorAll(".kind, .status, .cause, .law b")].map((one) => one.textContent.trim());
    if (!row.querySelector(".kind")) parts.unshift([...row.querySelectorAll("td:nth-of-type(1) > div")].map((one) => one.childNodes[0].textContent.trim()).join(", "));
    return parts.join(" · ");
  };
  const describe = (member) => {
    const row = $("s" + member), heading = make("h3", ...row.querySelector(".named").cloneNode(true).childNodes);
    const part = make("p", ...row.children[1].cloneNode(true).childNodes), found = [...document.querySelectorAll(`#tables tr[data-s="${member}"]`)];
    const shown = [heading, part];
    if (found.length) {
      shown.push(list(found.map((one) => () => {
        const jump = make("button", brief(one));
        jump.type = "button";
        jump.addEventListener("click", () => { one.scrollIntoView({ block: "center" }); (one.querySelector("a, summary") || one).focus({ preventScroll: true }); });
        return make("li", jump);
      }), 12));
    }
    const ties = tiesOf(member);
    if (ties.length) shown.push(list(ties.map((tie) => () => copied($("e" + tie))), TIES));
    panel.replaceChildren(...shown);
  };
  const mark = (members) => {
    for (const row of document.querySelectorAll("tr.shown")) row.classList.remove("shown");
    for (const member of members) for (const row of document.querySelectorAll(`tr[data-s="${member}"], #s${member}`)) row.classList.add("shown");
  };
  const choose = (spot, member) => {
    const node = nodes[spot];
    chosen = spot;
    near = new Set([spot, ...lines.flatMap((line) => (line.from === spot ? [line.to] : line.to === spot ? [line.from] : []))]);
    network.selectNodes([spot], true);
    if (member === undefined && node.members.length > 1) {
      panel.replaceChildren(
        make("h3", data.parts[node.group] + ": " + data.words.gathered.replace("{count}", node.members.length)),
        list(node.members.map((one) => () => make("li", link(one))), MEMBERS));
      mark([]);
    } else {
      describe(member === undefined ? node.members[0] : member);
      mark([member === undefined ? node.members[0] : member]);
    }
    recolour();
  };
  const chooseLine = (id) => {
    const line = lines[id];
    chosen = null;
    near = new Set([line.from, line.to]);
    const title = (spot) => (nodes[spot].members.length > 1 ? data.words.gathered.replace("{count}", nodes[spot].members.length) : link(nodes[spot].members[0]));
    panel.replaceChildren(make("h3", title(line.from), " – ", title(line.to)), list(line.ties.map((tie) => () => copied($("e" + tie))), TIES));
    mark([]);
    recolour();
  };
  const nothing = () => {
    chosen = near = null;
    network.unselectAll();
    panel.innerHTML = hint;
    mark([]);
    recolour();
  };
  network.on("click", ({ nodes: on, edges }) => (on.length ? choose(on[0]) : edges.length ? chooseLine(edges[0]) : nothing()));
  const hover = (id) => {
    over = id;
    $("live").style.cursor = id === null ? "" : "pointer";
    again();
  };
  network.on("hoverNode", ({ node }) => hover(node));
  network.on("blurNode", () => hover(null));
  network.on("hoverEdge", () => ($("live").style.cursor = "pointer"));
  network.on("blurEdge", () => ($("live").style.cursor = ""));
  document.addEventListener("click", (event) => {
    const pick = event.target.closest("a.pick");
    if (!pick) return;
    event.preventDefault();
    const member = Number(pick.dataset.s), spot = spotOf.get(member), box = boxes.find((one) => one.value === nodes[spot].group);
    if (box && !box.checked) {
      box.checked = true;
      filter();
    }
    choose(spot, member);
    const place = network.canvasToDOM({ x: nodes[spot].x, y: nodes[spot].y }), size = $("live").getBoundingClientRect();
    if (place.x < 40 || place.y < 40 || place.x > size.width - 40 || place.y > size.height - 40) network.moveTo({ position: { x: nodes[spot].x, y: nodes[spot].y }, animation: false });
    if (size.bottom < 80 || size.top > innerHeight - 80) $("network").scrollIntoView({ block: "start" });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && near !== null) nothing();
  });

  // ---- day and night, and paper
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readPaint(); recolour(); });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
  open();
  // For whoever looks closer from the console, and for tests.
  window.report = { network, nodes, lines, spotOf, lineOf, labels: () => labels, half: halfOf, choose, fit };
})();
