/** A secret is on the host in its file, and nowhere else (law L7). */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { carryOut } from '../../src/engine/carry-out.js';
import { emitter } from '../../src/engine/emitter.js';
import { openJournal } from '../../src/engine/journal.js';
import { hostScript } from '../../src/engine/script/build.js';
import type { Event } from '../../src/model/event.js';
import { createAuthority, issueCertificate } from '../../src/pki/issue.js';
import { type World, world } from './world.js';

const planted = 'PLANTED-5ecret-value-0815';
let w: World;
afterEach(() => w.clean());

test('never in the script, in argv, an event or the journal, even when an action prints it', async () => {
  w = world([
    { host: 'h1', name: 'key', want: { text: `key: ${planted}\n` } },
    { host: 'h1', name: 'leak', after: ['h1/key'], want: { text: 'x' } },
  ]);
  const [key, leak] = w.resources;
  const argv = `for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; done 2>/dev/null >${w.path('argv')}`;
  Object.assign(key?.want ?? {}, {
    instead: [
      { do: 'put', path: w.path('h1/key'), content: ['key: ', { secret: 'pki/x' }, '\n'], mode: 0o600 },
      { do: 'run', script: argv },
    ],
  });
  Object.assign(leak?.want ?? {}, {
    before: [
      {
        do: 'run',
        script: `cat ${w.path('h1/key')}; cut -d' ' -f2 ${w.path('h1/key')} | tr -d '\\n' | base64; exit 9`,
      },
    ],
  });
  const events: Event[] = [];
  const journal = await openJournal(join(w.root, 'control'), 'r1', new Date());
  const { emit, sync } = emitter({
    clock: () => new Date(),
    journal,
    listen: event => {
      events.push(event);
    },
  });
  const plan = w.plan();
  const outcome = await carryOut(plan, w.context({ sync, reveal: name => (name === 'pki/x' ? planted : '') }), emit);
  await journal.close();
  expect(outcome).toMatchObject({ mended: 1, failures: [{ step: w.id('h1/leak') }] });
  expect(w.read('h1/key')).toBe(`key: ${planted}\n`);
  expect(statSync(w.path('h1/key')).mode & 0o777).toBe(0o600);
  const texts = [
    JSON.stringify(events),
    readFileSync(journal.file, 'utf8'),
    w.read('argv'),
    JSON.stringify(outcome),
    hostScript(plan.steps, { nonce: 'n', home: '/h', scratch: '/s' }),
  ];
  for (const text of texts)
    for (const form of [planted, Buffer.from(planted).toString('base64')]) expect(text).not.toContain(form);
  expect(outcome.failures[0]?.message).toContain('<secret pki/x>');
  expect(w.read('argv').length).toBeGreaterThan(100);
  // The scratch folder is gone with the script.
  expect(readdirSync(w.path('h1/scratch'))).toEqual([]);
});

test('issue makes key and certificate on the control machine and writes both, or one kubeconfig', async () => {
  const now = new Date();
  const authority = await createAuthority({ commonName: 'ca', days: 10, algorithm: 'ecdsa-p256', now });
  const request = {
    ca: 'ca',
    commonName: 'kubelet',
    organizations: ['system:nodes'],
    sans: ['10.0.0.1'],
    usages: ['client' as const, 'server' as const],
    days: 5,
  };
  w = world([{ host: 'h1', name: 'done', want: { text: 'x' } }]);
  Object.assign(w.resources[0]?.want ?? {}, {
    before: [
      { do: 'issue', request, to: { as: 'pem', cert: w.path('h1/k.crt'), key: w.path('h1/k.key') } },
      {
        do: 'issue',
        request,
        to: { as: 'kubeconfig', path: w.path('h1/k.conf'), server: 'https://10.0.0.1:6443', cluster: 'c', user: 'u' },
      },
    ],
  });
  const issue = async (asked: typeof request) => ({
    ...(await issueCertificate(authority, asked, { algorithm: 'ecdsa-p256', now })),
    caPem: authority.certPem,
  });
  const outcome = await carryOut(w.plan(), w.context({ issue: asked => issue(asked as typeof request) }), () => {});
  expect(outcome).toMatchObject({ ok: true });
  expect(['k.crt', 'k.key', 'k.conf'].map(name => statSync(w.path(`h1/${name}`)).mode & 0o777)).toEqual([
    0o644, 0o600, 0o600,
  ]);
  const publicKey = (words: string[]) =>
    spawnSync(
      'openssl',
      [...words, '-noout', '-pubkey'].filter(word => !(words[0] === 'pkey' && word === '-pubkey')),
      { encoding: 'utf8' },
    ).stdout;
  expect(publicKey(['x509', '-in', w.path('h1/k.crt')])).toBe(
    spawnSync('openssl', ['pkey', '-in', w.path('h1/k.key'), '-pubout'], { encoding: 'utf8' }).stdout,
  );
  expect(w.read('h1/k.conf')).toContain('client-key-data');
});
