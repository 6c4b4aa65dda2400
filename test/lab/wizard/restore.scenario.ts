/**
 * A backup put in place of what etcd holds, under clients that remember what was; two of three members lose their data;
 * a restore that is cut off goes on; and the way back leads back.
 */
import assert from 'node:assert/strict';
import { addressQuery } from '../../../src/net/dns-message.js';
import type { Took } from '../../../src/workflow/backup.js';
import type { Stage } from '../scenario.js';
import { writeCluster } from './cluster.js';
import { until } from './hosts.js';

export const name = 'restore without a stale cache, two of three disks lost, cut off and gone on with, the way back';
export const minutes = 15;
export const rotates = true;

const hosts = ['kw-1', 'kw-2', 'kw-3'];
const kubectl = 'kubectl --kubeconfig /etc/kubernetes/admin.conf --request-timeout=20s';
const bump = 1_000_000_000;

export const run = async (t: Stage): Promise<void> => {
  const lab = await t.lab(hosts.length);
  await writeCluster(t, lab);
  await t.step('up', () => t.ok(['up', '--yes', '--no-verify']));
  await t.step('the cluster DNS is there', () =>
    must(t, 'kw-1', `${kubectl} -n kube-system rollout status deployment/coredns --timeout=100s --request-timeout=0`),
  );
  await made(t, 'before');
  await must(t, 'kw-1', `${kubectl} create configmap deleted --from-literal=a=b`);
  const took = JSON.parse((await t.step('kw backup', () => t.ok(['backup', '--json']))).stdout) as Took;
  await made(t, 'after');
  await must(t, 'kw-1', `${kubectl} delete configmap deleted`);
  await served(t, 'after', true);
  await restored(t, took);
  await twoDisksLost(t);
  await cutOffAndBack(t, took);
};

const must = async (t: Stage, host: string, command: string): Promise<string> => {
  const { code, stdout, stderr } = await t.on(host, command);
  assert.equal(code, 0, `${host}: ${command}: ${stderr}`);
  return stdout;
};

/** A ConfigMap, and a Service with an endpoint, as kube-proxy writes it into every host's rules. */
const made = (t: Stage, which: string): Promise<string> =>
  must(
    t,
    'kw-1',
    `${kubectl} create configmap ${which} --from-literal=a=b && \
${kubectl} create service clusterip ${which} --tcp=80 && \
${kubectl} patch service ${which} --type=json -p '[{"op":"remove","path":"/spec/selector"}]' && \
printf 'apiVersion: discovery.k8s.io/v1\\nkind: EndpointSlice\\nmetadata: {name: ${which}, labels: \
{kubernetes.io/service-name: ${which}}}\\naddressType: IPv4\\nports: [{name: "80", port: 80}]\\nendpoints: \
[{addresses: [10.99.99.99]}]\\n' | ${kubectl} create -f -`,
  );

/** In the rules of every host, and among the names that each pod of the cluster DNS knows. */
const served = async (t: Stage, which: string, there: boolean): Promise<void> => {
  await until(`${which} to be ${there ? 'in' : 'out of'} the rules of every host`, async () => {
    const rules = await Promise.all(
      hosts.map(host => t.on(host, 'iptables-save -t nat; nft list ruleset 2>/dev/null')),
    );
    return rules.every(({ stdout }) => stdout.includes(`default/${which}`) === there) ? true : undefined;
  });
  const query = Buffer.from(addressQuery(`${which}.default.svc.cluster.local`, 7)).toString('base64');
  const script = `for ip in $(${kubectl} -n kube-system get pods -l k8s-app=kube-dns --field-selector \
status.phase=Running -o 'jsonpath={.items[*].status.podIP}'); do bash -c 'exec 3<>/dev/tcp/'$ip'/53; \
echo ${query} | base64 -d >&3; timeout 3 head -c 14 <&3 | od -An -v -tx1'; done`;
  await until(`the cluster DNS to ${there ? 'know' : 'forget'} ${which}`, async () => {
    // Behind two bytes of length and two of the id stand the flags; their last four bits are the code.
    const codes = (await must(t, 'kw-1', script))
      .trim()
      .split('\n')
      .map(line => line.trim().split(' ')[5]?.at(-1));
    return codes.length > 0 && codes.every(code => code === (there ? '0' : '3')) ? true : undefined;
  });
};

