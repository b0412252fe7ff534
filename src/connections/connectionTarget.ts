/** What an attempt to connect needs, from the settings of an application. */
import { TargetError, type ConnectionTarget } from "../mqtt/supervisor";
import type { ApplicationSettings } from "../stack/applicationSettings";
import { everything } from "../stack/topics";

export interface TargetServices {
  /** PEM text; rejects when the file cannot be used. */
  readonly readCaFile: (path: string) => Promise<string>;
  readonly isPlaintextAllowed: (settings: ApplicationSettings) => boolean;
}

/** Rejects with a `TargetError` when the CA file cannot be read. */
export async function readTarget(
  settings: ApplicationSettings,
  services: TargetServices,
): Promise<ConnectionTarget> {
  const { caFile, host, port, security, application } = settings;
  let extraCertificates: string | undefined;
  if (caFile !== undefined) {
    try {
      extraCertificates = await services.readCaFile(caFile);
    } catch {
      throw new TargetError("CA_FILE"); // why it cannot be read does not matter to what the user does
    }
  }
  const allowPlaintext = services.isPlaintextAllowed(settings);
  return {
    address: { host, port, security, extraCertificates, allowPlaintext },
    userName: application,
    filters: settings.subscribe ?? [everything],
  };
}

/** True when a connection made for the one is not good for the other, though both have the same key. */
export function needsNewConnection(
  before: ApplicationSettings,
  after: ApplicationSettings,
): boolean {
  return (
    before.host !== after.host || // the demo network's place is not part of its key
    before.port !== after.port ||
    before.security !== after.security ||
    before.caFile !== after.caFile ||
    before.subscribe?.join(" ") !== after.subscribe?.join(" ")
  );
}
