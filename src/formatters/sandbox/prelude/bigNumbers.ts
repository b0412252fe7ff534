/**
 * Integers of any size as numbers, as the server's engine makes them: it takes their low 64 bits as a signed integer, so
 * that `Number(18446744073709551615n)` is -1. And the cut to unsigned bits, which this engine does not do to negative ones.
 */
import { apply, construct, NativeProxy } from "./captured";
import { replace } from "./replace";

const NativeNumber = Number;
const NativeBigInt = BigInt;
const cut: unknown = Reflect.get(BigInt, "asUintN");
const largest = 0x7fffffffffffffffn;
const mask = 0xffffffffffffffffn;
const modulus = 0x10000000000000000n;
/** Bits beyond which nobody cuts, and a shift would take memory. */
const widest = 4096;

export function useBigNumbers(): void {
  const Patched = new NativeProxy(NativeNumber, {
    apply: (target, self, args: unknown[]) => apply(target, self, withNumber(args)) as unknown,
    construct: (target, args: unknown[], newTarget) =>
      construct(target, withNumber(args), newTarget) as object,
  });
  replace(NativeNumber.prototype, "constructor", Patched);
  replace(globalThis, "Number", Patched);
  const { asUintN } = {
    asUintN(bits: unknown, value: unknown): bigint {
      const width = +(bits as number);
      if (typeof value !== "bigint" || value >= 0n || !(width >= 0 && width <= widest))
        return apply(cut as typeof BigInt.asUintN, undefined, [bits as number, value as bigint]);
      return value & ((1n << NativeBigInt(width - (width % 1))) - 1n);
    },
  };
  replace(NativeBigInt, "asUintN", asUintN);
}

function withNumber(args: unknown[]): unknown[] {
  const [first] = args;
  return typeof first === "bigint" ? [numberOf(first)] : args;
}

function numberOf(value: bigint): number {
  if (value <= largest && value >= -largest) return NativeNumber(value);
  const low = (value < 0n ? -value : value) & mask;
  const signed = low > largest ? low - modulus : low;
  // Its negative does not fit, so the smallest one stays as it is.
  return NativeNumber(value < 0n && signed >= -largest ? -signed : signed);
}
