/** Where packets end, from counters as hosts gave them: told by the two links around it, and by what rose meanwhile. */
import { describe, expect, test } from 'vitest';
import type { Counters, LinkCounter } from '../../../src/facts/traffic/counters.js';
import type { PodEnd, Probe } from '../../../src/facts/traffic/seen.js';
import { arrivesAnyway, suspects } from '../../../src/clinic/traffic/broken.js';
import { lostIn } from '../../../src/clinic/traffic/hop.js';
import { type Counted, traceOf } from '../../../src/clinic/traffic/trace.js';

const podOf = (host: number): PodEnd => ({
  pid: 100 * host,
  netns: host,
  address: `10.244.${host}.5`,
  mtu: 1450,
  link: 'eth0',
  peer: 7,
});
const edge: Probe = {
  from: { host: 'kw-1', pod: podOf(1) },
  to: { host: 'kw-2', pod: podOf(2), what: 'pod', address: podOf(2).address },
  kind: 'udp',
  port: 40961,
};
const connect: Probe = { ...edge, kind: 'tcp' };
const sent = 1000;
type Passed = Readonly<Record<string, readonly [into: number, out: number]>>;

/** A host with a bridge and an overlay, whose links passed so many more packets; what else passes them is noise. */
const counted = (
  host: number,
  links: Passed,
  pod: readonly [number, number],
  more: {
    readonly drops?: Readonly<Record<string, number>>;
    readonly unserved?: number;
    readonly resets?: number;
  } = {},
): Counted => {
  const at = (scale: number): Counters => {
    const link = ([into, out]: readonly [number, number]): LinkCounter => ({
      in: 5000 + scale * into,
      out: 7000 + scale * out,
      lost: 3,
    });
    return {
      links: new Map(['veth7', 'cni0', 'kw.vxlan', 'eth0'].map(name => [name, link(links[name] ?? [0, 0])])),
      pods: new Map([[100 * host, new Map([['eth0', link(pod)]])]]),
      unserved: new Map([[100 * host, scale * (more.unserved ?? 0)]]),
      resets: new Map([[100 * host, scale * (more.resets ?? 0)]]),
      names: new Map([[7, { name: 'veth7', master: 'cni0' }]]),
      routes: new Map([
        [podOf(3 - host).address, 'kw.vxlan'],
        [`192.0.2.${3 - host}`, 'eth0'],
      ]),
      drops: new Map(Object.entries(more.drops ?? {}).map(([key, by]) => [key, 40 + scale * by])),
      silent: [],
    };
  };
  return { host: `kw-${host}`, address: `192.0.2.${host}`, before: at(0), after: at(1) };
};

const sender = (more = {}) =>
  counted(1, { veth7: [sent, 0], cni0: [sent + 1, 0], 'kw.vxlan': [0, sent], eth0: [12, sent + 15] }, [0, sent], more);
const whole: Passed = { eth0: [sent + 9, 14], 'kw.vxlan': [sent, 0], cni0: [0, sent], veth7: [0, sent] };

