/** Random numbers for the simulation: repeatable with a seed, from the operating system without one. */
import { randomBytes, randomInt } from "node:crypto";

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export class Random {
  private state: number;
  private readonly isSeeded: boolean;

  constructor(seed?: number) {
    this.isSeeded = seed !== undefined;
    this.state = seed ?? randomInt(2 ** 32);
  }

  /** 0 ≤ x < 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  integer(minimum: number, maximum: number): number {
    return minimum + Math.floor(this.next() * (maximum - minimum + 1));
  }

  between(minimum: number, maximum: number): number {
    return minimum + this.next() * (maximum - minimum);
  }

  /** Normally distributed around 0. */
  noise(deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return deviation * radius * Math.cos(2 * Math.PI * this.next());
  }

  bytes(length: number): Uint8Array {
    if (!this.isSeeded) return new Uint8Array(randomBytes(length));
    return Uint8Array.from({ length }, () => this.integer(0, 255));
  }

  /** Characters of RFC 4648's base32. */
  base32(length: number): string {
    return Array.from(this.bytes(length), (byte) => base32Alphabet.charAt(byte & 31)).join("");
  }
}
