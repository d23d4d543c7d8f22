// Which point an arrow key leads to: the nearest one in that direction. Home and End go to the first and last.
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export function neighbour(points, from, key) {
  if (key === "Home") return 0;
  if (key === "End") return points.length - 1;
  const way = WAYS[key];
  if (!way) return null;
  let best = null;
  let least = Infinity;
  points.forEach((point, index) => {
    const along = (point.x - points[from].x) * way[0] + (point.y - points[from].y) * way[1];
    const across = Math.abs((point.x - points[from].x) * way[1]) + Math.abs((point.y - points[from].y) * way[0]);
    const cost = along + 2 * across;
    if (index !== from && along > 0.5 && cost < least) [best, least] = [index, cost];
  });
  return best;
}
