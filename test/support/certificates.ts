/** Certificates for the tests, good ones and bad ones, made with openssl in a folder of their own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export interface Identity {
  /** PEM texts. */
  readonly key: string;
  readonly cert: string;
  readonly keyFile: string;
  readonly certFile: string;
}

export interface Certificates {
  readonly folder: string;
  readonly ca: Identity;
  /** For localhost, 127.0.0.1, ::1 and broker.test. */
  readonly server: Identity;
  readonly expired: Identity;
  readonly notYetValid: Identity;
  /** For seven names, none of them localhost, one of them hostile. */
  readonly wrongName: Identity;
  readonly selfSigned: Identity;
  dispose(): void;
}

const goodNames = "DNS:localhost,DNS:broker.test,IP:127.0.0.1,IP:::1";
export const wrongNames = [
  "a.example",
  "b.example",
  "[click](command:x)",
  "d.example",
  "e.example",
  "f.example",
  "g.example",
];

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), "certificates-"));
  const file = (name: string) => path.join(folder, name);
  const openssl = (...parts: readonly string[]) =>
    execFileSync("openssl", parts, { cwd: folder, stdio: "pipe" });
  writeFileSync(file("index.txt"), "");
  writeFileSync(file("index.txt.attr"), "unique_subject = no\n");
  writeFileSync(file("serial"), "1000\n");
  writeFileSync(file("openssl.cnf"), configuration);

  const request = (name: string, subject: string) => {
    openssl(
      ...["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", subject],
    );
  };
  const identity = (name: string): Identity => ({
    key: readFileSync(file(`${name}.key`), "utf8"),
    cert: readFileSync(file(`${name}.crt`), "utf8"),
    keyFile: file(`${name}.key`),
    certFile: file(`${name}.crt`),
  });
  const selfSign = (name: string, subject: string, section: string) => {
    openssl(
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${name}.key`, "-out", `${name}.crt`, "-subj", subject, "-days", "2"],
      ...["-config", "openssl.cnf", "-extensions", section],
    );
    return identity(name);
  };
  const issue = (name: string, names: string, from: string, to: string) => {
    request(name, `/CN=${name}`);
    writeFileSync(file(`${name}.ext`), `subjectAltName=${names}\n`);
    openssl(
      ...["ca", "-batch", "-notext", "-config", "openssl.cnf", "-in", `${name}.csr`],
      ...["-out", `${name}.crt`, "-startdate", from, "-enddate", to, "-extfile", `${name}.ext`],
    );
    return identity(name);
  };
  const year = new Date().getUTCFullYear();
  const [past, future] = [`${year - 2}0101000000Z`, `${year + 2}0101000000Z`];
  const dns = wrongNames.map((name) => `DNS:${name}`).join(",");
  return {
    folder,
    ca: selfSign("ca", "/CN=Test CA", "authority"),
    server: issue("server", goodNames, past, future),
    expired: issue("expired", goodNames, past, `${year - 1}0203000000Z`),
    notYetValid: issue("notYetValid", goodNames, `${year + 1}0203000000Z`, future),
    wrongName: issue("wrongName", dns, past, future),
    selfSigned: selfSign("selfSigned", "/CN=localhost", "leaf"),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const configuration = `
[ca]
default_ca = test
[test]
dir = .
new_certs_dir = .
database = index.txt
serial = serial
certificate = ca.crt
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
[req]
distinguished_name = name
prompt = no
[name]
CN = any
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[leaf]
subjectAltName = ${goodNames}
`;
