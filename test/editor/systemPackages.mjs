// Finds the programs that the tests need beside Node and installs them where that can be done: Debian, as root.
import { announced, findProgram, isExecutable, run } from "./process.mjs";

/**
 * What can be asked for: how to find it, the Debian packages that bring it, and words for everyone else.
 * @type {Record<string, { find: () => string | undefined, packages: string[], elsewhere: string }>}
 */
const programs = {
  chromium: {
    find: findChromium,
    packages: ["chromium", "fonts-dejavu-core"],
    elsewhere: "install Chromium or Chrome, or let CHROMIUM_PATH name its executable",
  },
  mosquitto: {
    find: () => findProgram("mosquitto"),
    packages: ["mosquitto"],
    elsewhere: "install mosquitto (mosquitto.org) and put it on PATH",
  },
  mosquittoClients: {
    find: () => (["mosquitto_pub", "mosquitto_sub"].every(findProgram) ? "found" : undefined),
    packages: ["mosquitto-clients"],
    elsewhere: "install mosquitto with its clients (mosquitto.org) and put them on PATH",
  },
  python: {
    find: () => findProgram("python3"),
    packages: ["python3"],
    elsewhere: "install Python 3 and put python3 on PATH",
  },
  compilers: {
    find: () => (["make", "g++", "python3"].every(findProgram) ? "found" : undefined),
    packages: ["make", "g++", "python3"],
    elsewhere: "install make, a C++ compiler and Python 3 (macOS: xcode-select --install)",
  },
  xvfb: {
    find: () => findProgram("xvfb-run"),
    packages: ["xvfb", "xauth"],
    elsewhere: "install xvfb, or set DISPLAY",
  },
};

/** The Chromium or Chrome to use, or undefined. CHROMIUM_PATH comes first. */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== "") return isExecutable(named) ? named : undefined;
  const applications = ["Chromium", "Google Chrome"].map(
    (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
  );
  return (
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
      .map(findProgram)
      .find((file) => file !== undefined) ?? applications.find(isExecutable)
  );
}

/** One apt-get at a time: a second one would fail on the first one's lock. */
let previous = Promise.resolve();

/**
 * Makes sure that the named programs are there; rejects with what to install where that cannot be done for you.
 * @param {readonly string[]} names keys of the table above: chromium, mosquitto, mosquittoClients, python, …
 * @returns {Promise<void>}
 */
export function ensureSystemPackages(names) {
  const current = previous.then(() => installMissing(names));
  previous = current.catch(() => undefined);
  return current;
}

/** @param {readonly string[]} names */
async function installMissing(names) {
  const missing = names.filter((name) => programs[name]?.find() === undefined);
  if (missing.length === 0) return;
  const packages = missing.flatMap((name) => programs[name]?.packages ?? [name]);
  const aptGet = findProgram("apt-get");
  if (aptGet === undefined || process.getuid?.() !== 0) {
    throw new Error(advice(missing, packages, aptGet !== undefined));
  }
  await announced(`Installing ${packages.join(", ")} with apt-get, as root`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const lock = ["-o", "DPkg::Lock::Timeout=300"];
    await run(aptGet, ["update", ...lock], { env });
    await run(aptGet, ["install", "-y", "--no-install-recommends", ...lock, ...packages], { env });
  });
}

/**
 * @param {readonly string[]} missing
 * @param {readonly string[]} packages
 * @param {boolean} debian
 */
function advice(missing, packages, debian) {
  if (debian) return `Please run: sudo apt-get install ${packages.join(" ")}`;
  const lines = missing.map((name) => `  ${name}: ${programs[name]?.elsewhere ?? "install it"}`);
  return `Something that the tests need is missing here:\n${lines.join("\n")}`;
}
