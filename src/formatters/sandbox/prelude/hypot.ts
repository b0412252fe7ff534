/** Math.hypot as the server's engine computes it: scaled by the largest, with Kahan's sum. */
const { sqrt } = Math;

export const { hypot } = {
  hypot(...values: unknown[]): number {
    let largest = 0;
    let hasNaN = false;
    for (let index = 0; index < values.length; index++) {
      const value = +(values[index] as number);
      const size = value < 0 ? -value : value;
      if (value !== value) hasNaN = true;
      else if (size > largest) largest = size;
      values[index] = size;
    }
    if (largest === Infinity) return Infinity;
    if (hasNaN) return NaN;
    return largest === 0 ? 0 : scaledRoot(values as number[], largest);
  },
};
Object.defineProperty(hypot, "length", { value: 2, configurable: true });

function scaledRoot(sizes: readonly number[], largest: number): number {
  let sum = 0;
  let compensation = 0;
  for (let index = 0; index < sizes.length; index++) {
    const part = (sizes[index] ?? 0) / largest;
    const summand = part * part - compensation;
    const next = sum + summand;
    compensation = next - sum - summand;
    sum = next;
  }
  return sqrt(sum) * largest;
}