/** Asks for readiness all the time. @returns Milliseconds from the first silence to the first answer after it. */
const downtime = (t: Stage): { readonly end: () => Promise<number> } => {
  const marks: { at: number; ready: boolean }[] = [];
  let on = true;
  const asking = (async () => {
    while (on) {
      const { stdout } = await t.on('kw-1', 'curl -sk -m 2 -o /dev/null -w %{http_code} https://127.0.0.1:6443/readyz');
      marks.push({ at: Date.now(), ready: /200|401|403/.test(stdout) });
    }
  })();
  return {
    end: async () => {
      on = false;
      await asking;
      const down = marks.find(({ ready }) => !ready)?.at ?? 0;
      const up = marks.find(({ at, ready }) => ready && at > down)?.at ?? Date.now();
      return down === 0 ? 0 : up - down;
    },
  };
};

const revision = async (t: Stage): Promise<number> =>
  Number(
    /"resourceVersion":"(\d+)"/.exec(await must(t, 'kw-1', `${kubectl} get --raw '/api/v1/configmaps?limit=1'`))?.[1],
  );

const watchOf = (at: number, seconds: number): string =>
  `timeout ${seconds + 20} ${kubectl.replace('20s', '0')} get --raw \
'/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${at}&timeoutSeconds=${seconds}'`;

const restored = async (t: Stage, took: Took): Promise<void> => {
  const before = await revision(t);
  await must(t, 'kw-2', `nohup sh -c "${watchOf(before, 600)}; echo ended" >/tmp/watch 2>&1 & sleep 1`);
  const watching = downtime(t);
  const began = Date.now();
  const named = `${took.host}:${took.path.split('/').at(-1)}`;
  await t.step('restore', () => t.ok(['restore', named, '--yes-i-mean', 'demo', '--no-verify']));
  t.note(`restore, from the command to its end: ${Date.now() - began} ms`);
  const away = await watching.end();
  t.note(`the API was away for ${away} ms`);
  assert.ok(away < 120_000, 'restore to serving within two minutes');
  await nothingStale(t, before);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  await t.step('nothing is left to do', () => t.ok(['plan']));
};

const serverOf = async (t: Stage, host: string): Promise<string> =>
  `https://${(await t.on(host, 'hostname -I')).stdout.split(' ')[0]}:6443`;

