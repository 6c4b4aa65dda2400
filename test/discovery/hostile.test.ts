/** What a host says becomes a comment or a value of the file, and nothing else, however it is written. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { drawingText } from '../../src/cli/view/drawing.js';
import { draw } from '../../src/discovery/draw/draw.js';
import { readCluster } from '../../src/spec/index.js';
import { isDnsLabel } from '../../src/spec/names.js';
import { kubeadm, onHosts, processes, withSection } from '../clinic/foreign/rebuilt.js';
import { drawingOf, heldIn, ways } from './drawn.js';

const withArgs = (program: string, ...words: readonly string[]): Chart =>
  onHosts(
    kubeadm(),
    processes(one => (one.program === program ? { ...one, argv: [...one.argv, ...words] } : one)),
  );

const nasty = [
  'a: b',
  '"',
  "'",
  '\n',
  '\r\n',
  '# x',
  ' #x',
  '\nadopted: {from: kubeadm}\n',
  '\nhosts: []\n',
  '&a *a',
  '!!js/function x',
  '{{ x }}',
  '$(reboot)',
  '\u2028',
  '\u0085',
  '\u001b[2J',
  '- x',
  '|',
  '>',
  '%YAML 1.2',
  '---',
  '...',
  '\\',
  '\\n',
  '`x`',
  'null',
  'true',
  '0x1f',
  '1e3',
  '~',
  '',
];
const text = fc.array(fc.oneof(fc.constantFrom(...nasty), fc.string({ unit: 'binary', maxLength: 12 })), {
  maxLength: 4,
});
const value = text
  .map(parts => parts.join('').replaceAll(/[\ud800-\udfff]/g, ''))
  .filter(one => !one.includes('REDACTED'));

test('a flag that kw knows has its value in the file, byte for byte', () => {
  fc.assert(
    fc.property(value, said => {
      const { spec, text: file, file: drawn } = drawingOf(withArgs('kube-apiserver', `--oidc-username-claim=${said}`));
      expect(spec.components.apiserver.extraArgs['oidc-username-claim']).toBe(said);
      expect(parse(file)).toEqual(JSON.parse(JSON.stringify(drawn)));
    }),
    { numRuns: 120 },
  );
});

test('a flag that kw does not know is in a comment of the file, word for word, and the file is the same without it', () => {
  const plain = drawingOf(kubeadm());
  fc.assert(
    fc.property(value, said => {
      const word = `--of-nobody=${said}`;
      const { text: file, spec } = drawingOf(withArgs('kube-scheduler', word));
      expect(heldIn(file)).toContainEqual(['kube-scheduler', word]);
      expect(spec).toEqual(plain.spec);
      expect(file).toMatch(/^[\x20-\x7e\n]*$/);
    }),
    { numRuns: 120 },
  );
});

test('a name of a node is a DNS label, or refused: never a range, never a key of the file', () => {
  fc.assert(
    fc.property(
      fc
        .oneof(value, fc.constantFrom('a[1]', 'kw-[1-1]', 'a.b', 'null', 'x'), fc.stringMatching(/^[a-z]{1,5}$/))
        .filter(one => one !== ''),
      said => {
        const base = kubeadm();
        const nodes = base.api.objects.nodes;
        if (!nodes || !('value' in nodes)) throw new Error('the base chart has no nodes');
        const [first, ...rest] = nodes.value;
        if (!first) throw new Error('no node');
        const ill = { ...first, metadata: { ...first.metadata, name: said, labels: { [said]: said } } };
        const chart = onHosts(
          {
            ...base,
            api: { ...base.api, objects: { ...base.api.objects, nodes: { ...nodes, value: [ill, ...rest] } } },
          },
          processes(one =>
            one.program === 'kubelet'
              ? { ...one, argv: one.argv.map(word => word.replace(/(?<=--hostname-override=)kw-1$/, said)) }
              : one,
          ),
        );
        const drawn = draw(chart, { ways: ways(chart) });
        if (drawn.ok) {
          expect(isDnsLabel(said)).toBe(true);
          expect(drawn.drawing.spec.hosts[0]?.name).toBe(said);
        } else expect(drawn.refusal.code).toBe('cannot-be-said');
      },
    ),
    { numRuns: 60 },
  );
});

test('no line of the report moves a terminal', () => {
  const drawing = drawingOf(withArgs('kube-scheduler', '--of-nobody=\u001b[2J\u009b1A\nwrote all'));
  const said = drawingText(drawing, 'cluster.yaml');
  expect(said).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
  expect(said.split('\n').filter(line => line.startsWith('wrote '))).toHaveLength(1);
});

test('a flag that hosts differ in, that is told twice, or that holds a secret is held, for whom it is true', () => {
  const only = (name: string) =>
    onHosts(kubeadm(), (host: HostChart) =>
      host.name !== name
        ? host
        : withSection(host, 'processes', all =>
            all.map(one =>
              one.program === 'kube-apiserver'
                ? { ...one, argv: [...one.argv, '--v=4', '--tls-sni-cert-key=/a,/b', '--tls-sni-cert-key=/c,/d'] }
                : one,
            ),
          ),
    );
  const { held, text: file } = drawingOf(only('kw-2'));
  expect(held.filter(one => one.component === 'apiserver').map(({ word, hosts }) => [word, hosts])).toEqual([
    ['--tls-sni-cert-key=/a,/b', ['kw-2']],
    ['--tls-sni-cert-key=/c,/d', ['kw-2']],
    ['--v=4', ['kw-2']],
  ]);
  expect(file).toContain('# held kube-apiserver on kw-2 "--v=4": ');
  const secret = drawingOf(withArgs('kube-apiserver', '--oidc-client-id=REDACTED'));
  expect(secret.held.map(({ word }) => word)).toContain('--oidc-client-id=REDACTED');
  expect(readCluster(secret.text, 'x').ok).toBe(true);
});
