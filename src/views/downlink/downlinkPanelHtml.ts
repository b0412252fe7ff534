/** The HTML of the downlink panel: constant but for addresses and nonce. Everything else arrives as messages. */
import { randomBytes } from "node:crypto";

export interface DownlinkPanelAddresses {
  /** The webview's own `cspSource`. */
  readonly cspSource: string;
  readonly script: string;
  readonly style: string;
}

/** 128 bits of chance, new for every page. */
export function newNonce(): string {
  return randomBytes(16).toString("base64url");
}

/** Nothing but our style sheet and the one script with the nonce may be loaded (reliability A25). */
export function contentSecurityPolicy(cspSource: string, nonce: string): string {
  return `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'`;
}

export function downlinkPanelHtml(addresses: DownlinkPanelAddresses, nonce = newNonce()): string {
  const policy = contentSecurityPolicy(addresses.cspSource, nonce);
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${attribute(policy)}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${attribute(addresses.style)}">
    <title>Downlink</title>
  </head>
  <body>
    <main id="page"></main>
    <script nonce="${nonce}" src="${attribute(addresses.script)}"></script>
  </body>
</html>
`;
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