/** The cluster DNS has addresses as soon as the restore has ended; and all API servers say the same. */
const sameEndpoints = async (t: Stage): Promise<void> => {
  const one = '{.metadata.name} {.endpoints[*].addresses}{"\\n"}';
  const slices = `get endpointslices -A -o 'jsonpath={range .items[*]}${one}{end}'`;
  assert.match(await must(t, 'kw-1', `${kubectl} ${slices}`), /kube-dns-\S+ \["10/, 'names are answered');
  await until('all API servers to have the same endpoints', async () => {
    const all = new Set<string>();
    for (const host of hosts)
      all.add(
        (await must(t, host, `${kubectl} --server ${await serverOf(t, host)} ${slices}`)).split('\n').sort().join('\n'),
      );
    return all.size === 1 ? true : undefined;
  });
};

const nothingStale = async (t: Stage, before: number): Promise<void> => {
  assert.ok((await revision(t)) > bump, 'revisions are raised');
  for (const host of hosts) {
    const seen = await must(t, host, `${kubectl} --server ${await serverOf(t, host)} get configmap,service -o name`);
    for (const one of ['configmap/before', 'service/before', 'configmap/deleted'])
      assert.match(seen, new RegExp(`${one}\n`), `${host}: what was before`);
    assert.doesNotMatch(seen, /after/, `${host}: what came after`);
  }
  await sameEndpoints(t);
  await served(t, 'after', false);
  await served(t, 'before', true);
  assert.match(await must(t, 'kw-2', 'cat /tmp/watch'), /ended/, 'a watch from before is not left in silence');
  const again = await t.on('kw-2', watchOf(before, 5));
  assert.match(
    `${again.stdout}${again.stderr}`,
    /"code":410|too old resource version|410/,
    'and cannot go on where it was',
  );
};

const loseDisks = async (t: Stage): Promise<void> => {
  for (const host of ['kw-2', 'kw-3']) await t.on(host, 'systemctl stop etcd; find /var/lib/etcd -mindepth 1 -delete');
};

const twoDisksLost = async (t: Stage): Promise<void> => {
  await made(t, 'last');
  const living = await t.kw(['etcd', 'recover', '--yes-i-mean', 'demo']);
  assert.equal(living.code, 14, 'an etcd with its quorum is not touched');
  assert.match(living.stderr, /has its quorum/);
  await loseDisks(t);
  const watching = downtime(t);
  const began = Date.now();
  const { stdout, stderr } = await t.step('two disks lost: etcd recover', () =>
    t.ok(['etcd', 'recover', '--yes-i-mean', 'demo', '--no-verify']),
  );
  t.note(`recover, from the command to its end: ${Date.now() - began} ms`);
  const away = await watching.end();
  t.note(`the API was away for ${away} ms of it`);
  assert.ok(away < 90_000, 'lost quorum to serving within 90 s');
  assert.match(stdout + stderr, /kw-1 is the only one that has data: what the others alone had acknowledged is lost/);
  assert.match(stdout + stderr, /kw-1: revision \d+, \d+ keys, term \d+, index \d+/);
  for (const host of hosts)
    assert.match(await must(t, host, `${kubectl} get configmap,service -o name`), /configmap\/last\n/, host);
  await served(t, 'last', true);
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
  await t.step('nothing is left to do', () => t.ok(['plan']));
};

const cutOffAndBack = async (t: Stage, took: Took): Promise<void> => {
  const named = `${took.host}:${took.path.split('/').at(-1)}`;
  const again = ['restore', named, '--yes-i-mean', 'demo', '--no-verify'];
  const newest = 'ls -d /var/lib/kubewizard/restore/2* | tail -n 1';
  const before = await must(t, 'kw-3', newest);
  const off = new AbortController();
  const watch = until('the API to be stopped', async () => {
    const { code, stdout } = await t.on('kw-3', `d=$(${newest}); ls $d/stopped && echo $d`);
    return code === 0 && !stdout.includes(before.trim()) ? true : undefined;
  }).then(() => off.abort());
  await t.step('restore, cut off once the API is stopped', async () => {
    await Promise.allSettled([t.kw(again, { signal: off.signal }), watch]);
  });
  const began = Date.now();
  await t.step('restore again goes on', () => t.ok(again));
  t.note(`gone on with to the end: ${Date.now() - began} ms`);
  assert.doesNotMatch(await must(t, 'kw-2', `${kubectl} get configmap -o name`), /last/);
  const script = (await must(t, 'kw-3', newest)).trim();
  await t.step('the way back', async () => {
    for (const host of hosts) await must(t, host, `sh ${script}/way-back`);
    await Promise.all(hosts.map(host => must(t, host, `sh ${script}/way-back serve`)));
  });
  await until('what was before the restore', async () => {
    const { stdout } = await t.on('kw-2', `${kubectl} get configmap -o name`);
    return /configmap\/last\n/.test(stdout) ? true : undefined;
  });
  await t.step('and the cluster carries traffic', () => t.ok(['verify']));
};
