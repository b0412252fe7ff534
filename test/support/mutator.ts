/** Breaks good packets in a seeded, repeatable way: flips, cuts, joins, insertions, swaps and lies about lengths. */

/** mulberry32: small, fast, good enough to break packets. 0 inclusive to 1 exclusive. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Mutator {
  private readonly random: () => number;

  constructor(
    readonly seed: number,
    private readonly packets: readonly Buffer[],
  ) {
    this.random = seededRandom(seed);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick(): Buffer {
    return Buffer.from(this.packets[this.below(this.packets.length)] ?? []);
  }

  /** One broken packet, or several. */
  mutate(): Buffer {
    let bytes = this.pick();
    const times = 1 + this.below(3);
    for (let time = 0; time < times; time++) bytes = this.breakOnce(bytes);
    return bytes;
  }

  private breakOnce(bytes: Buffer): Buffer {
    const at = this.below(bytes.length + 1);
    switch (this.below(7)) {
      case 0: // flip a bit
        return this.changed(bytes, at, (byte) => byte ^ (1 << this.below(8)));
      case 1:
        return bytes.subarray(0, at);
      case 2:
        return Buffer.concat([bytes, this.pick()]);
      case 3: // insert
        return Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from([this.below(256), this.below(256)]),
          bytes.subarray(at),
        ]);
      case 4: // swap the halves
        return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
      case 5: // a length that lies
        return this.changed(bytes, 1, () => this.below(256));
      default: // another packet type or other flags
        return this.changed(bytes, 0, () => this.below(256));
    }
  }

  private changed(bytes: Buffer, at: number, change: (byte: number) => number): Buffer {
    const copy = Buffer.from(bytes);
    if (at < copy.length) copy[at] = change(copy[at] ?? 0);
    return copy;
  }
}
