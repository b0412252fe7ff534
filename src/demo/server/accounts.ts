/** Who may connect: applications, their API keys and the answer to a login. Source: tts-mqtt §1.4–1.6, §2. */
import { parseApplicationUid } from "../../stack/identifiers";
import { tokenId, type Right } from "./apiKey";

export interface ApplicationOptions {
  /** `app1@tenant1`, or `app1` as on an open source server. */
  readonly uid: string;
  /** Concurrent connections (tts-mqtt §1.7 `as:conn`); unlimited if absent. */
  readonly maximumConnections?: number;
}

export interface ApiKeyOptions {
  readonly key: string;
  /** Application UID -> rights. */
  readonly rights: Readonly<Record<string, readonly Right[]>>;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

export type LoginVerdict =
  | {
      readonly returnCode: 0;
      readonly applicationUid: string;
      readonly rights: readonly Right[];
      readonly tokenId: string;
    }
  | { readonly returnCode: 3 | 5; readonly reason: string };

export class Accounts {
  private readonly applications = new Map<string, ApplicationOptions>();
  private readonly apiKeys = new Map<string, ApiKeyOptions>();
  private readonly cache = new Map<string, { verdict: LoginVerdict; until: number }>();

  constructor(
    private readonly now: () => number,
    private readonly cacheTime: number,
  ) {}

  addApplication(application: ApplicationOptions): void {
    if (parseApplicationUid(application.uid) === undefined) {
      throw new Error(`Not an application UID: ${application.uid}`);
    }
    this.applications.set(application.uid, application);
  }

  addApiKey(options: ApiKeyOptions): void {
    this.apiKeys.set(options.key, options);
  }

  /** New logins are refused from now on. Open connections stay: rights are resolved at CONNECT only (§1.5). */
  revokeApiKey(key: string): void {
    this.apiKeys.delete(key);
  }

  /** Codes 2 and 4 are never produced; 5 stands for every other refusal (§1.6). */
  login(
    username: string,
    password: string,
    openConnections: (uid: string) => number,
  ): LoginVerdict {
    const verdict = this.rightsOf(username, password);
    if (verdict.returnCode !== 0) return verdict;
    const limit = this.applications.get(username)?.maximumConnections ?? Infinity;
    if (openConnections(username) < limit) return verdict;
    return { returnCode: 3, reason: "too many connections" };
  }

  /** A lookup, success or error, is remembered per application and token (§1.5). */
  private rightsOf(username: string, password: string): LoginVerdict {
    const key = JSON.stringify([username, password]);
    const known = this.cache.get(key);
    if (known !== undefined && this.now() < known.until) return known.verdict;
    const verdict = this.lookUp(username, password);
    if (this.cacheTime > 0) this.cache.set(key, { verdict, until: this.now() + this.cacheTime });
    return verdict;
  }

  hasApplication(uid: string): boolean {
    return this.applications.has(uid);
  }

  /** The application of an id without its tenant, as the HTTP API names it; on this server it is the only one. */
  uidOf(applicationId: string): string | undefined {
    return [...this.applications.keys()].find(
      (uid) => parseApplicationUid(uid)?.applicationId === applicationId,
    );
  }

  /** The API key if it is known and has not expired. */
  apiKey(key: string): ApiKeyOptions | undefined {
    const found = this.apiKeys.get(key);
    return found !== undefined && this.now() < (found.expiresAt ?? Infinity) ? found : undefined;
  }

  private lookUp(username: string, password: string): LoginVerdict {
    const refuse = (reason: string): LoginVerdict => ({ returnCode: 5, reason });
    if (parseApplicationUid(username) === undefined) return refuse("bad application id");
    const id = tokenId(password);
    if (id === undefined) return refuse("malformed API key");
    const apiKey = this.apiKeys.get(password);
    if (apiKey === undefined) return refuse("unknown API key");
    if (this.now() >= (apiKey.expiresAt ?? Infinity)) return refuse("expired API key");
    if (!this.applications.has(username)) return refuse("unknown application");
    const rights = apiKey.rights[username] ?? [];
    if (rights.length === 0) return refuse("no rights on this application");
    return { returnCode: 0, applicationUid: username, rights, tokenId: id };
  }
}
