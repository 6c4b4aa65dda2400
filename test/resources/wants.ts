/** Wants of every shape, kind by kind: the laws are tried on them. */
import fc from 'fast-check';
import { api } from '../../src/resources/api.js';
import { artifact } from '../../src/resources/artifact.js';
import { drained } from '../../src/resources/drained.js';
import { uncordoned } from '../../src/resources/uncordoned.js';
import { directory } from '../../src/resources/directory.js';
import { file } from '../../src/resources/file.js';
import { image } from '../../src/resources/image.js';
import type { AnyKind } from '../../src/resources/index.js';
import { object } from '../../src/resources/object.js';
import { packages } from '../../src/resources/packages.js';
import { ready } from '../../src/resources/ready.js';
import { cleanup } from '../../src/resources/cleanup.js';
import { command } from '../../src/resources/command.js';
import { firewallRules } from '../../src/resources/firewall-rules.js';
import { staticPod } from '../../src/resources/static-pod.js';
import { service } from '../../src/resources/service.js';
import { type Script, sh } from '../../src/shell/sh.js';
import { sysctl } from '../../src/resources/sysctl.js';

const absent = fc.constantFrom({}, { absent: true as const });
const owner = fc.constantFrom({}, { owner: 'etcd' }, { owner: 'etcd:etcd' });
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const mode = fc.integer({ min: 0, max: 0o7777 });
const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,10}$/);
export const path = fc.stringMatching(/^\/var\/lib\/[a-z '$]{1,10}$/);
const blended = <A extends object, B extends object>(one: fc.Arbitrary<A>, other: fc.Arbitrary<B>) =>
  fc.tuple(one, other).map(([a, b]) => ({ ...a, ...b }));
/** What stands for a script in a want: nobody poisons it, since only `sh` can make one. */
export const script: Script = sh`kw_wanted_script`;
const aScript = fc.constant(script);
const undo = fc.constantFrom(
  {},
  { undo: 'needless' },
  { undo: { cannot: 'it is for good' } },
  { undo: { keep: script, back: script } },
);
const json = fc.dictionary(word, fc.jsonValue({ maxDepth: 3 }));

/** Each kind with wants of every shape. */
export const wants: readonly [AnyKind, fc.Arbitrary<unknown>][] = [
  [
    file,
    blended(
      blended(
        fc.record({ content: fc.array(fc.oneof(fc.string(), fc.record({ secret: word }))), sha256, mode }),
        owner,
      ),
      absent,
    ),
  ],
  [directory, blended(blended(fc.record({ mode }), owner), absent)],
  [artifact, blended(fc.record({ name: word, version: word, sha256, size: fc.nat() }), absent)],
  [
    service,
    fc
      .record({
        running: fc.boolean(),
        atBoot: fc.boolean(),
        oneshot: fc.boolean(),
        reads: fc.array(path),
        reloads: fc.array(path),
        guard: aScript,
        startGuard: aScript,
        ready: fc.record({ script: aScript, seconds: fc.nat(), says: word }),
      })
      .filter(want => !(want.oneshot && !want.running)),
  ],
  [packages, fc.record({ names: fc.uniqueArray(word) })],
  [sysctl, blended(fc.record({ value: fc.constantFrom('1', '4096\t87380  6291456') }), absent)],
  [image, blended(fc.record({ sha256, size: fc.nat(), name: word }), absent)],
  [
    object,
    blended(fc.record({ body: json, exact: fc.constantFrom([], ['data'], ['rules']), create: fc.boolean() }), absent),
  ],
  [
    api,
    blended(
      fc.record({ seconds: fc.nat(), says: word }),
      fc.constantFrom({}, { condition: { type: 'Available', status: 'True' } }),
    ),
  ],
  [ready, fc.record({ script: aScript, seconds: fc.nat(), says: word })],
  [cleanup, blended(fc.record({ find: aScript, remove: aScript, risk: fc.constantFrom('none', 'data') }), undo)],
  [command, blended(fc.record({ unless: aScript, run: aScript, risk: fc.constantFrom('none', 'data') }), undo)],
  [
    firewallRules,
    fc.record({
      chain: fc.constantFrom('INPUT', 'FORWARD'),
      backEnd: fc.constantFrom('nft', 'legacy'),
      rules: fc.array(fc.array(word)),
    }),
  ],
  [
    drained,
    fc.record({
      emptyDir: fc.boolean(),
      bare: fc.boolean(),
      seconds: fc.nat(),
      eviction: fc.constantFrom('policy/v1', 'policy/v1beta1'),
    }),
  ],
  [uncordoned, fc.constant({})],
  [staticPod, blended(fc.record({ reads: fc.array(path) }), fc.constantFrom({}, { end: true as const }))],
];
