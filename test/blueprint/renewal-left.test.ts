/** What the renewal leaves as it is, and what it is worth when it is killed. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createAuthority, issueCertificate, type Pair } from '../../src/pki/issue.js';
import { keyMatches, makeKeyPair, privatePemOf } from '../../src/pki/key.js';
import { readKubeconfig } from '../../src/pki/read-kubeconfig.js';
import { hasOpenssl } from '../pki/made.js';
import {
  ago,
  at,
  authority,
  config,
  env,
  leaves,
  noLeaves,
  pair,
  read,
  renew,
  request,
  script,
  stub,
  toDo,
  tree,
  wanted,
} from './renewal-host.js';

describe.skipIf(!hasOpenssl)('what is not signed again, and stays byte by byte', () => {
  const other = () =>
    createAuthority({ commonName: 'kubernetes-ca', algorithm: 'ecdsa-p256', days: 3650, now: ago(80) });
  const foreign: readonly (readonly [string, string, (ca: Pair) => Promise<void> | void])[] = [
    [
      'another CA of the same name has signed it',
      'another CA',
      async () => {
        await pair(await other(), 'pki/apiserver.crt');
        leaves.pop();
      },
    ],
    [
      'the CA was replaced, certificate and key',
      'another CA',
      async () => {
        const { certPem, keyPem } = await other();
        writeFileSync(at('pki/ca.crt'), certPem);
        writeFileSync(at('pki/ca.key'), keyPem);
      },
    ],
    [
      'the CA has another key',
      'is not the key of',
      async () => writeFileSync(at('pki/ca.key'), (await other()).keyPem),
    ],
    ['no key of the CA', 'is not on this host', () => rmSync(at('pki/ca.key'))],
    [
      'its key is another one',
      'belongs to another certificate',
      async () => writeFileSync(at('pki/apiserver.key'), privatePemOf((await makeKeyPair('ecdsa-p256')).privateKey)),
    ],
    [
      'it is of somebody else',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ commonName: 'admin' }) });
        leaves.pop();
      },
    ],
    [
      'it has a group more',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ organizations: ['system:masters'] }) });
        leaves.pop();
      },
    ],
    [
      'it may do more',
      'not as Kubewizard signs it',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { asked: request({ usages: ['server', 'client'] }) });
        leaves.pop();
      },
    ],
    [
      'the clock is behind',
      'is the clock of this host behind',
      async ca => {
        await pair(ca, 'pki/apiserver.crt', { age: -30 });
        leaves.pop();
      },
    ],
    [
      'a link stands there',
      'it is no file',
      () => {
        writeFileSync(at('pki/elsewhere'), read('pki/apiserver.crt'));
        rmSync(at('pki/apiserver.crt'));
        symlinkSync(at('pki/elsewhere'), at('pki/apiserver.crt'));
      },
    ],
    ['it is no certificate', 'there is no certificate', () => writeFileSync(at('pki/apiserver.crt'), 'x')],
  ];

  test.each(foreign)('%s', async (_, why, change) => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    await change(ca);
    const before = tree();
    const { code, stdout, stderr } = renew();
    expect(stderr).toContain(why);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(tree()).toEqual(before);
  });

  test('it is changed while it is signed', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    const changed = (await issueCertificate(ca, request(), { algorithm: 'ecdsa-p256', now: ago(1) })).certPem;
    writeFileSync(at('changed'), changed);
    stub('sync', `cp ${at('changed')} ${at('pki/apiserver.crt')}; exit 0`);
    expect(renew()).toMatchObject({ code: 1, stdout: '' });
    expect(read('pki/apiserver.crt')).toBe(changed);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  test('a run of kw is under way: its lock lives', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    const before = tree();
    writeFileSync(at('home/lock'), `${Math.floor(Date.now() / 1000) + 50}\nrun\n{}\n`);
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(tree()).toEqual(before);
    writeFileSync(at('home/lock'), `${Math.floor(Date.now() / 1000) - 5}\nrun\n{}\n`);
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(tree()).not.toEqual(before);
  });

  test('nothing is there yet', async () => {
    await authority('ca');
    wanted('pki/apiserver.crt', request());
    expect(renew()).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

describe.skipIf(!hasOpenssl)('killed', () => {
  test('between the two renames: the next run, or systemd behind the killed one, ends it', async () => {
    const ca = await authority('ca');
    const old = await pair(ca, 'pki/apiserver.crt');
    stub('mv', `/bin/mv -f "$4" "$3/" && kill -9 $PPID`);
    renew();
    expect(read('pki/apiserver.crt'), 'the key is new, its certificate is not').toBe(old.certPem);
    expect(keyMatches(read('pki/apiserver.crt'), read('pki/apiserver.key'))).toBe(false);
    rmSync(at('bin/mv'));
    expect(renew('settle')).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  test('the disk takes the key and not its certificate: ended as soon as it does, and nothing is thrown away', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    stub('mv', `[ -e ${at('full')} ] || { : >${at('full')}; /bin/mv -f "$4" "$3/"; }; exit 1`);
    const { code, stderr } = renew();
    expect(code).toBe(1);
    expect(stderr).toContain('its new key is there, and its certificate is not yet');
    rmSync(at('bin/mv'));
    expect(renew()).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });

  /** The nth command of these ends the script and all that it has started; true: it came to that. */
  const killedAt = async (n: number): Promise<boolean> => {
    const names = ['openssl', 'cp', 'cmp', 'sync', 'mv'];
    writeFileSync(at('count'), '0');
    for (const name of names) {
      const real = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      const count = `n=$(($(cat ${at('count')}) + 1)); echo $n >${at('count')}; [ $n != ${n} ] || kill -9 0`;
      stub(name, `${count}; exec ${real} "$@"`);
    }
    const killed = spawn('sh', ['-c', script(), 'renew'], { env: env(), detached: true, stdio: 'ignore' });
    const signal = await new Promise(resolve => killed.once('exit', (_, by) => resolve(by)));
    for (const name of names) rmSync(at(`bin/${name}`));
    return signal === 'SIGKILL';
  };

  test('at any moment: settled, there is a pair; renewed, it is a new one', async () => {
    const ca = await authority('ca');
    for (const moment of [2, 9, 14, 15, 16, 17, 18, 19, 20, 22, 26]) {
      noLeaves();
      await pair(ca, 'pki/apiserver.crt');
      await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service']);
      expect(await killedAt(moment), `killed at command ${moment}`).toBe(true);
      expect(renew('settle').code).toBe(0);
      expect(keyMatches(read('pki/apiserver.crt'), read('pki/apiserver.key'))).toBe(true);
      expect(readKubeconfig(read('conf/scheduler.conf'), 'x').problems).toEqual([]);
      expect(renew()).toMatchObject({ code: 0, stderr: '' });
      expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
      expect(readdirSync(at('run')).sort()).toEqual(['renewal.lock', 'started']);
      expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
    }
  });
});

