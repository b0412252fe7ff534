/** The angle functions of Math in the server's language, ported like those of goMath.ts (Cephes by way of Go). */
const { abs, floor, sqrt } = Math;
const nativeSin = Math.sin;
const nativeCos = Math.cos;
const nativeTan = Math.tan;
const pi = Math.PI;

/** The octant and the rest of an angle below 2^29, left in these two. */
let octant = 0;
let rest = 0;

function reduceAngle(x: number): void {
  octant = floor(x * (4 / pi));
  if (octant % 2 === 1) octant += 1;
  const y = octant;
  rest = x - y * 7.85398125648498535156e-1 - y * 3.77489470793079817668e-8;
  rest -= y * 2.69515142907905952645e-15;
  octant %= 8;
}

function sineSeries(z: number): number {
  const zz = z * z;
  let sum = 1.5896230157654656806e-10 * zz - 2.50507477628578072866e-8;
  sum = sum * zz + 2.75573136213857245213e-6;
  sum = sum * zz - 1.98412698295895385996e-4;
  sum = sum * zz + 8.33333333332211858878e-3;
  sum = sum * zz - 1.66666666666666307295e-1;
  return z + z * zz * sum;
}

function cosineSeries(z: number): number {
  const zz = z * z;
  let sum = -1.135853652138768173e-11 * zz + 2.08757008419747316778e-9;
  sum = sum * zz - 2.75573141792967388112e-7;
  sum = sum * zz + 2.48015872888517045348e-5;
  sum = sum * zz - 1.38888888888730564116e-3;
  sum = sum * zz + 4.16666666666665929218e-2;
  return 1 - 0.5 * zz + zz * zz * sum;
}

/** Beyond this the server reduces angles another way; other engines agree to the last digit or two. */
const largestAngle = 536870912;

export function sin(x: number): number {
  if (x === 0 || !(abs(x) < largestAngle)) return nativeSin(x);
  reduceAngle(abs(x));
  let isNegative = x < 0;
  if (octant > 3) {
    isNegative = !isNegative;
    octant -= 4;
  }
  const y = octant === 1 || octant === 2 ? cosineSeries(rest) : sineSeries(rest);
  return isNegative ? -y : y;
}

export function cos(x: number): number {
  if (!(abs(x) < largestAngle)) return nativeCos(x);
  reduceAngle(abs(x));
  let isNegative = false;
  if (octant > 3) {
    octant -= 4;
    isNegative = true;
  }
  if (octant > 1) isNegative = !isNegative;
  const y = octant === 1 || octant === 2 ? sineSeries(rest) : cosineSeries(rest);
  return isNegative ? -y : y;
}

export function tan(x: number): number {
  if (x === 0 || !(abs(x) < largestAngle)) return nativeTan(x);
  reduceAngle(abs(x));
  const z = rest;
  const zz = z * z;
  let y = z;
  if (zz > 1e-14) {
    let top = -1.30936939181383777646e4 * zz + 1.1535166483858741614e6;
    top = top * zz - 1.79565251976484877988e7;
    let bottom = (zz + 1.36812963470692954678e4) * zz - 1.32089234440210967447e6;
    bottom = (bottom * zz + 2.50083801823357915839e7) * zz - 5.38695755929454629881e7;
    y = z + z * ((zz * top) / bottom);
  }
  if (octant % 4 === 2) y = -1 / y;
  return x < 0 ? -y : y;
}

function atanSeries(x: number): number {
  const z = x * x;
  let top = -8.750608600031904122785e-1 * z - 1.615753718733365076637e1;
  top = (top * z - 7.50085579231470466734e1) * z - 1.22886668449013617341e2;
  top = top * z - 6.485021904942025371773e1;
  let bottom = (z + 2.485846490142306297962e1) * z + 1.650270098316988542046e2;
  bottom = (bottom * z + 4.328810604912902668951e2) * z + 4.853903996359136964868e2;
  bottom = bottom * z + 1.945506571482613964425e2;
  return x * ((z * top) / bottom) + x;
}

function positiveAtan(x: number): number {
  if (x <= 0.66) return atanSeries(x);
  if (x > 2.4142135623730950488) return pi / 2 - atanSeries(1 / x) + 6.12323399573676588613e-17;
  return pi / 4 + atanSeries((x - 1) / (x + 1)) + 0.5 * 6.12323399573676588613e-17;
}

export function atan(x: number): number {
  if (x === 0 || x !== x) return x;
  return x > 0 ? positiveAtan(x) : -positiveAtan(-x);
}

export function asin(x: number): number {
  if (x === 0 || x !== x) return x;
  const size = abs(x);
  if (size > 1) return NaN;
  const root = sqrt(1 - size * size);
  const angle = size > 0.7 ? pi / 2 - positiveAtan(root / size) : positiveAtan(size / root);
  return x < 0 ? -angle : angle;
}

export function acos(x: number): number {
  return pi / 2 - asin(x);
}

export function atan2(y: number, x: number): number {
  if (x !== x || y !== y) return NaN;
  const isXNegative = x < 0 || 1 / x < 0;
  if (y === 0) return isXNegative ? withSign(pi, y) : y;
  if (x === 0) return withSign(pi / 2, y);
  if (abs(x) === Infinity) {
    const isDiagonal = abs(y) === Infinity;
    if (x > 0) return withSign(isDiagonal ? pi / 4 : 0, y);
    return withSign(isDiagonal ? (3 * pi) / 4 : pi, y);
  }
  if (abs(y) === Infinity) return withSign(pi / 2, y);
  const angle = atan(y / x);
  if (x >= 0) return angle;
  return angle <= 0 ? angle + pi : angle - pi;
}

function withSign(size: number, sign: number): number {
  return sign < 0 || 1 / sign < 0 ? -size : size;
}
