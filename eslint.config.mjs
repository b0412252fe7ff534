// Lint rules. The `layer` lines are the import table of the README's architecture chapter.
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

const layer = (files, packages, folders) => ({
  files,
  rules: {
    "@typescript-eslint/no-restricted-imports": [
      "error",
      {
        paths: packages.map((name) => ({ name, message: "See the import table in README.md." })),
        patterns: folders.map((name) => ({
          regex: `^\\.\\.?/(.*/)?${name}(/|$)`,
          message: "See the import table in README.md.",
        })),
      },
    ],
  },
});
const ban = (selector, message) => ({ selector, message });
const bans = [
  ban("TSEnumDeclaration", "Use a union of string literals."),
  ban("TSNonNullExpression", "Handle the missing value."),
  ban("NewExpression[callee.property.name='SnippetString']", "Payloads are not snippets."),
  ban("NewExpression[callee.name='SnippetString']", "Payloads are not snippets."),
];
/** Modules that run other code or other programs: nothing that ships may load them. */
const runners = (names) => `/^(node:)?(${names})(\\u002f|$)/`;
const running = runners("vm|child_process|worker_threads|cluster|inspector|repl");
const runningButThreads = runners("vm|child_process|cluster|inspector|repl");
/** What puts words into VS Code's own places, and who may: there links, icons and line breaks are taken out of them. */
const speaking =
  "/^(show(Information|Warning|Error)Message|showQuickPick|showInputBox|createQuickPick|createInputBox|withProgress|setStatusBarMessage)$/";
const plainly = "Words reach VS Code through views/notices.ts and commands/quickInput.ts.";
const speakingBans = [
  ban(`MemberExpression[property.name=${speaking}]`, plainly),
  ban(`MemberExpression[property.value=${speaking}]`, plainly),
  ban(`ObjectPattern > Property[key.name=${speaking}]`, plainly),
];
const rowsPlainly = "Rows of the tree are made by views/tree/plainRow.ts.";
const rowBans = [
  ban("NewExpression[callee.property.name='TreeItem']", rowsPlainly),
  ban("NewExpression[callee.name='TreeItem']", rowsPlainly),
];
/** Ways to a server past the one place that verifies it: agents of these, an editor or the environment replaces. */
const ways = "/^(node:)?(https?|http2|undici)$/";
const wayBans = [
  ...["ImportDeclaration", "ImportExpression", "ExportNamedDeclaration"].map((kind) =>
    ban(`${kind}[source.value=${ways}]`, "Requests go through src/http, verified as MQTT is."),
  ),
  ban("CallExpression[callee.name='fetch']", "Requests go through src/http, verified as MQTT is."),
  ban(
    "ImportDeclaration[source.value=/^(node:)?tls$/] > ImportSpecifier[imported.name=/^(connect|createSecureContext)$/]",
    "TLS is what src/mqtt/tlsOptions.ts says.",
  ),
  ban("Property[key.name='rejectUnauthorized']", "TLS is what src/mqtt/tlsOptions.ts says."),
];
const shippedBansOf = (running, ways = wayBans) => [
  ...ways,
  ...["ImportDeclaration", "ImportExpression", "ExportNamedDeclaration"].map((kind) =>
    ban(`${kind}[source.value=${running}]`, "Nothing that ships runs code of others."),
  ),
  ban(
    `CallExpression[callee.name='require'][arguments.0.value=${running}]`,
    "Nothing that ships runs code of others.",
  ),
  ban("NewExpression[callee.property.name='MarkdownString']", "Remote text is no markdown."),
];
const shippedBans = shippedBansOf(running);

