/** The id that was probably meant when another was typed. */

/** More slips than these make another id. */
const maximumDistance = 3;

/** The candidate with the fewest letters added, left out or changed; undefined if none is near. */
export function nearestId(id: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  // Of a short id a few letters are most of it.
  let limit = Math.min(maximumDistance, Math.floor(id.length / 3));
  const rows = [new Uint8Array(id.length + limit + 2), new Uint8Array(id.length + limit + 2)];
  for (const candidate of candidates) {
    if (candidate === id || Math.abs(candidate.length - id.length) > limit) continue;
    const distance = editDistance(id, candidate, limit, rows);
    if (distance > limit || (best !== undefined && distance === limit)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

/** More than any limit, with room above it in a byte. */
const beyond = 200;

/**
 * Levenshtein's distance, or {@link beyond} as soon as it is over the limit. Only places so near to each other are compared,
 * and equal beginnings not at all: an application may have ten thousand ids.
 * @param rows two, to work in, with room for `b` and one more
 */
function editDistance(a: string, b: string, limit: number, rows: readonly Uint8Array[]): number {
  let same = 0;
  while (same < a.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  const height = a.length - same;
  const width = b.length - same;
  let [previous = new Uint8Array(), current = new Uint8Array()] = rows;
  for (let column = 0; column <= width; column++) previous[column] = column;
  for (let row = 1; row <= height; row++) {
    const from = Math.max(1, row - limit);
    const to = Math.min(width, row + limit);
    let best = row <= limit ? row : beyond;
    current[from - 1] = from === 1 ? best : beyond;
    for (let column = from; column <= to; column++) {
      const isSame = a.charCodeAt(same + row - 1) === b.charCodeAt(same + column - 1);
      const changed = (previous[column - 1] ?? beyond) + (isSame ? 0 : 1);
      // The row above does not reach to the end of this one.
      const above = column === row + limit ? beyond : (previous[column] ?? beyond);
      const distance = Math.min(changed, above + 1, (current[column - 1] ?? beyond) + 1);
      current[column] = distance;
      if (distance < best) best = distance;
    }
    if (best > limit) return beyond;
    [previous, current] = [current, previous];
  }
  return previous[width] ?? beyond;
}
