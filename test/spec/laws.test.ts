import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Checked } from '../../src/model/diagnostic.js';
import type { ClusterSpec } from '../../src/model/cluster.js';
import {
  clusterSchema,
  expandAddresses,
  expandRange,
  explainDefaults,
  readCluster,
  renderClusterFile,
  type Answers,
} from '../../src/spec/index.js';

const folder = new URL('../corpus/cluster-files/good/', import.meta.url);
const good = readdirSync(folder).map(name => readFileSync(new URL(name, folder), 'utf8'));

/** KW_RUNS=5000 for a long night. */
const runs = Number(process.env.KW_RUNS ?? 150);

/** Whatever comes in: a spec, or problems that each have a code, a sentence and a place within the file. */
const sound = (text: string, read: Checked<ClusterSpec>): void => {
  explainDefaults(text, 'f');
  const lines = text.split('\n').length;
  if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
  for (const { code, says, help = '', at } of read.ok ? read.warnings : read.problems) {
    expect(code).toMatch(/^[a-z-]+$/);
    expect(says).not.toBe('');
    expect(says + help).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(at?.line).toBeGreaterThanOrEqual(1);
    expect(at?.line).toBeLessThanOrEqual(lines);
  }
};
const never = (text: string): void => {
  sound(text, readCluster(text, 'f'));
};

describe('readCluster never throws', () => {
  it('on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), never), { numRuns: runs });
  });

  it('on any YAML value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        never(stringify(value));
      }),
      { numRuns: runs },
    );
  });

  it('on values under the keys of a cluster file', () => {
    const any = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(
        '10.0.0.1',
        '10.0.0.[1-3]',
        'a-[01-03]',
        ['etcd'],
        ['controlPlane'],
        '10.0.0.0/8',
        '1.29.3',
        'local',
      ),
    );
    const below = (keys: readonly string[]) => fc.dictionary(fc.constantFrom(...keys), any, { maxKeys: 4 });
    const keys = (name: string) => Object.keys(clusterSchema().properties?.[name]?.properties ?? {});
    const host = fc.oneof(any, below(['name', 'address', 'externalAddress', 'roles', 'labels', 'taints', 'ssh']));
    fc.assert(
      fc.property(
        fc.record(
          {
            name: any,
            kubernetes: any,
            hosts: fc.oneof(any, fc.array(host, { maxLength: 5 })),
            endpoint: fc.oneof(any, below(keys('endpoint'))),
            network: fc.oneof(any, below(keys('network'))),
            pki: fc.oneof(any, below(keys('pki'))),
            components: fc.oneof(any, below(keys('components'))),
            artifacts: below(keys('artifacts')),
            ssh: below(keys('ssh')),
          },
          { requiredKeys: [] },
        ),
        value => {
          never(stringify(value));
        },
      ),
      { numRuns: runs },
    );
  });

  it('on a good file with a slip of the pen', () => {
    const slip = fc.tuple(
      fc.constantFrom(...good),
      fc.nat(),
      fc.nat(12),
      fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom(
          '\n',
          '  ',
          ': ',
          '- ',
          '[',
          '{',
          '&a ',
          '*a',
          '!!binary ',
          '<<: ',
          '\t',
          '"',
          '#',
          '---\n',
          '\u0000',
        ),
      ),
    );
    fc.assert(
      fc.property(slip, ([text, where, cut, put]) => {
        const at = where % (text.length + 1);
        never(text.slice(0, at) + put + text.slice(at + cut));
      }),
      { numRuns: 2 * runs },
    );
  });

  it('on nesting deeper than the stack', () => {
    for (const text of [
      '['.repeat(20_000),
      `${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}`,
      `name: x\nhosts: ${'['.repeat(3_000)}${']'.repeat(3_000)}`,
    ])
      never(text);
  });
});

const octet = fc.integer({ min: 1, max: 254 });
const answers: fc.Arbitrary<Answers> = fc.record(
  {
    name: fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/),
    kubernetes: fc.constantFrom('1.20.2', '1.29.3', '1.36.2'),
    hosts: fc.uniqueArray(octet, { minLength: 1, maxLength: 9 }).chain(octets =>
      fc.tuple(
        ...octets.map(n =>
          fc.constantFrom(`192.0.2.${n}`, {
            name: `h${n}`,
            address: `192.0.2.${n}`,
            labels: { on: 'true', n: '1', '1e3': '0x10', null: '' },
            taints: ['a=b:NoExecute'],
            ssh: { port: n },
          }),
        ),
      ),
    ),
    ssh: fc.record(
      {
        user: fc.stringMatching(/^[a-z0-9][a-z0-9_]{0,8}$/),
        port: fc.integer({ min: 1, max: 65535 }),
        key: fc.string({ minLength: 1, maxLength: 30 }),
      },
      { requiredKeys: [] },
    ),
    endpoint: fc.record({ address: octet.map(n => `192.0.3.${n}`) }),
    network: fc.record(
      {
        provider: fc.constantFrom('vxlan', 'routes', 'none'),
        services: fc.constantFrom('10.112.0.0/12', '172.24.0.0/16'),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['name', 'hosts'] },
);

describe('renderClusterFile', () => {
  it('writes what readCluster reads, and nothing is lost on the way', () => {
    fc.assert(
      fc.property(answers, given => {
        const text = renderClusterFile(given);
        const [rendered, plain] = [
          readCluster(text, 'f'),
          readCluster(stringify(given, { aliasDuplicateObjects: false }), 'f'),
        ];
        expect(text).toMatch(/^# yaml-language-server: \$schema=/);
        expect(rendered.ok).toBe(true);
        expect(rendered).toEqual(plain);
      }),
      { numRuns: runs },
    );
  });
});

describe('ranges', () => {
  it('have as many members as they say, all different, all of one width', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 300 }), (from, more) => {
        const all = expandRange(`a-[${String(from).padStart(4, '0')}-${from + more}]`) ?? [];
        expect([all.length, new Set(all).size]).toEqual([more + 1, more + 1]);
        expect(new Set(all.map(({ length }) => length)).size).toBe(1);
      }),
    );
  });

  it('count addresses on over the end of an octet', () => {
    expect(expandAddresses('10.0.0.254+', 4)).toEqual(['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']);
  });
});

describe('5,000 hosts', () => {
  const large = (pods: string) =>
    readCluster(
      `name: big
hosts:
  - {name: "cp-[1-3]", address: 10.0.0.1+, roles: [controlPlane]}
  - {name: "w-[0001-4997]", address: 10.0.1.0+}
network: {pods: ${pods}, services: 172.24.0.0/16}
`,
      'f',
    );

  it('are read within a minute', () => {
    const start = performance.now();
    const read = large('10.128.0.0/10');
    expect(read.ok && read.value.hosts.length).toBe(5000);
    expect(performance.now() - start).toBeLessThan(60_000);
  });

  it('do not fit into a /12 of /24', () => {
    const read = large('10.128.0.0/12');
    expect(read.ok ? [] : read.problems.map(({ code, help }) => [code, help])).toEqual([
      ['pods-too-small', 'take a /11 or wider, or a longer hostPrefix'],
    ]);
  });
});
