/** A run of kw that begins while the timer's script is at work: nobody's key meets another's certificate. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { takeScript } from '../../src/engine/lock/script.js';
import { keyMatches } from '../../src/pki/key.js';
import { hasOpenssl } from '../pki/made.js';
import { at, authority, config, pair, read, renew, request, stub, systemctl, toDo, tree } from './renewal-host.js';

const real = (name: string): string => execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
const begins = (): string => `printf '%s\\nrun\\n{}\\n' $(($(date +%s) + 50)) >${at('home/lock')}`;
const ends = (): void => rmSync(at('home/lock'), { force: true });
const begun = 'a run of kw has begun on this host: what is left waits for the next time\n';

describe.skipIf(!hasOpenssl)('a run of kw begins', () => {
  test('while something is signed: nothing is replaced, nothing has failed, and the next time does it', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    const before = tree();
    stub('openssl', `[ "$1" != ca ] || ${begins()}; exec ${real('openssl')} "$@"`);
    expect(renew()).toEqual({ code: 0, stdout: begun, stderr: '' });
    expect(tree(), 'and nothing of its own is left behind').toEqual(before);
    expect(systemctl()).toEqual([]);
    rmSync(at('bin/openssl'));
    ends();
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(systemctl()).toEqual(['restart kube-scheduler.service']);
  });

  test('while a pair gets its names: it waits until both have them', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    const terms = { home: at('home'), run: 'run', owner: '{}', ttl: 50, dead: [] };
    writeFileSync(at('take'), takeScript(terms));
    const take = `sh ${at('take')} >/dev/null 2>&1 8>&- 9>&- & sleep 0.5`;
    stub(
      'mv',
      `[ "$2" = -t ] || exec ${real('mv')} "$@"; ${take}; ls ${at('home')} >${at('then')}; ${real('mv')} "$@"`,
    );
    const { code, stderr } = renew();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(read('then'), 'no run has begun').toBe('');
    expect(keyMatches(read('pki/apiserver.crt'), read('pki/apiserver.key'))).toBe(true);
    for (let tries = 0; !existsSync(at('home/lock')) && tries < 100; tries++)
      await new Promise(resolve => setTimeout(resolve, 50));
    expect(read('home/lock'), 'and now it has').toMatch(/^\d+\nrun\n/);
  });

  test('while what a killed run has left is ended: it is left to the next time', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    stub('mv', `${real('mv')} -f "$4" "$3/" && kill -9 $PPID`);
    renew();
    rmSync(at('bin/mv'));
    const before = tree();
    stub('mktemp', `${begins()}; exec ${real('mktemp')} "$@"`);
    expect(renew('settle')).toEqual({ code: 0, stdout: begun, stderr: '' });
    expect(tree()).toEqual(before);
    rmSync(at('bin/mktemp'));
    ends();
    expect(renew('settle')).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  test('before who reads it once is restarted: the restart is owed until it has ended', async () => {
    const ca = await authority('ca');
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
    stub('mv', `${real('mv')} "$@" && ${begins()}`);
    const { code, stdout, stderr } = renew();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+scheduler\.conf: renewed until /);
    expect(stdout.endsWith(begun)).toBe(true);
    expect(systemctl()).toEqual([]);
    ends();
    expect(renew('settle')).toMatchObject({ code: 0, stderr: '' });
    expect(systemctl()).toEqual(['restart kube-scheduler.service']);
  });
});
