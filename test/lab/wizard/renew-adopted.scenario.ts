/**
 * Every leaf of an adopted cluster of kubeadm is signed again with one command: API server and etcd go on, and read
 * what is new; only who reads a kubeconfig is started anew.
 */
import assert from 'node:assert/strict';
import type { CertificateList } from '../../../src/clinic/read/certificates-listed.js';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { newestHere } from '../../../src/artifacts/index.js';
import { kubeadmUp } from '../../../src/lab/index.js';
import type { Stage } from '../scenario.js';

export const name = 'leaves of an adopted cluster are renewed, and neither API server nor etcd is restarted';
export const minutes = 15;
export const rotates = true;

const planes = ['kw-1', 'kw-2', 'kw-3'];

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(4);
  const version = await newestHere();
  await t.step('a cluster by kubeadm', () => kubeadmUp(lab, { version }, { progress: t.note }));
  const { HOME, XDG_CACHE_HOME } = process.env;
  mkdirSync(join(t.dir, 'home'), { recursive: true });
  Object.assign(process.env, {
    HOME: join(t.dir, 'home'),
    XDG_CACHE_HOME: XDG_CACHE_HOME ?? join(HOME ?? '', '.cache'),
  });
  const hosts = lab.hosts.map(({ address }) => address).join(',');
  await t.ok(['adopt', '--hosts', hosts, '--ssh-key', lab.sshKey, '--accept-new']);
  await t.step('certificates are old enough to be told from new ones', () => aged(t));
  const [before, running] = [await listed(t), await started(t)];
  const dry = await t.kw(['certs', 'renew', '--dry-run', '--accept-new']);
  assert.equal(dry.code, 2, dry.stdout + dry.stderr);
  assert.deepEqual(await listed(t), before, 'a dry run changes nothing');

  const began = performance.now();
  const said = await t.step('kw certs renew', () => t.ok(['certs', 'renew', '--yes', '--json', '--accept-new']));
  t.bar('seconds until all leaves were renewed', (performance.now() - began) / 1000, 15);
  assert.doesNotMatch(said.stdout, /"takenBack":\["/);
  const [after, runs] = [await listed(t), await started(t)];
  for (const [path, fingerprint] of before)
    assert.equal(after.get(path) !== fingerprint, !path.includes('/var/lib/kubelet/'), `${path} was signed again`);
  t.note(`${[...after].filter(([path, one]) => before.get(path) !== one).length} of ${after.size} were signed again`);
  for (const [program, since] of running)
    assert.equal(runs.get(program) !== since, / kube-(controller|scheduler)/.test(program), `${program} went on`);
  await t.step('every process has the new ones', () => loaded(t));
  await t.ok(['status', '--accept-new']);
};

/** An API server of 1.20 looks for a new certificate of its own once a minute. */
const loaded = async (t: Stage): Promise<void> => {
  let last = '';
  for (let tries = 0; tries < 12; tries++) {
    const { code, stdout } = await t.kw(['certs', '--accept-new']);
    if (code === 0) return;
    last = stdout;
    await t.on('kw-1', 'sleep 10');
  }
  assert.fail(last);
};

/** Those of Kubewizard are valid from five minutes before they were signed. */
const aged = async (t: Stage): Promise<void> => {
  const old = 'find /etc/kubernetes/pki/apiserver.crt /etc/kubernetes/scheduler.conf -mmin +5 | wc -l';
  for (const host of planes) {
    const { code } = await t.on(host, `until [ "$(${old})" = 2 ]; do sleep 2; done`);
    assert.equal(code, 0);
  }
};

/** Fingerprints of the leaves in use, by host and path. */
const listed = async (t: Stage): Promise<ReadonlyMap<string, string>> => {
  const { stdout, stderr } = await t.kw(['certs', '--json', '--accept-new']);
  const { certificates } = JSON.parse(stdout) as CertificateList;
  const leaves = certificates.filter(one => !one.isCa);
  assert.ok(leaves.length > 8, stderr);
  return new Map(leaves.map(one => [`${one.host} ${one.path}`, one.fingerprint]));
};

/** By host and program: its process, and the tick in which it started. */
const started = async (t: Stage): Promise<ReadonlyMap<string, string>> => {
  const said = await Promise.all(
    planes.map(async host => {
      const { stdout } = await t.on(
        host,
        'for p in kube-apiserver etcd kube-controller-manager kube-scheduler kubelet containerd; do ' +
          'i=$(pidof -s "$p"); echo "$p $i $(sed \'s/.*) //\' "/proc/$i/stat" | cut -d \' \' -f 20)"; done',
      );
      return stdout
        .trim()
        .split('\n')
        .map(line => [`${host} ${line.split(' ')[0]}`, line] as const);
    }),
  );
  const all = new Map(said.flat());
  assert.equal(all.size, 6 * planes.length, [...all.values()].join('; '));
  return all;
};