describe('packets that end', () => {
  test('in the receiver, between overlay and bridge, by a rule that counts', () => {
    const target = counted(2, { eth0: [sent + 8, 10], 'kw.vxlan': [sent, 0], cni0: [0, 3] }, [1, 0], {
      drops: { 'rule raw PREROUTING: -A PREROUTING -d 10.244.2.0/24 -j DROP': sent, 'rule filter X: y': 2 },
    });
    const lost = lostIn(traceOf(edge, sent, sender(), target));
    expect(lost).toMatchObject({
      host: 'kw-2',
      last: { host: 'kw-2', link: 'kw.vxlan', side: 'in' },
      next: { link: 'cni0', side: 'out', packets: 3 },
    });
    expect(lost.risen.map(one => [one.host, one.source, one.by])).toEqual([['kw-2', 'rule', sent]]);
  });

  test('in the sender, between bridge and overlay, by nothing that counts', () => {
    const source = counted(1, { veth7: [sent, 0], cni0: [sent, 0], eth0: [11, 12] }, [0, sent]);
    const lost = lostIn(traceOf(edge, sent, source, counted(2, {}, [0, 0])));
    expect(lost).toMatchObject({ host: 'kw-1', last: { link: 'cni0' }, next: { link: 'kw.vxlan', packets: 0 } });
  });

  test('in the queue of the sender’s link to the other hosts', () => {
    const source = counted(1, { veth7: [sent, 0], cni0: [sent, 0], 'kw.vxlan': [0, sent], eth0: [9, 20] }, [0, sent]);
    expect(lostIn(traceOf(edge, sent, source, counted(2, { eth0: [20, 9] }, [0, 0])))).toMatchObject({
      host: 'kw-1',
      last: { link: 'kw.vxlan' },
      next: { link: 'eth0', side: 'out' },
    });
  });

  test('between the hosts: nobody is accused whom nothing accuses', () => {
    const lost = lostIn(traceOf(edge, sent, sender(), counted(2, { eth0: [15, 9] }, [0, 0])));
    expect(lost.host).toBeUndefined();
    expect(lost).toMatchObject({ last: { host: 'kw-1', link: 'eth0' }, next: { host: 'kw-2', link: 'eth0' } });
  });

  test('above the link to the other hosts, which is never still', () => {
    const busy: Passed = { veth7: [sent, 0], cni0: [sent, 0], eth0: [sent, sent + 200] };
    const lost = lostIn(
      traceOf(edge, sent, counted(1, busy, [0, sent]), counted(2, { eth0: [sent + 200, 9] }, [0, 0])),
    );
    expect(lost).toMatchObject({ host: 'kw-1', last: { link: 'cni0' }, next: { link: 'kw.vxlan' } });
  });

  test('before they leave the pod', () => {
    expect(lostIn(traceOf(edge, sent, counted(1, {}, [0, 1]), counted(2, {}, [0, 0])))).toMatchObject({
      host: 'kw-1',
      next: { inPod: true, side: 'out' },
    });
  });

  test('on the way back', () => {
    const target = counted(2, { ...whole, veth7: [sent, sent], cni0: [sent, sent] }, [sent, sent]);
    expect(lostIn(traceOf(connect, sent, sender(), target))).toMatchObject({
      host: 'kw-2',
      onTheWayBack: true,
      last: { host: 'kw-2', link: 'cni0', side: 'in' },
      next: { host: 'kw-2', link: 'kw.vxlan', side: 'out' },
    });
  });

  test('nowhere: a link that does not count is not an end', () => {
    const target = counted(
      2,
      { ...whole, cni0: [sent, 0], veth7: [sent, sent], 'kw.vxlan': [sent, sent], eth0: [sent, sent] },
      [sent, sent],
    );
    const source = counted(
      1,
      { veth7: [sent, sent], cni0: [sent, sent], 'kw.vxlan': [sent, sent], eth0: [sent, sent] },
      [sent, sent],
    );
    expect(lostIn(traceOf(connect, sent, source, target)).next).toBeUndefined();
  });
});

test('datagrams that the receiver’s kernel took have arrived, whatever became of its refusal', () => {
  const trace = (unserved: number) => traceOf(edge, 300, sender(), counted(2, whole, [0, 0], { unserved }));
  expect(arrivesAnyway(trace(300))).toBe(true);
  expect(arrivesAnyway(trace(4))).toBe(false);
  expect(arrivesAnyway(traceOf(connect, 300, sender(), counted(2, whole, [0, 0], { unserved: 300 })))).toBe(false);
});

describe('suspects', () => {
  const between = (from: string, to: string): Probe => ({
    ...edge,
    from: { host: from },
    to: { ...edge.to, host: to },
  });
  test('are the hosts that most of the broken edges touch', () => {
    const broken = ['kw-1', 'kw-2', 'kw-4'].flatMap(other => [between('kw-3', other), between(other, 'kw-3')]);
    expect(suspects(broken)).toEqual([['kw-3']]);
    expect(suspects([...broken, between('kw-7', 'kw-8'), between('kw-7', 'kw-9')])).toEqual([['kw-3'], ['kw-7']]);
  });
  test('are both ends of an edge that is broken alone', () => {
    expect(suspects([between('kw-1', 'kw-2')])).toEqual([['kw-1', 'kw-2']]);
    expect(suspects([])).toEqual([]);
  });
});
