/** What readers of a pasted text hand over: labelled facts, each with how much it is worth. */

/** A host with what stood at it. */
export interface HostFact {
  readonly host: string;
  readonly worth: number;
  readonly at: number;
  /** As written beside the host; it may be no port at all. */
  readonly port?: string;
  readonly security?: "tls" | "plaintext";
  /** The user named with the host, in a URL or a command. */
  readonly application?: string;
}

export interface ValueFact {
  readonly value: string;
  readonly worth: number;
  readonly at: number;
}

/** What is worth how much. A host below `sure` is a guess: it is shown and must be confirmed before it gets a key. */
export const worth = {
  url: 100,
  option: 95,
  mqttPort: 90,
  call: 85,
  labelled: 80,
  loose: 75,
  topic: 74,
  sure: 60,
  cluster: 60,
  oddPort: 50,
  word: 45,
  bare: 30,
  page: 20,
} as const;

export interface Facts {
  readonly hosts: HostFact[];
  readonly ports: ValueFact[];
  readonly applications: ValueFact[];
  readonly tenants: ValueFact[];
  readonly caFiles: ValueFact[];
  /** Signs of TLS (true) and of its absence (false). */
  readonly tls: boolean[];
}

export function noFacts(): Facts {
  return { hosts: [], ports: [], applications: [], tenants: [], caFiles: [], tls: [] };
}