export default defineConfig(
  globalIgnores(["dist", "out", "artifacts", ".vscode-test", "test/fixtures"]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    rules: {
      // The VS Code API returns Thenable, which this rule ignores by default.
      "@typescript-eslint/no-floating-promises": ["error", { checkThenables: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-console": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Remote text reaches the page as textContent." },
        { property: "outerHTML", message: "Remote text reaches the page as textContent." },
        { property: "insertAdjacentHTML", message: "Remote text reaches the page as textContent." },
        { object: "document", property: "write", message: "Text reaches the page as textContent." },
        { property: "isTrusted", message: "Nothing from the network may be trusted markdown." },
        { property: "supportHtml", message: "Nothing from the network may be HTML." },
        { property: "removeAllListeners", message: "MQTT.js needs its error listener to the end." },
      ],
      "no-restricted-syntax": ["error", ...bans],
      "no-eval": "error",
      "no-new-func": "error",
      "max-lines": ["error", { max: 250, skipBlankLines: true, skipComments: true }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["src/**"],
    rules: {
      "no-restricted-syntax": ["error", ...bans, ...shippedBans, ...speakingBans, ...rowBans],
    },
  },
  {
    // It asks nobody: it is the server, on loopback.
    files: ["src/demo/http/apiServer.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...bans,
        ...shippedBansOf(running, []),
        ...speakingBans,
        ...rowBans,
      ],
    },
  },
  {
    files: ["src/views/notices.ts", "src/commands/quickInput.ts"],
    rules: { "no-restricted-syntax": ["error", ...bans, ...shippedBans, ...rowBans] },
  },
  {
    files: ["src/views/tree/plainRow.ts"],
    rules: { "no-restricted-syntax": ["error", ...bans, ...shippedBans, ...speakingBans] },
  },
  layer(
    ["src/util/**", "src/stack/**"],
    ["vscode", "mqtt", "aedes"],
    ["mqtt", "model", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/mqtt/**"],
    ["vscode", "aedes"],
    ["stack", "model", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/doctor/**"],
    ["vscode", "mqtt", "aedes"],
    ["stack", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/formatters/**"],
    ["vscode", "mqtt", "aedes"],
    ["mqtt", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/model/**"],
    ["vscode", "mqtt", "aedes"],
    ["doctor", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/connections/**"],
    ["vscode", "mqtt", "aedes"],
    ["storage", "views", "commands", "webview", "demo"],
  ),
  layer(
    ["src/formatters/sandbox/**"],
    ["vscode", "mqtt", "aedes"],
    ["stack", "mqtt", "model", "storage", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/http/**"],
    ["vscode", "mqtt", "aedes"],
    ["stack", "model", "storage", "views", "commands", "webview", "demo", "connections", "doctor"],
  ),
  {
    // The places that make TLS, and HTTP over it.
    files: ["src/mqtt/{socket,tlsOptions}.ts", "src/http/request.ts"],
    rules: {
      "no-restricted-syntax": ["error", ...bans, ...shippedBansOf(running, []), ...speakingBans],
    },
  },
  {
    // The threads of the payload formatters: the sandbox, and the reader of the workspace's texts.
    files: ["src/formatters/{sandbox/{worker,sandboxThread},reader/readerWorker}.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...bans,
        ...shippedBansOf(runningButThreads),
        ...speakingBans,
      ],
    },
  },
  {
    // Runs beside hostile code: no `for…of`, whose iterator that may replace, and built-ins taken off their objects.
    files: ["src/formatters/sandbox/{prelude/**,utc.ts}"],
    rules: {
      "no-loss-of-precision": "off",
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
    },
  },
  layer(
    ["src/storage/**"],
    ["mqtt", "aedes"],
    ["mqtt", "model", "views", "commands", "webview", "demo", "connections"],
  ),
  layer(
    ["src/views/**"],
    ["mqtt", "aedes"],
    ["storage", "commands", "webview", "demo", "connections"],
  ),
  layer(["src/commands/**"], ["mqtt", "aedes"], ["assembly", "webview"]),
  layer(
    ["src/webview/**"],
    ["vscode", "mqtt", "aedes"],
    ["stack", "mqtt", "model", "storage", "views", "commands", "demo", "connections"],
  ),
  layer(
    ["src/demo/**"],
    ["vscode", "mqtt"],
    ["mqtt", "model", "storage", "views", "commands", "webview", "connections"],
  ),
  {
    // Tests print the figures that they measured.
    files: ["test/**"],
    rules: { "max-lines": "off", "max-lines-per-function": "off", "no-console": "off" },
  },
  {
    files: ["**/*.{mjs,cjs}"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        module: "writable",
        process: "readonly",
        console: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
        URL: "readonly",
        Buffer: "readonly",
        fetch: "readonly",
      },
    },
    rules: { "no-console": "off", "max-lines-per-function": "off" },
  },
);
