/** Measures the data path: finds pods on their hosts, sends packets between them, and follows those that get lost. */
import pLimit from 'p-limit';
import type { Chart } from '../../clinic/chart/chart.js';
import { hostsOf } from '../../clinic/read/hosts.js';
import { arrivesAnyway, endsOf, isBroken, keyOf, suspects } from '../../clinic/traffic/broken.js';
import { inDoubt, proven } from '../../clinic/traffic/impostor.js';
import { trafficEnds } from '../../clinic/traffic/traffic-ends.js';
import { type Place, planTraffic, type Unmeasured } from '../../clinic/traffic/plan.js';
import { traceOf } from '../../clinic/traffic/trace.js';
import { burstOf, burstScript } from '../../facts/traffic/burst.js';
import { type Counters, countersScript, readCounters } from '../../facts/traffic/counters.js';
import { endsScript, readEnds } from '../../facts/traffic/ends.js';
import type { EndsSeen, PodEnd, Probe, ProbeSeen, Trace, TrafficSeen } from '../../facts/traffic/seen.js';
import { probesScript, readSeen } from '../../facts/traffic/send.js';
import type { Script } from '../../shell/sh.js';
import type { Connection } from '../../transport/connection.js';
import { heard } from './heard.js';
import { messageOf } from './why.js';

export interface TrafficWays {
  readonly connections: (host: string) => Promise<Connection>;
  readonly clock: () => Date;
  /** Hosts asked at the same time. Default 64. */
  readonly limit?: number;
}

const timeoutMs = 10_000;
/** Edges that are followed: each costs some second, one after the other. */
const mostTraces = 8;

/** Never rejects for the world's sake: what was not measured is named with its reason. */
export const measureTraffic = async (chart: Chart, ways: TrafficWays): Promise<TrafficSeen> => {
  const began = ways.clock();
  const controlMachine = asking(ways);
  const found = await placesOf(chart, controlMachine);
  const plan = planTraffic(found.places, trafficEnds(chart));
  const tools = new Map(found.places.map(({ host, ends }) => [host, ends.tools]));
  const first = await send(plan.probes, tools, controlMachine);
  const after = await podsOf(found.places, controlMachine);
  const second = await standing(await once(first, tools, controlMachine), controlMachine);
  const again = inDoubt(second, first, after);
  const traces = await follow(again, found.places, controlMachine);
  const arrived = new Set(traces.filter(arrivesAnyway).map(one => keyOf(one.probe)));
  return {
    at: began.toISOString(),
    seconds: (ways.clock().getTime() - began.getTime()) / 1000,
    probes: proven(again, traces).map(one => (arrived.has(keyOf(one)) ? { ...one, outcome: 'open' } : one)),
    traces: traces.filter(one => !arrived.has(keyOf(one.probe))),
    unmeasured: [...found.unmeasured, ...plan.unmeasured],
  };
};

/** `--read-only`. */
export const unmeasured = (now: Date): TrafficSeen => ({
  off: true,
  at: now.toISOString(),
  seconds: 0,
  probes: [],
  traces: [],
  unmeasured: [],
});

type Ask = (host: string, script: Script) => Promise<string>;

const asking = ({ connections, limit = 64 }: TrafficWays): Ask => {
  const turn = pLimit(limit);
  return (host, script) => turn(async () => (await heard(await connections(host), script, timeoutMs)).stdout);
};

const placesOf = async (
  chart: Chart,
  ask: Ask,
): Promise<{ readonly places: readonly Place[]; readonly unmeasured: readonly Unmeasured[] }> => {
  // A host of which the chart saw nothing is named there already.
  const hosts = hostsOf(chart).filter(host => 'value' in host.processes);
  const asked = await Promise.all(
    hosts.map(async ({ name, address }): Promise<Place | Unmeasured> => {
      const ends = await endsOn(name, ask);
      return 'why' in ends ? { host: name, why: ends.why, cannot: true } : { host: name, address, ends };
    }),
  );
  return {
    places: asked.filter(one => 'ends' in one),
    unmeasured: asked.filter((one): one is Unmeasured => !('ends' in one)),
  };
};

/** Once more, with what their kernels have refused meanwhile; of a host that does not answer nothing is doubted. */
const podsOf = async (places: readonly Place[], ask: Ask): Promise<readonly PodEnd[]> =>
  (
    await Promise.all(
      places
        .filter(({ ends }) => ends.pods.length > 0)
        .map(async ({ host }) => {
          const ends = await endsOn(host, ask);
          return 'why' in ends ? [] : ends.pods;
        }),
    )
  ).flat();

const endsOn = async (host: string, ask: Ask): Promise<EndsSeen | { readonly why: string }> => {
  try {
    return readEnds(await ask(host, endsScript)) ?? { why: 'its answer was cut off' };
  } catch (error) {
    return { why: messageOf(error) };
  }
};