describe.skipIf(!hasOpenssl)('an openssl that cannot sign', () => {
  const tools: readonly (readonly [string, () => void])[] = [
    ['OpenSSL 1.0.2k-fips 26 Jan 2017', () => stub('openssl', 'echo OpenSSL 1.0.2k-fips 26 Jan 2017')],
    ['OpenSSL 1.1.0l', () => stub('openssl', 'echo OpenSSL 1.1.0l')],
    ['LibreSSL 3.8.2', () => stub('openssl', 'echo LibreSSL 3.8.2')],
    ['one that does not answer', () => stub('openssl', 'exit 127')],
    ['none', () => rmSync(at('bin/openssl'), { force: true })],
  ];
  /** A host that has everything but openssl. */
  const only = (): string => {
    for (const name of 'sh awk base64 cat chmod cmp cp cut date diff flock grep head mkdir mktemp mv od rm rmdir sed sort sync tail tr'.split(
      ' ',
    ))
      symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), at(`bin/${name}`));
    return at('bin');
  };

  test.each(tools)('%s: said by its name where a renewal is owed, and nowhere else', async (tool, make) => {
    const ca = await authority('ca');
    const path = only();
    make();
    await pair(ca, 'pki/apiserver.crt', { age: 59 });
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service'], 59);
    const young = tree();
    expect(renew('due', path)).toEqual({ code: 0, stdout: '', stderr: '' });
    noLeaves();
    await pair(ca, 'pki/apiserver.crt', { age: 61 });
    await config(ca, 'conf/scheduler.conf', ['kube-scheduler.service'], 61);
    expect(tree()).not.toEqual(young);
    const before = tree();
    const { code, stdout, stderr } = renew('due', path);
    expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
    expect(stderr.trim().split('\n')).toHaveLength(2);
    for (const line of stderr.trim().split('\n'))
      expect(line).toContain(`left as it is: its renewal needs OpenSSL 1.1.1 or later, and this host has ${tool}`);
    expect(tree()).toEqual(before);
  });

  test('what was begun is not thrown away by it', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    stub('mv', `/bin/mv -f "$4" "$3/" && kill -9 $PPID`);
    renew();
    rmSync(at('bin/mv'));
    for (const broken of ['echo OpenSSL 1.0.2k-fips', '[ "$1" != version ] || echo OpenSSL 3.0.2', 'exit 1']) {
      stub('openssl', broken);
      expect(renew('settle').code).not.toBe(0);
    }
    rmSync(at('bin/openssl'));
    expect(renew('settle')).toMatchObject({ code: 0, stderr: '' });
    expect(toDo('pki/apiserver.crt', ca, request())).toEqual([]);
  });

  test('what somebody has replaced since is no reason to keep what was begun', async () => {
    const ca = await authority('ca');
    await pair(ca, 'pki/apiserver.crt');
    stub('mv', `/bin/mv -f "$4" "$3/" && kill -9 $PPID`);
    renew();
    rmSync(at('bin/mv'));
    noLeaves();
    const own = await pair(ca, 'pki/apiserver.crt', { age: 1 });
    expect(renew()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(read('pki/apiserver.crt')).toBe(own.certPem);
    expect(readdirSync(at('pki')).sort()).toEqual(['apiserver.crt', 'apiserver.key', 'ca.crt', 'ca.key', 'etcd']);
  });
});
