/**
 * The law of every exchange of a key: whenever its runs are killed, whichever host restarts by itself, and whoever goes
 * on with it, no API server ever lacks the key of a token or of a stored value. In each phase `kw plan` has nothing to
 * do, and the end is a cluster of the new key alone.
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/model/cluster.js';
import { encryptionKey } from '../../src/workflow/rotate/encryption-key.js';
import type { Phase, Rotatable, Turning } from '../../src/workflow/rotate/rotatable.js';
import { serviceAccountKey } from '../../src/workflow/rotate/service-account-key.js';
import {
  anotherMachine,
  begin,
  play,
  type Rotating,
  standing,
  standsOf,
  turned,
  threePlanes,
  turningOf,
} from './rotating.js';

let ca = '';
let spec: ClusterSpec;
beforeAll(async () => {
  ({ spec, ca } = await threePlanes());
});

interface Turn {
  /** Actions; undefined: the run ends. */
  readonly kill: number | undefined;
  readonly reboot: { readonly after: number; readonly host: number } | undefined;
  readonly elsewhere: boolean;
  /** `kw up` in place of `kw rotate`. */
  readonly up: boolean;
}
const whole: Turn = { kill: undefined, reboot: undefined, elsewhere: false, up: false };

/** As `kw rotate` chooses: what was begun, else the next phase. True: the last one is complete. */
const rotate = async (at: Rotating, thing: Rotatable, { kill, reboot, elsewhere, up }: Turn): Promise<boolean> => {
  if (elsewhere) await anotherMachine(at);
  at.reboot = reboot && { ...reboot };
  const stands = standsOf(at, thing);
  const now = await standing(at);
  if (up || now.plan.steps.length > 0) {
    play(at, now, kill);
    return stands === thing.phases.length && (await standing(at)).plan.steps.length === 0;
  }
  const phase = thing.phases[stands === 2 && thing === encryptionKey && at.stored.size > 1 ? 2 : nextOf(thing, stands)];
  if (!phase) throw new Error('no phase is left');
  // Every Secret is written again; and who held an old token has got a new one.
  if (phase.act) at.stored.clear();
  if (phase.needs) at.tokens.clear();
  const wanted = await turned(at, phase);
  play(at, wanted, kill);
  if (kill !== undefined) return standsOf(at, thing) === 0 && stands > 0;
  expect((await standing(at)).plan.steps.map(({ id }) => id)).toEqual([]);
  await phase.settle?.(turningOf(at, wanted));
  expect((await standing(at)).plan.steps.map(({ id }) => id)).toEqual([]);
  return phase === thing.phases.at(-1);
};

const nextOf = ({ phases }: Rotatable, stands: number): number => (phases[stands]?.wants ? stands : stands + 1);

const names = (at: Rotating): readonly string[] =>
  [...at.hosts.values()].map(({ files }) => files.get('/etc/kubernetes/encryption.yaml')?.text ?? '');

test.each([encryptionKey, serviceAccountKey])(
  '$name: each phase stands, and a second exchange follows',
  async thing => {
    const at = await begin(spec, ca);
    for (const round of [1, 2]) {
      const before = [...at.tokens, ...at.stored];
      for (let done = false, n = 0; !done; n++) {
        expect(n).toBeLessThan(thing.phases.length);
        done = await rotate(at, thing, whole);
      }
      expect(standsOf(at, thing)).toBe(0);
      await anotherMachine(at);
      expect((await standing(at)).plan.steps).toEqual([]);
      expect([...at.tokens, ...at.stored].filter(key => !before.includes(key))).toHaveLength(1);
      if (thing === encryptionKey)
        for (const text of names(at)) expect(text.match(/key\d/g)).toEqual([`key${round + 1}`]);
    }
  },
);

test('the law sees a key that is used before everybody has it', async () => {
  for (const [thing, says] of [
    [encryptionKey, /cannot read what/],
    [serviceAccountKey, /refuses tokens of/],
  ] as const) {
    const at = await begin(spec, ca);
    const [first, second] = thing.phases;
    const early = await turned(at, {
      ...first,
      wants: async now => (await second?.wants?.({ ...now, input: await wantedBy(first, now) })) ?? now.input,
    } as Phase);
    expect(() => play(at, early)).toThrow(says);
  }
});
const wantedBy = async (phase: Phase | undefined, at: Turning): Promise<Turning['input']> =>
  (await phase?.wants?.(at)) ?? at.input;

const turns = fc.array(
  fc.record({
    kill: fc.option(fc.nat(40), { nil: undefined, freq: 3 }),
    reboot: fc.option(fc.record({ after: fc.nat(30), host: fc.nat(2) }), { nil: undefined, freq: 2 }),
    elsewhere: fc.integer({ min: 0, max: 3 }).map(n => n === 0),
    up: fc.integer({ min: 0, max: 4 }).map(n => n === 0),
  }),
  { minLength: 3, maxLength: 14 },
);

test.each([encryptionKey, serviceAccountKey])(
  '$name: killed anywhere, by anybody, and gone on with',
  async thing => {
    const first = await begin(spec, ca);
    await fc.assert(
      fc.asyncProperty(turns, async all => {
        const at = copyOf(first);
        for (const turn of all) if (await rotate(at, thing, turn)) break;
        for (let n = 0; standsOf(at, thing) > 0 || (await standing(at)).plan.steps.length > 0; n++) {
          expect(n).toBeLessThan(10);
          await rotate(at, thing, whole);
        }
        const now = await standing(at);
        expect(now.plan.steps).toEqual([]);
        expect(now.input.rotation?.account?.waits).toBeUndefined();
      }),
      { seed: Number(process.env.KW_TEST_SEED ?? 13), numRuns: process.env.KW_TEST_FULL === undefined ? 10 : 500 },
    );
  },
  600_000,
);

/** A cluster that was built is built once. */
const copyOf = ({ world, vault, ...rest }: Rotating): Rotating => {
  const copied = structuredClone({ api: world.api, ca: world.ca, members: world.members, at: world.at });
  const machines = structuredClone(world.machines);
  return {
    ...rest,
    world: { ...copied, machines },
    hosts: new Map(machines),
    vault,
    tokens: new Set(rest.tokens),
    stored: new Set(rest.stored),
    read: new Map(rest.read),
  };
};
