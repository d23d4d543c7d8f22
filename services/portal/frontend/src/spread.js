const GLANCE = 16;

// Moves points of the screen apart until none covers another, each as little as needed.
export function spread(points, apart, rounds = 24) {
  const moved = points.map((point) => ({ x: point.x, y: point.y }));
  const grid = new Grid(moved, apart);
  for (let round = 0; round < rounds; round += 1) {
    let still = true;
    for (let i = 0; i < moved.length; i += 1) {
      for (let j = grid.nextAfter(i, i); j !== Infinity; j = grid.nextAfter(i, j)) {
        still = false;
        pushApart(moved[i], moved[j], j, apart);
        grid.put(i);
        grid.put(j);
      }
    }
    if (still) break;
  }
  return moved;
}

// Each gives way by half; of two at one place the later one's number says in which direction.
function pushApart(one, other, number, apart) {
  let dx = other.x - one.x;
  let dy = other.y - one.y;
  const gap = Math.hypot(dx, dy);
  if (gap < 0.01) [dx, dy] = [Math.cos(number * 2.4), Math.sin(number * 2.4)];
  const push = (apart - gap) / 2 / (gap < 0.01 ? 1 : gap);
  one.x -= dx * push;
  one.y -= dy * push;
  other.x += dx * push;
  other.y += dy * push;
}

// The points by the square they stand in, as wide as two must be apart: who covers a point stands in one of nine.
class Grid {
  constructor(points, apart) {
    Object.assign(this, { points, apart, squares: new Map(), of: [] });
    points.forEach((_, index) => this.put(index));
  }

  square(across, down) {
    return across * 2 ** 24 + down; // more squares than a map has pixels
  }

  put(index) {
    const { x, y } = this.points[index];
    const square = this.square(Math.floor(x / this.apart), Math.floor(y / this.apart));
    if (square === this.of[index]) return;
    this.squares.get(this.of[index])?.delete(index);
    if (!this.squares.has(square)) this.squares.set(square, new Set());
    this.squares.get(square).add(index);
    this.of[index] = square;
  }

  // The first point after `last` that is too near to this one where it stands now; Infinity when there is none.
  // In a crowd that is one of the very next; else one of the few in the squares around.
  nextAfter(index, last) {
    const soon = Math.min(last + 1 + GLANCE, this.points.length);
    for (let other = last + 1; other < soon; other += 1) if (this.near(index, other)) return other;
    const { x, y } = this.points[index];
    const [across, down] = [Math.floor(x / this.apart), Math.floor(y / this.apart)];
    let first = Infinity;
    for (let a = across - 1; a <= across + 1; a += 1) {
      for (let d = down - 1; d <= down + 1; d += 1) {
        for (const other of this.squares.get(this.square(a, d)) ?? []) {
          if (other >= soon && other < first && this.near(index, other)) first = other;
        }
      }
    }
    return first;
  }

  near(index, other) {
    const [one, two] = [this.points[index], this.points[other]];
    return Math.hypot(two.x - one.x, two.y - one.y) < this.apart;
  }
}
