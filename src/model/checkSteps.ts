/** The steps of a connection check and what each can find. */

export type CheckId = "name" | "tcp" | "tls" | "login" | "rights" | "subscription" | "message";

/** `unknown`: it cannot be told from here, and why. `skipped`: does not apply, or a step before it failed. */
export type CheckState =
  "waiting" | "running" | "ok" | "warning" | "failed" | "unknown" | "skipped";

export interface CheckStep {
  readonly id: CheckId;
  readonly title: string;
  readonly state: CheckState;
  /** What was found. Holds text of the server (names in certificates): show it as text. */
  readonly detail: string;
  /** What to do, for `failed` and `warning`, in our own words. */
  readonly fix: string | undefined;
  /** The command that does it. */
  readonly action: "edit" | "setApiKey" | undefined;
}

/** What a step found; everything but the state may be left out. */
export type Finding = Pick<CheckStep, "state"> &
  Partial<Pick<CheckStep, "detail" | "fix" | "action">>;

const titles: Readonly<Record<CheckId, string>> = {
  name: "Name resolves",
  tcp: "Port answers",
  tls: "TLS and certificate",
  login: "Login",
  rights: "Rights of the key",
  subscription: "Subscription",
  message: "First message",
};

export const allSteps: readonly CheckStep[] = Object.entries(titles).map(([id, title]) => ({
  id: id as CheckId,
  title,
  state: "waiting",
  detail: "",
  fix: undefined,
  action: undefined,
}));

/** The steps with one of them told; after a failed one, those that never ran are skipped. */
export function withFinding(
  steps: readonly CheckStep[],
  id: CheckId,
  finding: Finding,
): readonly CheckStep[] {
  return steps.map((step) =>
    step.id === id ? { ...step, detail: "", fix: undefined, action: undefined, ...finding } : step,
  );
}

export function skipRest(steps: readonly CheckStep[]): readonly CheckStep[] {
  return steps.map((step) =>
    step.state === "waiting" || step.state === "running" ? { ...step, state: "skipped" } : step,
  );
}

/** All that there is to say when the CA file cannot be used. */
export const unreadableCaFile = skipRest(
  withFinding(allSteps, "tls", {
    state: "failed",
    detail: "the CA file cannot be read",
    fix: "Choose a PEM file that exists on this machine.",
    action: "edit",
  }),
);

/** The outcome in one line. */
export function summarizeCheck(steps: readonly CheckStep[]): string {
  const failed = steps.find(({ state }) => state === "failed");
  if (failed) return `${failed.title}: ${failed.detail}`;
  const warning = steps.find(({ state }) => state === "warning");
  if (warning) return `${warning.title}: ${warning.detail}`;
  return steps.some(({ state }) => state === "running")
    ? "Checking…"
    : "Everything that can be checked is right.";
}