const send = async (
  plan: ReadonlyMap<string, readonly Probe[]>,
  tools: ReadonlyMap<string, readonly string[]>,
  ask: Ask,
): Promise<readonly ProbeSeen[]> =>
  (
    await Promise.all(
      [...plan]
        .filter(([, probes]) => probes.length > 0)
        .map(async ([host, probes]) => {
          const output = await ask(host, probesScript(probes, tools.get(host) ?? [])).catch(() => '');
          return readSeen(output, probes);
        }),
    )
  ).flat();

/** A packet may get lost: only what fails twice is broken, the second time out of three times as many. */
const once = async (
  first: readonly ProbeSeen[],
  tools: ReadonlyMap<string, readonly string[]>,
  ask: Ask,
): Promise<readonly ProbeSeen[]> => {
  const failed = first.filter(one => isBroken(one, first));
  if (failed.length === 0) return first;
  const byHost = new Map<string, Probe[]>();
  for (const { outcome: _, share: __, ...probe } of failed) {
    const again = { ...probe, ...(probe.many !== undefined && { many: probe.many * 3 }) };
    byHost.set(probe.from.host, [...(byHost.get(probe.from.host) ?? []), again]);
  }
  const second = new Map((await send(byHost, tools, ask)).map(one => [keyOf(one), one]));
  return first.map(one => second.get(keyOf(one)) ?? one);
};

/** A pod that ended meanwhile is not a proof of anything: what was asked of it is not measured. */
const standing = async (seen: readonly ProbeSeen[], ask: Ask): Promise<readonly ProbeSeen[]> => {
  const broken = seen.filter(one => isBroken(one, seen));
  const hosts = [...new Set(broken.flatMap(endsOf))];
  const living = new Set(
    (
      await Promise.all(
        hosts.map(async host => {
          const ends = await endsOn(host, ask);
          return 'why' in ends ? [] : ends.pods.map(pod => `${host} ${pod.netns} ${pod.address}`);
        }),
      )
    ).flat(),
  );
  const stands = (host: string | undefined, pod: PodEnd | undefined): boolean =>
    !pod || living.has(`${host} ${pod.netns} ${pod.address}`);
  const gone = new Set(
    broken.filter(({ from, to }) => !stands(from.host, from.pod) || !stands(to.host, to.pod)).map(keyOf),
  );
  return seen.map(one => (gone.has(keyOf(one)) ? { ...one, outcome: 'not-run' } : one));
};

const follow = async (seen: readonly ProbeSeen[], places: readonly Place[], ask: Ask): Promise<readonly Trace[]> => {
  const traces: Trace[] = [];
  // One after the other: each counts on the links of the others.
  for (const probe of worthFollowing(seen.filter(one => isBroken(one, seen)))) {
    const trace = await followed(probe, places, ask).catch(() => undefined);
    if (trace) traces.push(trace);
  }
  return traces;
};

/** For each suspect the simplest packet that fails from it, and to it. */
export const worthFollowing = (all: readonly Probe[]): readonly Probe[] => {
  // Beyond the cluster nothing is counted.
  const broken = all.filter(one => one.to.what !== 'upstream');
  const chosen = suspects(broken).flatMap(hosts => {
    const simple = broken
      .filter(edge => endsOf(edge).some(host => hosts.includes(host)))
      .sort((a, b) => weight(a) - weight(b));
    return [
      simple.find(one => hosts.includes(one.from.host)),
      simple.find(one => one.to.host !== undefined && hosts.includes(one.to.host) && !hosts.includes(one.from.host)),
    ].filter(one => one !== undefined);
  });
  return [...new Map(chosen.map(one => [keyOf(one), one])).values()].slice(0, mostTraces);
};

/** Between pods first, then from hosts, Services last: their packets change their address on the way. */
const weight = ({ from, to, kind }: Probe): number =>
  (to.what === 'pod' ? (from.pod ? 0 : 10) : 20) +
  ['udp', 'tcp', 'connects', 'large', 'name', 'names', 'exchange', 'outer'].indexOf(kind);

const followed = async (probe: Probe, places: readonly Place[], ask: Ask): Promise<Trace | undefined> => {
  const at = (host: string | undefined): Place | undefined => places.find(one => one.host === host);
  const [source, target] = [at(probe.from.host), at(probe.to.host)];
  if (!source) return undefined;
  const hosts = [...new Set([source, ...(target ? [target] : [])])];
  const addresses = [probe.to.address, probe.from.pod?.address, ...hosts.map(one => one.address)];
  const pods = [probe.from.pod, probe.to.pod].filter(one => one !== undefined);
  const script = countersScript(pods, [...new Set(addresses.filter(one => one !== undefined))]);
  const count = (): Promise<readonly (Counters | undefined)[]> =>
    Promise.all(hosts.map(async one => readCounters(await ask(one.host, script))));
  const before = await count();
  await ask(source.host, burstScript(probe));
  const after = await count();
  const counted = hosts.map((place, index) => {
    const [was, is] = [before[index], after[index]];
    return was && is ? { host: place.host, address: place.address, before: was, after: is } : undefined;
  });
  const [first, second = target === source ? counted[0] : undefined] = counted;
  return first && traceOf(probe, burstOf(probe), first, second);
};
