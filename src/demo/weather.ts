/** The weather over the simulated farm, where a second is a minute: a day passes in 24 minutes. */

export interface Weather {
  /** 0–24. */
  readonly hour: number;
  /** °C. */
  readonly temperature: number;
  /** %. */
  readonly humidity: number;
  /** Lux. */
  readonly light: number;
}

const startHour = 9;
const millisecondsPerHour = 60_000;

/** `elapsed` in real milliseconds since the farm started. Same time, same weather. */
export function weatherAfter(elapsed: number): Weather {
  const hours = startHour + elapsed / millisecondsPerHour;
  const hour = hours % 24;
  const slowDrift = 1.5 * Math.sin(hours / 17) + 0.6 * Math.sin(hours / 3.1);
  const temperature = 15.5 + 6.5 * Math.sin(((hour - 9) / 24) * 2 * Math.PI) + slowDrift;
  const humidity = Math.min(98, Math.max(25, 68 - 3 * (temperature - 15.5) + 2 * slowDrift));
  const sun = Math.max(0, Math.sin(((hour - 6) / 14) * Math.PI));
  return { hour, temperature, humidity, light: 55_000 * sun };
}
