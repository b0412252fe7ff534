/**
 * The Math functions of the server's language, ported from its library: most results differ from other engines' in the
 * last digit. Sources: Go's math package (FreeBSD msun and Cephes), goja's pow. Runs before a formatter, so plain
 * built-ins are taken here once.
 */
const { abs, floor, sqrt, trunc } = Math;
const toBigInt = BigInt;
const toNumber = Number;
const bits = new DataView(new ArrayBuffer(8));
const getHigh = bits.getUint32.bind(bits, 0);
const setHigh = bits.setUint32.bind(bits, 0);
const getFloat = bits.getFloat64.bind(bits, 0);
const setFloat = bits.setFloat64.bind(bits, 0);

/** x = fraction × 2^exponent with 0.5 ≤ |fraction| < 1, left in these two. */
let fraction = 0;
let exponent = 0;

function splitFloat(x: number): void {
  let shift = 0;
  if (abs(x) < 2.2250738585072014e-308) {
    x *= 4503599627370496;
    shift = -52;
  }
  setFloat(x);
  const high = getHigh();
  exponent = ((high >>> 20) & 0x7ff) - 1022 + shift;
  setHigh(((high & 0x800fffff) | 0x3fe00000) >>> 0);
  fraction = getFloat();
}

/** x × 2^power in one rounding, even where the result is subnormal. */
function scale(x: number, power: number): number {
  if (x === 0 || x !== x || abs(x) === Infinity) return x;
  splitFloat(x);
  const total = exponent + power;
  if (total > 1024) return x < 0 ? -Infinity : Infinity;
  if (total < -1075) return x < 0 ? -0 : 0;
  if (total >= -1021) return fraction * 2 * powerOfTwo(total - 1);
  return fraction * powerOfTwo(total + 60) * powerOfTwo(-60);
}

/** 2^power for normal results. */
function powerOfTwo(power: number): number {
  setFloat(0);
  setHigh(((power + 1023) << 20) >>> 0);
  return getFloat();
}

export function pow(x: number, y: number): number {
  if (isExactInteger(x) && isExactInteger(y) && y >= 0) {
    if (y === 0) return 1;
    if (x === 0) return 0;
    const exact = integerPower(x, y);
    if (exact !== undefined) return exact;
  }
  if ((abs(x) === 1 && abs(y) === Infinity) || (x === 1 && y !== y)) return NaN;
  return goPow(x, y);
}

function isExactInteger(x: number): boolean {
  return trunc(x) === x && abs(x) <= 9007199254740991 && !(x === 0 && 1 / x < 0);
}

/** Undefined where the result does not fit into 64 bits. */
function integerPower(x: number, y: number): number | undefined {
  if (x === 1) return 1;
  if (x === -1) return y % 2 === 0 ? 1 : -1;
  if (y >= 63) return undefined;
  let result = 1;
  for (let index = 0; index < y; index++) {
    result *= x;
    if (abs(result) > 9007199254740992) return bigPower(x, y);
  }
  return result;
}

function bigPower(x: number, y: number): number | undefined {
  const result = toBigInt(x) ** toBigInt(y);
  const size = result < 0n ? -result : result;
  return size > 0x7fffffffffffffffn ? undefined : toNumber(result);
}

function goPow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (y === 1) return x;
  if (x !== x || y !== y) return NaN;
  if (x === 0) return powerOfZero(x, y);
  if (abs(y) === Infinity) {
    if (x === -1) return 1;
    return abs(x) < 1 === (y === Infinity) ? 0 : Infinity;
  }
  if (abs(x) === Infinity) {
    if (x === -Infinity) return goPow(1 / x, -y);
    return y < 0 ? 0 : Infinity;
  }
  if (y === 0.5) return sqrt(x);
  if (y === -0.5) return 1 / sqrt(x);
  return finitePower(x, y);
}

function powerOfZero(x: number, y: number): number {
  const isNegative = 1 / x < 0 && abs(y % 2) === 1;
  if (y < 0) return isNegative ? -Infinity : Infinity;
  return isNegative ? x : 0;
}

