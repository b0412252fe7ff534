/** The rows of `stack/bandTable`, computed anew from the regional parameters as the network server has them. */
import { readFileSync } from "node:fs";

interface Rate {
  readonly dr: number;
  readonly rate: string;
  readonly maxMacPayload: number;
  readonly withDwellTime?: number;
}
interface Version {
  readonly dataRates: readonly Rate[];
  readonly rx2: { readonly dr: number };
  readonly subBands: readonly { readonly from: number; readonly to: number }[];
}

/** Frame header 7, FPort 1 (regional/README). */
const overhead = 8;
const bands = JSON.parse(readFileSync("test/fixtures/regional/bands.json", "utf8")) as Readonly<
  Record<string, readonly Version[]>
>;

/** Uplinks may use more than the table's sub-bands where frequency plans add channels, less where those are downlink's (RP002-1.0.4). MHz. */
const ranges: Readonly<Record<string, string>> = {
  AS_923: "915-928",
  AS_923_2: "920-923",
  AS_923_3: "915-921",
  AS_923_4: "917-920",
  KR_920_923: "920-923.3",
  US_902_928: "902-915",
};
const names: Readonly<Record<string, string>> = {
  AS_923: "AS923",
  AS_923_2: "AS923-2",
  AS_923_3: "AS923-3",
  AS_923_4: "AS923-4",
  AU_915_928: "AU915",
  CN_470_510: "CN470",
  CN_470_510_20_A: "CN470-20",
  CN_470_510_20_B: "CN470-20",
  CN_470_510_26_A: "CN470-26",
  CN_470_510_26_B: "CN470-26",
  CN_779_787: "CN779",
  EU_433: "EU433",
  EU_863_870: "EU868",
  IN_865_867: "IN865",
  ISM_2400: "ISM2400",
  KR_920_923: "KR920",
  MA_869_870_DRAFT: "MA869",
  RU_864_870: "RU864",
  US_902_928: "US915",
};

/** The data rate of the first receive window with an offset of 0, as the server's own band definitions have it. */
function rx1Of(band: string, { dr, rate }: Rate, isDwelling: boolean): number | undefined {
  const isHopping = rate.startsWith("LRFHSS");
  if (band.startsWith("US_"))
    return dr > 6 ? undefined : isHopping ? dr + 5 : Math.min(dr + 10, 13);
  if (band.startsWith("AU_")) {
    if (dr > 7) return undefined;
    const spreading = Number(/^SF(\d+)BW125/.exec(rate)?.[1] ?? 0);
    return isHopping ? 9 : spreading === 0 ? 13 : 20 - spreading;
  }
  if (isHopping) return rate.endsWith("CR1/3") ? 1 : 2;
  if (band.startsWith("AS_")) return Math.min(5, Math.max(isDwelling ? 2 : 0, dr));
  return dr;
}

/** `51` or, where the dwell time limit makes it less, `51/11`. */
function sizeText(free: number, dwelling: number): string {
  return dwelling < free ? `${free}/${dwelling}` : String(free);
}

function sizeOf(version: Version, dr: number | undefined, isDwelling: boolean): number | undefined {
  const rate = version.dataRates.find((each) => each.dr === dr);
  if (!rate) return undefined;
  const size = (isDwelling ? rate.withDwellTime : undefined) ?? rate.maxMacPayload;
  return Math.max(0, size - overhead);
}

/** `SF12BW125`, `FSK`, `LRFHSS137`. */
function shortRate(rate: string): string {
  return rate.replace(/^FSK.*/, "FSK").replace(/^(LRFHSS\d+)000 .*/, "$1");
}

/** `EU868 863-870 51 SF12BW125:51 …`, the strictest of all versions. */
export function bandRows(): readonly string[] {
  const byName = new Map<string, { range: string; versions: [string, Version][] }>();
  for (const [band, versions] of Object.entries(bands)) {
    const name = names[band] ?? band;
    const all = versions.flatMap(({ subBands }) => subBands);
    const low = Math.floor(Math.min(...all.map(({ from }) => from)) / 1e6);
    const high = Math.ceil(Math.max(...all.map(({ to }) => to)) / 1e6);
    const known = byName.get(name) ?? { range: ranges[band] ?? `${low}-${high}`, versions: [] };
    known.versions.push(...versions.map((each): [string, Version] => [band, each]));
    byName.set(name, known);
  }
  return [...byName].map(([name, { range, versions }]) => {
    const rates = new Set(
      versions.flatMap(([band, { dataRates }]) =>
        dataRates.filter((each) => rx1Of(band, each, false) !== undefined).map(({ rate }) => rate),
      ),
    );
    const strictest = (
      drOf: (band: string, version: Version, isDwelling: boolean) => number | undefined,
    ) => {
      const sizes = [false, true].map((isDwelling) =>
        Math.min(
          ...versions.flatMap(([band, version]) => {
            return sizeOf(version, drOf(band, version, isDwelling), isDwelling) ?? [];
          }),
        ),
      );
      return sizeText(sizes[0] ?? 0, sizes[1] ?? 0);
    };
    const rx2 = strictest((_band, { rx2 }) => rx2.dr);
    const rx1 = new Map(
      [...rates].map((rate) => {
        const size = strictest((band, { dataRates }, isDwelling) => {
          const own = dataRates.find((each) => each.rate === rate);
          return own && rx1Of(band, own, isDwelling);
        });
        return [shortRate(rate), size] as const;
      }),
    );
    return [name, range, rx2, ...[...rx1].map(([rate, size]) => `${rate}:${size}`)].join(" ");
  });
}
