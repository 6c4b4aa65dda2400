/** A way that loses a part of its packets, and refusals of somebody on the way: what is told, and what is not. */
import { describe, expect, test } from 'vitest';
import { isBroken } from '../../../src/clinic/traffic/broken.js';
import { inDoubt, proven } from '../../../src/clinic/traffic/impostor.js';
import { outcomeOfMany, readMany } from '../../../src/facts/traffic/many.js';
import { probesScript, readSeen } from '../../../src/facts/traffic/send.js';
import type { PodEnd, Probe, ProbeSeen, Trace } from '../../../src/facts/traffic/seen.js';

const pod = (host: number, udp = 0, tcp = 0): PodEnd => ({
  pid: 100 * host,
  netns: host,
  address: `10.244.${host}.5`,
  mtu: 1450,
  link: 'eth0',
  refused: { udp, tcp },
});
const probe = (kind: Probe['kind'], more: Partial<Probe> = {}): Probe => ({
  from: { host: 'kw-1', pod: pod(1) },
  to: { host: 'kw-2', pod: pod(2), what: 'pod', address: '10.244.2.5' },
  kind,
  port: 40_961,
  ...more,
});
const seen = (one: Probe, outcome: ProbeSeen['outcome']): ProbeSeen => ({ ...one, outcome });

describe('of many that are sent', () => {
  test('one in ten that gets lost is told, one in twenty and a single one are not', () => {
    const outcomes = [0, 1, 2, 20].map(lost => outcomeOfMany({ sent: 20, lost }));
    expect(outcomes).toEqual(['open', 'open', 'lossy', 'timeout']);
    expect([3, 5, 6].map(lost => outcomeOfMany({ sent: 60, lost }))).toEqual(['open', 'open', 'lossy']);
  });
  test('nothing is known where nothing was counted', () => {
    expect(outcomeOfMany(undefined)).toBe('not-run');
    expect(outcomeOfMany({ sent: 0, lost: 0 })).toBe('not-run');
  });
  test('the shares are read beside the outcomes of all others', () => {
    const probes = [
      probe('connects', { many: 20 }),
      probe('names', { to: { what: 'dns', address: '10.96.0.10' }, port: 53, many: 10, name: 'a.b' }),
      probe('tcp'),
    ];
    const output = '100 begun\n100 many c 10.244.2.5 40961 20 7\n100 many n 10.96.0.10 53 10 0\n';
    expect(readMany(output, probes)).toEqual([{ sent: 20, lost: 7 }, { sent: 10, lost: 0 }, undefined]);
    expect(readSeen(output, probes).map(one => one.outcome)).toEqual(['lossy', 'open', 'timeout']);
  });
  test('the question is one of DNS: id, one question, labels, type A', () => {
    const script = probesScript([probe('names', { many: 10, name: 'kube-dns.svc', port: 53 })], ['perl']);
    expect(script).toContain('n,10.244.2.5,53,10,6b7701000001000000000000086b7562652d646e73037376630000010001');
  });
  test('without perl and python3 none are sent', () => {
    const script = probesScript([probe('connects', { many: 20 })], ['bash']);
    expect(script).not.toContain('c,10.244.2.5');
  });
});

describe('a refusal', () => {
  const sent = [seen(probe('tcp'), 'refused'), seen(probe('udp'), 'refused'), seen(probe('large'), 'refused')];
  const trace = (one: Probe, arrived: number): Trace => ({
    ...{ probe: one, sent: 1000, hops: [], back: [], risen: [], silent: [], arrived },
  });
  test('of the pod’s own kernel, which has counted it, is its own', () => {
    expect(inDoubt(sent, sent, [pod(2, 2, 1)])).toEqual(sent);
    expect(inDoubt(sent, sent, [pod(2, 9, 9)])).toEqual(sent);
  });
  test('that no kernel has counted is in doubt, by protocol', () => {
    const kinds = (after: PodEnd) =>
      inDoubt(sent, sent, [after]).flatMap(one => (one.outcome === 'impostor' ? [one.kind] : []));
    expect(kinds(pod(2, 0, 1))).toEqual(['udp', 'large']);
    expect(kinds(pod(2, 2, 0))).toEqual(['tcp']);
  });
  test('of a pod that is not there any more, or of a host that does not answer, is in no doubt', () => {
    expect(inDoubt(sent, sent, [])).toEqual(sent);
    expect(inDoubt(sent, sent, [pod(3, 0, 0)])).toEqual(sent);
  });
  test('is somebody else’s only if many more do not arrive either', () => {
    const doubts = inDoubt(sent, sent, [pod(2, 0, 1)]);
    const outcomes = (traces: readonly Trace[]) => proven(doubts, traces).map(one => one.outcome);
    expect(outcomes([trace(probe('udp'), 3)])).toEqual(['refused', 'impostor', 'refused']);
    expect(outcomes([trace(probe('udp'), 990)])).toEqual(['refused', 'refused', 'refused']);
    expect(outcomes([])).toEqual(['refused', 'refused', 'refused']);
    expect(isBroken(seen(probe('udp'), 'impostor'), sent)).toBe(true);
  });
});

describe('what is not the data path’s', () => {
  const to = (
    what: Probe['to']['what'],
    kind: Probe['kind'],
    host: string,
    more: Partial<Probe['to']> = {},
  ): Probe => ({
    ...{ from: { host }, to: { what, address: '10.96.0.7', ...more }, kind, port: 443 },
  });
  const judged = (one: ProbeSeen, others: readonly ProbeSeen[]) => isBroken(one, [one, ...others]);
  test('a server that answers nobody', () => {
    const silent = (host: string) => seen(to('api', 'exchange', host), 'timeout');
    expect(judged(silent('kw-1'), [silent('kw-2')])).toBe(false);
    expect(judged(silent('kw-1'), [seen(to('api', 'exchange', 'kw-2'), 'open')])).toBe(true);
  });
  test('a Service of a workload that nobody reaches', () => {
    const service = (host: string, outcome: ProbeSeen['outcome']) =>
      seen({ ...to('service', 'tcp', host, { of: 'workload' }), from: { host, pod: pod(1) } }, outcome);
    for (const outcome of ['refused', 'timeout'] as const) {
      expect(judged(service('kw-1', outcome), [service('kw-2', outcome)])).toBe(false);
      expect(judged(service('kw-1', outcome), [service('kw-2', 'open')])).toBe(true);
    }
  });
  test('names beyond a cluster that has no resolver there', () => {
    const outer = seen(to('dns', 'outer', 'kw-1'), 'no-name');
    const resolver = (outcome: ProbeSeen['outcome']) => seen(to('resolver', 'outer', 'kw-2'), outcome);
    expect(judged(outer, [resolver('timeout')])).toBe(false);
    expect(judged(outer, [resolver('open')])).toBe(true);
    expect(judged(resolver('timeout'), [outer])).toBe(false);
  });
});
