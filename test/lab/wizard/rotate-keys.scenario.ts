/**
 * The encryption key and the service-account key exchanged under load: Secrets are written and read, and a token is
 * used, all the while. In every phase `kw plan` has nothing to do; one phase is killed in its middle and gone on with
 * from a folder that knows nothing; and no request fails.
 */
import assert from 'node:assert/strict';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultCache, newestHere } from '../../../src/artifacts/index.js';
import type { Stage } from '../scenario.js';
import { type Client, client } from './client.js';
import { writeCluster } from './cluster.js';

export const name = 'encryption key and service-account key exchanged under load: 0 failed requests';
export const minutes = 25;
export const rotates = true;

const debian = { kubernetes: '1.20.2', source: 'debian' } as const;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(3);
  const newest = await newestHere();
  const sets = await readdir(join(defaultCache(process.env), 'sets')).catch(() => []);
  const built = sets.some(set => set.startsWith(`${newest.source}-${newest.kubernetes}-`));
  await writeCluster(t, lab, {}, { version: built ? newest : debian, controlPlanes: 3 });
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  const api = await client(t);
  const load = await working(api);

  await phase(t, 'encryption-key', 'phase 1 of 4');
  await t.step('phase 2 is killed, and gone on with by another control machine', () => killed(t));
  assert.match((await t.ok(['status'])).stdout, /rotation of encryption-key .*phase 2 of 4/);
  await phase(t, 'encryption-key', 'phase 3 of 4');
  const stored = await t.on('kw-1', storedKeys);
  assert.match(stored.stdout, /^ *\d+ k8s:enc:secretbox:v1:key2:\n$/);
  await phase(t, 'encryption-key', 'is exchanged');

  await phase(t, 'service-account-key', 'phase 1 of 3');
  await phase(t, 'service-account-key', 'phase 2 of 3');
  // Tokens of one minute: whoever asks for a new one has one of the new key.
  await load.renewed();
  const refused = await t.kw(['rotate', 'service-account-key', '--yes']);
  if (refused.code !== 0) {
    assert.equal(refused.code, 14, refused.stdout + refused.stderr);
    assert.match(refused.stdout, /still needs? the old one/);
    await phase(t, 'service-account-key', 'is exchanged', ['--yes-i-mean', 'demo']);
  }
  assert.match((await t.ok(['rotate'])).stdout, /service-account-key +nothing is under way/);
  const { failures, asked, said } = await load.stop();
  t.note(`${asked} requests, ${failures} failed`);
  assert.deepEqual(said, []);
  assert.ok(asked > 1000, String(asked));
  assert.match((await t.ok(['history'])).stdout, /kw rotate service-account-key/);
};

const storedKeys =
  'ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt ' +
  '--cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt --key=/etc/kubernetes/pki/etcd/healthcheck-client.key ' +
  "get /registry/secrets/ --prefix --print-value-only | grep -aoE '^k8s:enc:secretbox:v1:key[0-9]+:' | sort | uniq -c";

/** One phase, proven; then nothing is to do. */
const phase = (t: Stage, what: string, says: string, more: readonly string[] = []): Promise<void> =>
  t.step(`${what}: ${says}`, async () => {
    const began = Date.now();
    const { stdout } = await t.ok(['rotate', what, '--yes', ...more]);
    assert.ok(stdout.includes(says), stdout);
    t.note(`${Math.round((Date.now() - began) / 1000)} s`);
    assert.equal((await t.kw(['plan'])).code, 0, 'nothing to do');
  });

const killed = async (t: Stage): Promise<void> => {
  const stop = new AbortController();
  const run = t.kw(['rotate', 'encryption-key', '--yes'], { signal: stop.signal });
  // The first host has it, and the others have not.
  const has = async (): Promise<boolean> =>
    (await t.on('kw-1', "grep -A1 'keys:' /etc/kubernetes/encryption.yaml")).stdout.includes('key2');
  for (let n = 0; n < 240 && !(await has()); n++) await sleep(500);
  assert.ok(await has(), 'it has begun');
  stop.abort();
  await run.catch(() => undefined);
  await rename(join(t.dir, '.kubewizard'), join(t.dir, '.kubewizard.lost'));
  // The lock of the run that was killed ends by itself.
  for (let n = 0; ; n++) {
    const { code, stdout, stderr } = await t.kw(['rotate', 'encryption-key', '--yes']);
    if (code === 0) {
      assert.match(stdout, /phase 2 of 4 .*is complete/);
      break;
    }
    assert.ok(n < 12, stdout + stderr);
    await sleep(10_000);
  }
  assert.equal((await t.kw(['plan'])).code, 0, 'nothing to do');
};

interface Working {
  /** Everybody has asked for a token since. */
  renewed(): Promise<void>;
  stop(): Promise<{ readonly asked: number; readonly failures: number; readonly said: readonly string[] }>;
}

const accounts = '/api/v1/namespaces/default/serviceaccounts/default';

/** Writes a Secret, reads it back, and asks with a token, some twenty times a second. */
const working = async (api: Client): Promise<Working> => {
  const binding = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings';
  const made = await api.ask('POST', binding, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'reads' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: 'default' }],
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  let [going, asked, failures, renewals] = [true, 0, 0, 0];
  const said: string[] = [];
  const loop = async (what: string, ask: (n: number) => Promise<number>, wanted: number): Promise<void> => {
    for (let n = 0; going; n++) {
      let answer = await ask(n).catch((error: unknown) => String(error));
      while (answer === 429) {
        await sleep(100);
        answer = await ask(n).catch((error: unknown) => String(error));
      }
      asked += 1;
      if (answer !== wanted) {
        failures += 1;
        if (said.length < 50) said.push(`${new Date().toISOString()} ${what} ${n}: ${answer}`);
      }
      await sleep(50);
    }
  };
  const secrets = '/api/v1/namespaces/default/secrets';
  const write = async (n: number): Promise<number> => {
    const data = { n: Buffer.from(String(n)).toString('base64') };
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `load-${n}` }, data };
    return (await api.ask('POST', secrets, object)).status;
  };
  const read = async (): Promise<number> => (await api.ask('GET', `${secrets}?limit=50`)).status;
  let token = '';
  let until = 0;
  const use = async (): Promise<number> => {
    if (Date.now() > until) {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
      const answer = await api.ask('POST', `${accounts}/token`, body);
      if (answer.status !== 201) return answer.status;
      token = (answer.body as { readonly status: { readonly token: string } }).status.token;
      until = Date.now() + 20_000;
      renewals += 1;
    }
    return (await api.ask('GET', '/api/v1/namespaces/default/configmaps', undefined, { token })).status;
  };
  const all = [loop('write', write, 201), loop('read', read, 200), loop('token', use, 200)];
  return {
    renewed: async () => {
      const before = renewals;
      while (renewals < before + 2) await sleep(500);
    },
    stop: async () => {
      going = false;
      await Promise.all(all);
      return { asked, failures, said };
    },
  };
};
