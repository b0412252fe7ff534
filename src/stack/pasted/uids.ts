/** Which words can be an application, and which only stand for one. */
import { applicationProblem } from "../applicationSettings";
import { parseApplicationUid } from "../identifiers";

const standIn =
  /^(?:(?:your|my|the|enter|insert|change|replace)-.*|(?:app(?:lication)?|tenant|user|client|device|dev)-?(?:id|name|uid)|application|appname|username|user|login|admin|root|password|string|str|int|char|bool|const|none|null|true|false|undefined|example|placeholder|change-?me|x{3,})$/;
const notTenant =
  /^(?:latest|next|beta|master|main|example|gmail|email|tenant-?(?:id|name)|x{3,})$/;

/** The application as it is stored, or undefined when the text is none, or stands for one as `your-app-id` does. */
export function uidOf(word: string): string | undefined {
  const text = decoded(word);
  if (applicationProblem(text) !== undefined) return undefined;
  const uid = parseApplicationUid(text);
  if (!uid || standIn.test(uid.applicationId)) return undefined;
  if (uid.tenantId !== undefined && notTenant.test(uid.tenantId)) return undefined;
  return text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not percent-coded after all
  }
}
