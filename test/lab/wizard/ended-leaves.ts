/** Signs every leaf of some hosts, and the CAs themselves, again by the cluster's own keys, as if it had been long ago. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificate } from '../../../src/pki/certificate.js';
import { isSignedBy } from '../../../src/pki/chain.js';
import { issueCertificate, type Pair, renewAuthority } from '../../../src/pki/issue.js';
import { readCertificates } from '../../../src/pki/read.js';
import type { Stage } from '../scenario.js';

const names = ['ca', 'etcd/ca', 'front-proxy-ca'];
const day = 86_400_000;
/** How long they were valid. */
const life = 365;
const files =
  'find /etc/kubernetes/pki /var/lib/kubelet/pki -name "*.crt" ! -name "*ca.crt"; ' +
  'ls /etc/kubernetes/*.conf /var/lib/kube-proxy/kubeconfig.conf /var/lib/kubelet/pki/kubelet-client-current.pem';

/**
 * The timer that would renew them is stopped first; nobody is started again.
 * @returns how many there are.
 */
export const endedLeaves = async (t: Stage, hosts: readonly string[], days: number): Promise<number> => {
  const authorities = await Promise.all(names.map(name => authorityOf(t, name)));
  const counts = await Promise.all(
    hosts.map(async host => {
      await t.on(host, 'systemctl stop kw-renew-certificates.timer kw-renew-certificates.service 2>/dev/null');
      const paths = (await must(t, host, `{ ${files}; } 2>/dev/null | sort`)).split('\n');
      for (const path of paths) await ended(t, host, path, authorities, days);
      return paths.length;
    }),
  );
  return counts.reduce((sum, one) => sum + one, 0);
};

const must = async (t: Stage, host: string, command: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on(host, command);
  assert.equal(code, 0, `${host}: ${command.slice(0, 200)}: ${stdout}${stderr}`);
  return stdout.trim();
};

const authorityOf = async (t: Stage, name: string): Promise<Pair> => {
  const file = (end: string) => readFile(join(t.dir, `.kubewizard/demo/pki/${name}.${end}`), 'utf8');
  return { certPem: await file('crt'), keyPem: await file('key') };
};

const ended = async (
  t: Stage,
  host: string,
  path: string,
  authorities: readonly Pair[],
  days: number,
): Promise<void> => {
  const text = await must(t, host, `cat ${path}`);
  const data = /client-certificate-data: *(\S+)/.exec(text)?.[1];
  const [leaf] = readCertificates(data === undefined ? text : Buffer.from(data, 'base64').toString()).certificates;
  assert.ok(leaf, `${host}: ${path} holds a certificate`);
  const { certPem, keyPem } = await past(leaf, authorities, days);
  const put = (to: string, content: string): Promise<string> =>
    must(t, host, `echo ${Buffer.from(content).toString('base64')} | base64 -d >"$(readlink -f ${to})"`);
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  if (data !== undefined)
    await put(
      path,
      text
        .replace(/(client-certificate-data: *)\S+/, `$1${base64(certPem)}`)
        .replace(/(client-key-data: *)\S+/, `$1${base64(keyPem)}`)
        .concat('\n'),
    );
  else if (path.endsWith('.pem')) await put(path, certPem + keyPem);
  else {
    await put(path.replace(/\.crt$/, '.key'), keyPem);
    await put(path, certPem);
  }
};

const past = (leaf: Certificate, authorities: readonly Pair[], days: number): Promise<Pair> => {
  const signer = authorities.find(({ certPem }) =>
    readCertificates(certPem).certificates.some(one => isSignedBy(leaf, one)),
  );
  assert.ok(signer, `${leaf.subject} is signed by a CA of the cluster`);
  return issueCertificate(
    signer,
    {
      ca: 'ca',
      commonName: leaf.commonName,
      organizations: leaf.organizations,
      sans: [...leaf.names, ...leaf.ips],
      usages: leaf.usages.filter(usage => usage === 'server' || usage === 'client'),
      days: life,
    },
    { algorithm: 'ecdsa-p256', now: new Date(Date.now() - (days + life) * day) },
  );
};

/** Of a CA, in days; what the cluster file has without a word of its own. */
const caDays = 3650;

/** Every CA, on the control machine and wherever its certificate lies on a host, ends so many days from now. */
export const agedAuthorities = async (t: Stage, hosts: readonly string[], endsInDays: number): Promise<void> => {
  for (const name of names) {
    const now = new Date(Date.now() + (endsInDays - caDays) * day);
    const pem = await renewAuthority(await authorityOf(t, name), { days: caDays, now });
    const data = Buffer.from(pem).toString('base64');
    await writeFile(join(t.dir, `.kubewizard/demo/pki/${name}.crt`), pem);
    const file = `/etc/kubernetes/pki/${name}.crt`;
    const configs = '/etc/kubernetes/*.conf /var/lib/kube-proxy/kubeconfig.conf';
    for (const host of hosts)
      await must(
        t,
        host,
        `[ ! -e ${file} ] || echo ${data} | base64 -d >${file}
[ ${name} != ca ] || for f in ${configs}; do
  [ ! -e "$f" ] || sed -i 's/\\(certificate-authority-data: *\\).*/\\1${data}/' "$f" || exit 1
done`,
      );
  }
};
