/** Chooses from the facts of a text: the host that is worth most, then what fits it; says what is wrong with the chosen. */
import { portProblem } from "../applicationSettings";
import { parseApplicationUid } from "../identifiers";
import { worth, type Facts, type HostFact, type ValueFact } from "./facts";
import { isCluster } from "./hostShapes";

export interface Chosen {
  application?: string;
  host?: string;
  /** Set when the text does not say clearly that this is the host. */
  isHostGuess?: true;
  port?: number;
  security?: "tls" | "plaintext";
  caFile?: string;
  /** Why the paste cannot be used as it is. */
  problem?: string;
}

export function choose(facts: Facts): Chosen {
  const chosen: Chosen = {};
  const host = chooseHost(facts.hosts);
  if (host) {
    chosen.host = host.host;
    if (isGuess(host, facts.hosts)) chosen.isHostGuess = true;
  }
  choosePort(host, facts, chosen);
  chooseSecurity(host, facts, chosen);
  const application = chooseApplication(host, facts);
  if (application !== undefined) chosen.application = application;
  const caFile = best(facts.caFiles)?.value;
  if (caFile !== undefined) chosen.caFile = caFile;
  return chosen;
}

/** A cluster of The Things Stack is meant before any other host that is named as clearly. */
function rank(fact: HostFact): number {
  const bonus = isCluster(fact.host) && fact.worth >= worth.cluster ? 20 : 0;
  return fact.worth + bonus + (fact.application === undefined ? 0 : 5);
}

function chooseHost(hosts: readonly HostFact[]): HostFact | undefined {
  return hosts.reduce<HostFact | undefined>(
    (before, fact) => (before && rank(before) >= rank(fact) ? before : fact),
    undefined,
  );
}

/** A host is sure when it is clearly named and no other host of its kind is named as clearly. */
function isGuess(chosen: HostFact, hosts: readonly HostFact[]): boolean {
  const others = hosts.filter(({ host }) => host !== chosen.host);
  if (chosen.worth < worth.sure) {
    const isOnlyAddress = chosen.worth >= worth.oddPort && others.length === 0;
    return !isOnlyAddress;
  }
  return others.some(
    (other) =>
      other.worth >= worth.sure &&
      isCluster(other.host) === isCluster(chosen.host) &&
      rank(other) + 10 >= rank(chosen),
  );
}

function choosePort(host: HostFact | undefined, facts: Facts, chosen: Chosen): void {
  const attached = facts.hosts
    .filter(
      (fact) => fact.host === host?.host && fact.port !== undefined && fact.worth >= worth.oddPort,
    )
    .map(({ port = "", worth: each, at }) => ({ value: port, worth: each, at }));
  const ofChosen = attached.filter(({ worth: each }) => each === host?.worth);
  const list = [ofChosen, attached, facts.ports].find(({ length }) => length > 0) ?? [];
  const usable = list.filter(({ value }) => portProblem(value) === undefined);
  const top = Math.max(...usable.map(({ worth: each }) => each));
  const ports = usable.filter((fact) => fact.worth >= top - 5);
  // Plain and TLS port are often listed together.
  const port = ports.find(({ value }) => value === "8883") ?? ports[0];
  if (port) chosen.port = Number(port.value);
  else if (list[0]) {
    const shown = list[0].value.slice(0, 9);
    chosen.problem = `${shown} is no port: a port is a whole number from 1 to 65535, usually 8883.`;
  }
}

function chooseSecurity(host: HostFact | undefined, { tls }: Facts, chosen: Chosen): void {
  if (tls.includes(true) || host?.security === "tls" || chosen.port === 8883)
    chosen.security = "tls";
  else if (host?.security === "plaintext" || chosen.port === 1883 || tls.includes(false))
    chosen.security = "plaintext";
}

function chooseApplication(host: HostFact | undefined, facts: Facts): string | undefined {
  const named = host?.application;
  const own =
    named === undefined ? [] : [{ value: named, worth: worth.url + 1, at: host?.at ?? 0 }];
  const list = [...own, ...facts.applications];
  const chosen = best(list)?.value;
  if (chosen === undefined || chosen.includes("@")) return chosen;
  const whole = list.find(({ value }) => value.startsWith(`${chosen}@`))?.value;
  if (whole !== undefined) return whole;
  // An id without tenant, as of a label, is worth less than any that is written whole.
  const withTenant = best(list.filter(({ value }) => value.includes("@")));
  if (withTenant && withTenant.worth >= (best(list)?.worth ?? 0) - 40 && own.length === 0) {
    return withTenant.value;
  }
  const tenant = best(facts.tenants)?.value;
  const joined = tenant === undefined ? chosen : `${chosen}@${tenant}`;
  return parseApplicationUid(joined) === undefined ? chosen : joined;
}

function best(facts: readonly ValueFact[]): ValueFact | undefined {
  return facts.reduce<ValueFact | undefined>(
    (before, fact) => (before && before.worth >= fact.worth ? before : fact),
    undefined,
  );
}
