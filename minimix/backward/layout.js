/* A graph drawn in layers, lengths in rem.
   boxes: a Map of {key, from: keys of the boxes whose edges enter it, width, height}; each gets slot.x, its middle, and
   slot.y, its top. Returned: the whole's width and height, and the edges as {from, to, line: an SVG path in pixels}. */
minimix.layout = (() => {
  /* Layers by the longest path; what has no inputs stands just above its first use. */
  const layered = (boxes) => {
    for (const box of boxes.values()) box.layer = 0;
    for (let round = 0, moved = true; moved && round < boxes.size; round++) {
      moved = false;
      for (const box of boxes.values()) {
        const layer = Math.max(0, ...[...box.from].map((key) => boxes.get(key).layer + 1));
        if (layer > box.layer) (box.layer = layer), (moved = true);
      }
    }
    for (const box of boxes.values()) {
      const users = [...boxes.values()].filter((other) => other.from.has(box.key));
      if (!box.from.size && users.length) box.layer = Math.max(0, Math.min(...users.map((user) => user.layer)) - 1);
    }
  };
  /* Rows of slots: boxes, and a narrow one in every layer that an edge passes. */
  const rowsOfSlots = (boxes) => {
    const rows = [];
    const put = (slot, layer) => ((rows[layer] ??= []).push(slot), slot);
    for (const box of boxes.values()) box.slot = put({ width: box.width, height: box.height, near: [] }, box.layer);
    const edges = [];
    for (const box of boxes.values()) {
      for (const key of box.from) {
        const way = [boxes.get(key).slot];
        for (let layer = boxes.get(key).layer + 1; layer < box.layer; layer++) way.push(put({ width: 0.4, passing: true, near: [] }, layer));
        way.push(box.slot);
        for (let k = 1; k < way.length; k++) way[k].near.push(way[k - 1]), way[k - 1].near.push(way[k]);
        edges.push({ from: key, to: box.key, way });
      }
    }
    return [rows.filter(Boolean), edges];
  };
  const GAP = { across: 1.2, down: 2.2 }; /* rem */
  const mean = (list) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const arrange = (rows) => {
    rows.forEach((row) => row.forEach((slot, k) => (slot.x = k * 6)));
    for (let round = 0; round < 12; round++) {
      for (const row of round % 2 ? [...rows].reverse() : rows) {
        for (const slot of row) slot.wanted = slot.near.length ? mean(slot.near.map((other) => other.x)) : slot.x;
        row.sort((a, b) => a.wanted - b.wanted);
        let edge = -Infinity;
        for (const slot of row) {
          slot.x = Math.max(slot.wanted, edge + slot.width / 2);
          edge = slot.x + slot.width / 2 + GAP.across;
        }
        const shift = mean(row.map((slot) => slot.wanted - slot.x));
        for (const slot of row) slot.x += shift;
      }
    }
    const left = Math.min(...rows.flat().map((slot) => slot.x - slot.width / 2)) - 1;
    let y = 1;
    for (const row of rows) {
      const high = Math.max(...row.map((slot) => slot.height ?? 0));
      for (const slot of row) {
        if (slot.passing) slot.height = high;
        slot.x -= left;
        slot.y = y + (high - slot.height) / 2;
      }
      y += high + GAP.down;
    }
    return [Math.max(...rows.flat().map((slot) => slot.x + slot.width / 2)) + 1, y - GAP.down + 1];
  };
  const line = (way) => {
    const at = (x, y) => `${(16 * x).toFixed(1)},${(16 * y).toFixed(1)}`;
    let d = `M${at(way[0].x, way[0].y + way[0].height)}`;
    for (let k = 1; k < way.length; k++) {
      const [a, b] = [way[k - 1], way[k]];
      const [top, bottom] = [a.y + a.height, b.y];
      d += `C${at(a.x, (top + bottom) / 2)} ${at(b.x, (top + bottom) / 2)} ${at(b.x, bottom)}`;
      if (b.passing) d += `L${at(b.x, bottom + b.height)}`;
    }
    return d;
  };

  return (boxes) => {
    layered(boxes);
    const [rows, edges] = rowsOfSlots(boxes);
    const [width, height] = arrange(rows);
    return { width, height, edges: edges.map(({ from, to, way }) => ({ from, to, line: line(way) })) };
  };
})();
