/** Certificates of the API that tests reach through ssh. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

/** A CA, and leaves that it signed: NAME.crt, NAME.key. */
export const makePki = (directory: string) => {
  const at = (name: string) => join(directory, name);
  const ca = (name: string) =>
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.crt`),
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
    );
  const leaf = (name: string, signer: string, subject: string, san: string) => {
    writeFileSync(at(`${name}.ext`), `subjectAltName=${san}\n`);
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      at(`${name}.key`),
      '-out',
      at(`${name}.csr`),
      '-subj',
      subject,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      at(`${name}.csr`),
      '-CA',
      at(`${signer}.crt`),
      '-CAkey',
      at(`${signer}.key`),
      '-CAcreateserial',
      '-out',
      at(`${name}.crt`),
      '-days',
      '2',
      '-extfile',
      at(`${name}.ext`),
    );
  };
  ca('ca');
  ca('other');
  leaf('server', 'ca', '/CN=kube-apiserver', 'DNS:kubernetes,IP:10.96.0.1');
  leaf('admin', 'ca', '/O=system:masters/CN=admin', 'DNS:admin');
  leaf('stranger', 'other', '/CN=stranger', 'DNS:stranger');
  return (name: string) => readFileSync(at(name), 'utf8');
};