function finitePower(x: number, y: number): number {
  let whole = trunc(abs(y));
  let part = abs(y) - whole;
  if (part !== 0 && x < 0) return NaN;
  if (whole >= 9223372036854775808) {
    if (x === -1) return 1;
    return abs(x) < 1 === y > 0 ? 0 : Infinity;
  }
  let answer = 1;
  let power = 0;
  if (part !== 0) {
    if (part > 0.5) {
      part -= 1;
      whole += 1;
    }
    answer = exp(part * log(x));
  }
  splitFloat(x);
  let base = fraction;
  let basePower = exponent;
  for (let rest = whole; rest !== 0; rest = floor(rest / 2)) {
    if (basePower < -4096 || basePower > 4096) {
      power += basePower;
      break;
    }
    if (rest % 2 === 1) {
      answer *= base;
      power += basePower;
    }
    base *= base;
    basePower *= 2;
    if (base < 0.5) {
      base += base;
      basePower -= 1;
    }
  }
  if (y < 0) {
    answer = 1 / answer;
    power = -power;
  }
  return scale(answer, power);
}

/** a × b + c in one rounding. */
function multiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const productError = errorOfProduct(a, b, product);
  const sum = product + c;
  const back = sum - product;
  const sumError = product - (sum - back) + (c - back);
  return sum + (productError + sumError);
}

function errorOfProduct(a: number, b: number, product: number): number {
  const bigA = 134217729 * a;
  const highA = bigA - (bigA - a);
  const lowA = a - highA;
  const bigB = 134217729 * b;
  const highB = bigB - (bigB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

const expSeries = [
  1.984126984126984127e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3,
  4.1666666666666666667e-2, 1.6666666666666666667e-1, 0.5, 1,
];
const expTerms = expSeries.length;

/** As on amd64 with fused multiply-add. */
export function exp(x: number): number {
  if (x !== x || x === Infinity) return x;
  if (x === -Infinity) return 0;
  if (x > 709.782712893384) return Infinity;
  const scaled = x * 1.442695040888963;
  const power = roundToEven(scaled);
  if (power + 1023 <= 0) return 0;
  let rest = multiplyAdd(-power, 0.693147180559662956511601805686950683594, x);
  rest = multiplyAdd(-power, 0.28235290563031577122588448175013436025525412068e-12, rest) * 0.0625;
  let sum = 2.4801587301587301587e-5;
  for (let index = 0; index < expTerms; index++)
    sum = multiplyAdd(sum, rest, expSeries[index] ?? 0);
  let result = rest * sum;
  result *= result + 2;
  result *= result + 2;
  result *= result + 2;
  result = multiplyAdd(result, result + 2, 1);
  if (power + 1023 >= 0x7ff) return Infinity;
  return result * powerOfTwo(power);
}

function roundToEven(x: number): number {
  const low = floor(x);
  const rest = x - low;
  if (rest < 0.5) return low;
  if (rest > 0.5) return low + 1;
  return low % 2 === 0 ? low : low + 1;
}

export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (x < 0) return NaN;
  if (x !== x || x === Infinity) return x;
  splitFloat(x);
  let k = exponent;
  let f = fraction;
  if (f < 7.07106781186547524401e-1) {
    f *= 2;
    k -= 1;
  }
  f -= 1;
  const s = f / (2 + f);
  const s2 = s * s;
  const s4 = s2 * s2;
  let odd = 2.857142874366239149e-1 + s4 * (1.818357216161805012e-1 + s4 * 1.479819860511658591e-1);
  odd = s2 * (6.66666666666673513e-1 + s4 * odd);
  let even = 2.222219843214978396e-1 + s4 * 1.531383769920937332e-1;
  even = s4 * (3.999999999940941908e-1 + s4 * even);
  const half = 0.5 * f * f;
  const low = s * (half + (odd + even)) + k * 1.90821492927058770002e-10;
  return k * 6.9314718036912381649e-1 - (half - low - f);
}

export function log2(x: number): number {
  if (!(x > 0) || x === Infinity) return log(x);
  splitFloat(x);
  const power = exponent;
  if (fraction === 0.5) return power - 1;
  return log(fraction) * 1.4426950408889634074 + power;
}

export function log10(x: number): number {
  return log(x) * 0.43429448190325182765;
}
