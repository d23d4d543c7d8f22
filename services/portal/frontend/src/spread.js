// Moves points of the screen apart until none covers another, each as little as needed.
export function spread(points, apart, rounds = 24) {
  const moved = points.map((point) => ({ x: point.x, y: point.y }));
  for (let round = 0; round < rounds; round += 1) {
    let still = true;
    for (let i = 0; i < moved.length; i += 1) {
      for (let j = i + 1; j < moved.length; j += 1) {
        let dx = moved[j].x - moved[i].x;
        let dy = moved[j].y - moved[i].y;
        const gap = Math.hypot(dx, dy);
        if (gap >= apart) continue;
        still = false;
        if (gap < 0.01) [dx, dy] = [Math.cos(j * 2.4), Math.sin(j * 2.4)];
        const push = (apart - gap) / 2 / (gap < 0.01 ? 1 : gap);
        moved[i].x -= dx * push;
        moved[i].y -= dy * push;
        moved[j].x += dx * push;
        moved[j].y += dy * push;
      }
    }
    if (still) break;
  }
  return moved;
}
