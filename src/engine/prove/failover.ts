import type { ClusterSpec } from '../../model/cluster.js';
import { withRole } from '../../model/cluster.js';
import { type Script, sh } from '../../shell/sh.js';
import { balancersOf } from '../../model/components.js';
import { Disproved, type Proof, until, type World } from './world.js';

/**
 * The virtual address answers while the haproxy in front of it is stopped, and after it runs again.
 * @param always The world for putting back what was stopped, also when nobody wants to know any more.
 */
export function failoverProof(spec: ClusterSpec, world: World, always: World): Proof {
  const { address, port } = spec.endpoint;
  return {
    name: 'failover',
    says: `the API answers on ${address}:${port} after its haproxy is stopped and started`,
    check: async () => {
      const before = await holder(spec, world);
      if (before === undefined) throw new Disproved(`no load balancer holds ${address}`);
      const observer = withRole(spec, 'controlPlane').find(host => host.name !== before)?.name ?? before;
      const began = Date.now();
      // With one load balancer alone nobody takes over: then it must come back.
      const alone = balancersOf(spec).length === 1;
      try {
        await must(world, before, stop);
        if (!alone) await answers(world, observer, address, port);
      } finally {
        await must(always, before, start);
      }
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      await answers(world, observer, address, port);
      if (alone)
        return (
          `${before} is the only load balancer: the API answered again ${((Date.now() - began) / 1000).toFixed(1)} ` +
          's after it was stopped'
        );
      return (
        `${address} left ${before}, the API answered again after ${seconds} s, now on ` +
        `${(await holder(spec, world)) ?? 'no host'}`
      );
    },
  };
}

// A control machine that dies in between leaves no haproxy stopped: its own host starts it again.
const stop = sh`systemctl stop kw-proof-haproxy.timer 2>/dev/null
systemd-run --quiet --collect --unit=kw-proof-haproxy --on-active=60 --timer-property=AccuracySec=1s systemctl start \
kw-haproxy.service || exit 1
systemctl stop kw-haproxy.service`;
const start = sh`systemctl stop kw-proof-haproxy.timer 2>/dev/null; systemctl start kw-haproxy.service`;

const answers = (world: World, observer: string, address: string, port: number): Promise<true> =>
  until(
    20,
    async () => {
      const answer = await world.run(
        observer,
        sh`/usr/local/bin/kubectl --kubeconfig /etc/kubernetes/admin.conf --server ${`https://${address}:${port}`} \
--request-timeout=2s get --raw /readyz`,
        10_000,
      );
      return answer.code === 0 ? (true as const) : undefined;
    },
    () => `https://${address}:${port}/readyz does not answer ${observer}`,
  );

async function holder(spec: ClusterSpec, world: World): Promise<string | undefined> {
  return until(
    15,
    async () => {
      for (const host of balancersOf(spec)) {
        const answer = await world
          .run(host.name, sh`ip -o -4 addr show to ${`${spec.endpoint.address}/32`}`, 10_000)
          .catch(unlessStopped);
        if (answer?.stdout.trim()) return host.name;
      }
      return undefined;
    },
    () => `no load balancer holds ${spec.endpoint.address}`,
  );
}

/** A load balancer that is away does not hold the address; a person who stops the proof is another matter. */
const unlessStopped = (error: unknown): undefined => {
  if (error instanceof Error && error.name === 'AbortError') throw error;
};

async function must(world: World, host: string, script: Script): Promise<void> {
  const answer = await world.run(host, script, 60_000);
  if (answer.code !== 0) throw new Disproved(`${host}: ${script}: ${answer.stderr.trim()}`);
}
