import assert from "node:assert/strict";
import {
  contentSecurityPolicy,
  downlinkPanelHtml,
  newNonce,
} from "../../src/views/downlink/downlinkPanelHtml";

const addresses = {
  cspSource: "https://*.vscode-cdn.net",
  script: "https://file.vscode-cdn.net/dist/webview.js",
  style: "https://file.vscode-cdn.net/media/downlink.css",
};

describe("downlink panel: HTML", () => {
  it("W02 allows our style sheet and our script, and nothing else", () => {
    const policy = contentSecurityPolicy("vscode-source:", "NONCE");
    assert.equal(policy, "default-src 'none'; style-src vscode-source:; script-src 'nonce-NONCE'");
    assert.doesNotMatch(policy, /unsafe|https:|\*|data:|connect-src|img-src/);
  });

  it("W02 has a nonce of 128 bits, new each time", () => {
    const nonces = new Set(Array.from({ length: 1000 }, newNonce));
    assert.equal(nonces.size, 1000);
    for (const nonce of nonces) assert.equal(Buffer.from(nonce, "base64url").length, 16);
    const [first, second] = [downlinkPanelHtml(addresses), downlinkPanelHtml(addresses)];
    assert.notEqual(first, second);
  });

  it("W04 is constant but for nonce and addresses", () => {
    const html = downlinkPanelHtml(addresses);
    const nonce = /script nonce="([^"]+)"/.exec(html)?.[1] ?? "";
    const other = downlinkPanelHtml({ cspSource: "c", script: "s", style: "t" }, "n");
    const blank = html
      .replaceAll(nonce, "n")
      .replace(addresses.cspSource, "c")
      .replace(addresses.script, "s")
      .replace(addresses.style, "t");
    assert.equal(blank, other);
    assert.doesNotMatch(html, /<style|style=|onload|javascript:/);
    assert.equal(html.match(/<script/g)?.length, 1);
  });

  it("cannot be broken out of by an address", () => {
    const html = downlinkPanelHtml({ ...addresses, style: '"><script>alert(1)</script>' });
    assert.equal(html.match(/<script/g)?.length, 1);
  });
});
