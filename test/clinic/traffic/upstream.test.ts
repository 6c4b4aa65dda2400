/** Name servers beyond the cluster: whom its DNS is told to ask, and when one of them that is silent is told of. */
import { expect, test } from 'vitest';
import dataPath from '../../../src/clinic/cases/network/data-path/case.js';
import { upstreamsOf } from '../../../src/clinic/read/upstreams.js';
import { isBroken } from '../../../src/clinic/traffic/broken.js';
import type { Outcome, PodEnd, ProbeSeen } from '../../../src/facts/traffic/seen.js';
import { baseChart } from '../fixture.js';

const corefile = `.:53 {
    forward . 203.0.113.1 dns://203.0.113.2:5353 {
       max_concurrent 1000
    }
}
consul.local:53 {
    forward consul.local 198.51.100.7 # by hand
    forward corp /etc/resolv.conf tls://9.9.9.9
}
`;

const asked = (host: number, address: string, outcome: Outcome, zone = '.'): ProbeSeen => ({
  from: {
    host: `kw-${host}`,
    pod: { pid: host, netns: host, address: `10.244.${host}.2`, mtu: 1450, link: 'eth0' } as PodEnd,
  },
  to: { what: 'upstream', address, zone },
  kind: 'outer',
  port: 53,
  name: 'kw-probe.invalid',
  outcome,
});

test('addresses are read with their zones and ports; files and TLS are not asked', () => {
  expect(upstreamsOf(corefile).map(one => `${one.zone} ${one.address}:${one.port}`)).toEqual([
    '. 203.0.113.1:53',
    '. 203.0.113.2:5353',
    'consul.local 198.51.100.7:53',
  ]);
});

test('one that is silent is broken unless another one is asked for the same names, and any answer is one', () => {
  const silent = asked(4, '203.0.113.1', 'timeout');
  expect(isBroken(silent, [silent])).toBe(true);
  expect(isBroken(silent, [silent, asked(4, '203.0.113.2', 'open')])).toBe(false);
  expect(isBroken(silent, [silent, asked(4, '198.51.100.7', 'open', 'corp')])).toBe(true);
  for (const outcome of ['open', 'no-name', 'not-run'] as const) {
    const one = asked(4, '203.0.113.1', outcome);
    expect(isBroken(one, [one]), outcome).toBe(false);
  }
});

test('where no pod of DNS is answered it is the cluster’s, where one is it is the host’s', () => {
  const found = (probes: readonly ProbeSeen[]) => {
    const chart = { ...baseChart('five'), traffic: { at: '', seconds: 1, probes, traces: [], unmeasured: [] } };
    const verdict = dataPath.diagnose(chart);
    return verdict.verdict === 'sick' ? verdict.findings.map(one => `${one.variant} ${one.host} ${one.says}`) : [];
  };
  const dead = [asked(4, '203.0.113.1', 'timeout'), asked(5, '203.0.113.1', 'timeout')];
  expect(found(dead)).toEqual([expect.stringMatching(/^service cluster .*203\.0\.113\.1.*all other names/)]);
  const one = [asked(4, '203.0.113.1', 'timeout'), asked(5, '203.0.113.1', 'open')];
  expect(found(one)).toEqual([expect.stringMatching(/^service kw-4 /)]);
});
