/**
 * The connection check: goes step by step from the name to the first message and names the first fault with its fix.
 * It logs in with a second, short connection of its own and never publishes.
 */
import type { Attempt, AttemptListener, AttemptOptions } from "../mqtt/attempt";
import { apiAddresses } from "../http/apiAddresses";
import type { AttemptEnd } from "../mqtt/attemptEnd";
import { failureOf } from "../mqtt/failures";
import type { ServerAddress } from "../mqtt/socket";
import type { ConnectionTarget } from "../mqtt/supervisor";
import type { Clock } from "../util/clock";
import type { Disposable } from "../util/emitter";
import {
  allSteps,
  skipRest,
  withFinding,
  type CheckId,
  type CheckStep,
  type Finding,
} from "../model/checkSteps";
import type { KeyRights } from "../model/keyRights";
import { checkName, checkPort, checkTls } from "./network";
import { askRights, judgeRights, provesApplication, rightsOf } from "./rights";
import { judgeTenant } from "./tenant";

export interface DoctorServices {
  readonly clock: Clock;
  readonly startAttempt: (options: AttemptOptions, listener: AttemptListener) => Promise<Attempt>;
  readonly readApiKey: () => Promise<string | undefined>;
  /** Told of every change of the steps. */
  readonly report: (steps: readonly CheckStep[]) => void;
  /** Told what the key may do, once that is known. */
  readonly learn?: (rights: KeyRights) => void;
  /** Where to ask for rights; for tests. */
  readonly apiAddresses?: readonly ServerAddress[];
}

/** Silence longer than this proves nothing: devices speak every 10 to 60 minutes. */
const firstMessageWait = 30_000;

type Login =
  | { readonly end: AttemptEnd }
  | {
      readonly attempt: Attempt;
      readonly firstMessage: Promise<boolean>;
      readonly stopListening: () => void;
    };

/** Runs all steps; resolves with the final ones. Never rejects. */
export async function checkConnection(
  target: ConnectionTarget,
  services: DoctorServices,
): Promise<readonly CheckStep[]> {
  let steps = allSteps;
  const tell = (id: CheckId, finding: Finding) => {
    steps = withFinding(steps, id, finding);
    services.report(steps);
    return finding.state !== "failed";
  };
  const run = async (id: CheckId, check: () => Promise<Finding>) => {
    tell(id, { state: "running" });
    return tell(id, await check());
  };
  const stop = () => {
    steps = skipRest(steps);
    services.report(steps);
    return steps;
  };
  const { address } = target;
  if (!(await run("name", () => checkName(address.host)))) return stop();
  if (!(await run("tcp", () => checkPort(address)))) return stop();
  if (!(await run("tls", () => checkTls(address)))) return stop();

  tell("login", { state: "running" });
  const login = await logIn(target, services);
  const phase = "end" in login ? login.end.phase : "connected";
  const hasLoggedIn = phase === "connected" || phase === "subscribe";
  tell(
    "login",
    hasLoggedIn ? { state: "ok", detail: `as ${target.userName}` } : loginFailure(login),
  );
  // A refused login says nothing of why, so the rights are asked all the same.
  const onAsking = (place: string) => {
    tell("rights", { state: "running", detail: `asking ${place}` });
  };
  const { finding, isOfApplication } = await findRights(target, services, hasLoggedIn, onAsking);
  const mayRead = tell("rights", finding);
  if (isOfApplication && isRefusal(login)) {
    tell("login", judgeTenant(target.userName, address.host));
  }
  if (!("attempt" in login)) {
    if (hasLoggedIn) tell("subscription", loginFailure(login));
    return stop();
  }
  tell("subscription", { state: "ok", detail: "granted" });
  if (mayRead) await run("message", () => awaitMessage(login.firstMessage));
  login.stopListening();
  await login.attempt.end();
  return stop();
}

async function logIn(target: ConnectionTarget, services: DoctorServices): Promise<Login> {
  const { clock, startAttempt, readApiKey } = services;
  const { host, port, security } = target.address;
  return new Promise((resolve) => {
    let hear: (hasSpoken: boolean) => void = () => undefined;
    let patience: Disposable | undefined;
    const firstMessage = new Promise<boolean>((settle) => {
      hear = (hasSpoken) => {
        patience?.dispose();
        settle(hasSpoken);
      };
    });
    const starting = startAttempt(
      { ...target, clock, readApiKey },
      {
        onConnected: () => {
          patience = clock.after(firstMessageWait, () => hear(false));
          void starting.then((attempt) =>
            resolve({ attempt, firstMessage, stopListening: () => hear(false) }),
          );
        },
        onMessage: () => hear(true),
        onEnd: (phase, code, detail) => {
          hear(false);
          resolve({ end: { phase, code, detail, host, port, security, keyWorkedBefore: false } });
        },
      },
    );
  });
}

function loginFailure(login: Login): Finding {
  if (!("end" in login)) return { state: "ok" };
  const { reason, advice, fix } = failureOf(login.end);
  return {
    state: "failed",
    detail: reason,
    fix: advice,
    action: fix === "check" ? undefined : fix,
  };
}

function isRefusal(login: Login): boolean {
  return "end" in login && (login.end.code === "CONNACK_4" || login.end.code === "CONNACK_5");
}

async function findRights(
  { address, userName }: ConnectionTarget,
  services: DoctorServices,
  hasLoggedIn: boolean,
  onAsking: (place: string) => void,
): Promise<{ readonly finding: Finding; readonly isOfApplication: boolean }> {
  const { clock, readApiKey, learn } = services;
  const readKey = () => readApiKey().catch(() => undefined);
  if ((await readKey()) === undefined) {
    const detail = "there is no API key to ask with";
    return { finding: { state: "unknown", detail }, isOfApplication: false };
  }
  const addresses = services.apiAddresses ?? apiAddresses(address);
  const answer = await askRights(addresses, userName, {
    ...{ clock, onAsking, readApiKey: readKey },
  });
  const rights = rightsOf(answer);
  if (rights) learn?.(rights);
  return {
    finding: judgeRights(answer, address.host, hasLoggedIn),
    isOfApplication: provesApplication(answer),
  };
}

async function awaitMessage(firstMessage: Promise<boolean>): Promise<Finding> {
  if (await firstMessage) return { state: "ok", detail: "received" };
  return {
    state: "unknown",
    detail: "none in 30 s, which is usual: LoRaWAN devices often speak every 10 to 60 minutes",
  };
}
