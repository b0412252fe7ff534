/** A login that was refused although the key has rights on the application: what is left is the tenant part of the id. */
import { isPublicCluster } from "../http/apiAddresses";
import type { Finding } from "../model/checkSteps";

/** The tenant that a public cluster expects; undefined for servers of one's own, which mostly have none. */
function tenantOf(host: string): string | undefined {
  if (!isPublicCluster(host)) return undefined;
  if (host.endsWith(".thethings.network")) return "ttn";
  const [first, ...rest] = host.split(".");
  return rest.length > 3 ? first : undefined; // acme.eu1.cloud.thethings.industries
}

/** What to change in the application's id, in words. */
export function judgeTenant(uid: string, host: string): Finding {
  const [applicationId = "", tenant] = uid.split("@", 2);
  const expected = tenantOf(host);
  const proven = `the login as ${uid} was refused, although the key has rights on ${applicationId}`;
  if (tenant === expected) {
    return {
      state: "failed",
      detail: proven,
      fix: "The server may remember an earlier refusal for two minutes: check again then.",
    };
  }
  const right = expected === undefined ? applicationId : `${applicationId}@${expected}`;
  const what =
    expected === undefined ? `the part @${tenant ?? ""} is wrong` : "the tenant part is wrong";
  return {
    state: "failed",
    detail: `${proven}: ${what}`,
    fix:
      expected === undefined
        ? `Servers like this one mostly have no tenants: use the application id ${right}.`
        : `Use the application id ${right}.`,
    action: "edit",
  };
}
