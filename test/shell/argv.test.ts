/**
 * No secret stands in the arguments of a command: everybody on a host reads /proc/PID/cmdline. Two laws: every script
 * of the house, as it is written, hands secrets on by a file or by stdin; and what is asked of a host that is full of
 * secrets starts no program with one of them.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';
import { chartScript } from '../../src/facts/chart/index.js';
import { hostFacts } from '../../src/facts/host.js';
import { carried } from '../../src/facts/host/carried.js';
import type { Question } from '../../src/model/fact.js';
import { preflight } from '../../src/preflight/questions.js';

/** A template `sh` with its interpolations as `${expression}`. */
interface Written {
  readonly place: string;
  readonly text: string;
  readonly values: readonly string[];
}

const writtenIn = (path: string, text: string): readonly Written[] => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: Written[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'sh') {
      const { template } = node;
      const spans = ts.isTemplateExpression(template) ? template.templateSpans : [];
      const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
      found.push({
        place: `${path}:${line}`,
        text: template.getText(file).slice(1, -1),
        values: spans.map(span => span.expression.getText(file)),
      });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};

/** Names of values that are secrets, unless they are the path, the name or the number of one. */
const secretValue = /(secret|password|passphrase|token|privateKey|keyPem|encryptionKey|reveal\()/i;
const onlyAbout = /(path|file|name|dir|folder|id|quote\(|count|length|server\?\.token)/i;

const rules: readonly (readonly [says: string, pattern: RegExp])[] = [
  ['a header with a credential', /(?:-H|--header)[= ]?\s*["']?(?:Proxy-)?Authorization:?\s/i],
  ['a user with a password', /(?:--user|--proxy-user|\s-u)[= ]["']?(?:\$\{?\w+\}?|[\w.-]+):["']?\$/],
  [
    'a flag with a secret',
    /--(?:token|bearer-token|password|passphrase|secret|requirepass|etcd-password)(?:=| )["']?\$/,
  ],
  ['a password of openssl', /-pass(?:in|out)?\s+["']?pass:["']?[^\s"']/],
  [
    'what a file with a secret holds',
    /\$\((?:\s*(?:cat|head|base64|sed|awk|cut|tr)\b|<)[^)]*(?:\.key|token|encryption|secret|passw)[^)]*\)/i,
  ],
];
/** A shell itself does these: no process is started that has the value among its arguments. */
const byTheShell = /^\s*(?:[A-Za-z_]\w*=|export\s|local\s|\[\s|case\s|test\s|printf\s|echo\s|:\s|set\s|read\s)/;

const spoken = ({ place, text, values }: Written): readonly string[] => [
  ...commandsOf(text).flatMap(command =>
    rules.flatMap(([says, pattern]) =>
      pattern.test(command) && !byTheShell.test(command) ? [`${place}: ${says}`] : [],
    ),
  ),
  ...values
    .filter(value => secretValue.test(value) && !onlyAbout.test(value))
    .map(value => `${place}: the value ${value}`),
];

/** Cut where a command begins; what a substitution holds stays with the command that it is an argument of. */
const commandsOf = (text: string): readonly string[] => text.split(/\n|;|&&|\|\||\||\bthen\b|\bdo\b|\belse\b|\{ /);

const sources = (): readonly Written[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    // Faults make hosts of the lab ill, and a lab has nobody's secrets.
    .filter(path => path.endsWith('.ts') && !path.startsWith('lab/'))
    .flatMap(path => writtenIn(path, readFileSync(join('src', path), 'utf8')));

describe('every script of the house, as it is written', () => {
  test('has no secret among the words of a command', () => {
    const all = sources();
    expect(all.length).toBeGreaterThan(300);
    expect(all.flatMap(spoken)).toEqual([]);
  });

  test.each([
    'sh`curl -sk -H "Authorization: Bearer $t" https://x`',
    'sh`curl --header "Authorization: Basic ${raw(x)}" y`',
    'sh`kubeadm join ${address} --token ${token}`',
    'sh`kubeadm join --token $(cat /etc/kubernetes/x)`',
    'sh`etcdctl --user root:$PASS get /`',
    'sh`curl -u admin:$p https://x`',
    'sh`openssl pkey -passin pass:$p -in k`',
    'sh`openssl enc -K "$(cat /etc/kubernetes/encryption.key)"`',
    'sh`true; redis-cli --requirepass $(sed -n 1p /etc/secret)`',
    'sh`put ${keyPem}`',
    'sh`echo $(sh -c ${encryptionKey})`',
    "sh`set ${vault.reveal('encryption/key')}`",
  ])('is caught where it has: %s', line => {
    expect(writtenIn('planted.ts', `const x = ${line};`).flatMap(spoken).length).toBeGreaterThan(0);
  });

  test.each([
    'sh`rm -f ${tokenPath}`',
    'sh`curl -K - https://x`',
    'sh`openssl pkey -in "$k" -passin pass: 2>/dev/null`',
    'sh`t=$(cat /var/lib/token)`',
    'sh`[ "$(cat x.key)" = y ]`',
  ])('and is not accused where it has not: %s', line => {
    expect(writtenIn('fine.ts', `const x = ${line};`).flatMap(spoken)).toEqual([]);
  });
});

const root = mkdtempSync(join(tmpdir(), 'kw-argv-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Each where it stands on real hosts. The values are words that occur nowhere else. */
const planted: Readonly<Record<string, string>> = {
  'etc/kubernetes/encryption-config.yaml':
    'kind: EncryptionConfiguration\nresources:\n- resources: [secrets]\n  providers:\n  - secretbox:\n      keys:\n' +
    '      - name: k1\n        secret: UExBTlRFRDAxLWVuY3J5cHRpb24ta2V5LTAxMjM0NTY=\n',
  'etc/kubernetes/bootstrap-kubelet.conf':
    'apiVersion: v1\nkind: Config\nusers:\n- name: b\n  user:\n    token: pland2.planted020123456\n',
  'etc/kubernetes/admin.conf':
    'apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-key-data: UExBTlRFRDAzLWtleQ==\n' +
    '    password: PLANTED04\n',
  'etc/kubernetes/kubelet.conf':
    'kind: Config\nusers:\n- name: a\n  user:\n    client-key-data: UExBTlRFRDE1LWtleQ==\n',
  'etc/kubernetes/pki/ca.key': '-----BEGIN PRIVATE KEY-----\nUExBTlRFRDA1LWNhLWtleQ==\n-----END PRIVATE KEY-----\n',
  'etc/kubernetes/pki/sa.key': '-----BEGIN PRIVATE KEY-----\nUExBTlRFRDA2LXNhLWtleQ==\n-----END PRIVATE KEY-----\n',
  'etc/kubernetes/manifests/etcd.yaml':
    'kind: Pod\nspec:\n  containers:\n  - command: [etcd, --password=PLANTED07]\n    env:\n' +
    '    - {name: MYSQL_PWD, value: PLANTED08}\n',
  'etc/containerd/config.toml': 'version = 2\n[auth]\npassword = "PLANTED09"\n',
  'etc/keepalived/keepalived.conf': 'authentication {\n auth_type PASS\n auth_pass PLANTED10\n}\n',
  'etc/haproxy/haproxy.cfg': 'listen stats\n stats auth admin:PLANTED11\n',
  'etc/systemd/system/kubelet.service': '[Service]\nEnvironment=API_TOKEN=PLANTED12\nExecStart=/usr/bin/kubelet\n',
  'var/lib/kubelet/config.yaml': 'kind: KubeletConfiguration\n# token: PLANTED13-0123456\n',
  'var/lib/kubelet/kubeadm-flags.env': 'KUBELET_KUBEADM_ARGS="--token=PLANTED14"\n',
};
const secrets = [
  ...Array.from({ length: 14 }, (_, n) => `PLANTED${String(n + 1).padStart(2, '0')}`),
  'UExBTlRFRD',
  'planted020123456',
];

/** Programs that write down what they were started with, and are then what they are called. */
const watched = (here: string): string => {
  const bin = join(here, 'bin');
  mkdirSync(bin);
  const log = join(here, 'argv');
  for (const folder of ['/usr/sbin', '/usr/bin', '/sbin', '/bin'])
    for (const name of readdirSync(folder, { encoding: 'utf8' })) {
      const path = join(bin, name);
      try {
        writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "$0 $*" >>${log}\nexec ${folder}/${name} "$@"\n`, {
          flag: 'wx',
        });
        chmodSync(path, 0o755);
      } catch {
        // The first folder that has it is the one that a shell takes.
      }
    }
  return bin;
};

const ask = (script: string): string => {
  const here = mkdtempSync(join(root, 'host-'));
  for (const [path, text] of Object.entries(planted)) {
    mkdirSync(dirname(join(here, path)), { recursive: true });
    writeFileSync(join(here, path), text);
  }
  const there = script.replaceAll(
    /(?<![\w.$}*/-])\/(etc\/(?:kubernetes|containerd|keepalived|haproxy|systemd)|var\/lib)\b/g,
    `${here}/$1`,
  );
  const file = join(here, 'script');
  writeFileSync(file, there);
  execFileSync('sh', [file], {
    env: { PATH: watched(here), LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: 300_000,
  });
  return readFileSync(join(here, 'argv'), 'utf8');
};
const said = (argv: string): readonly string[] =>
  argv.split('\n').filter(line => secrets.some(secret => line.includes(secret)));

const scriptOf = (question: Question): string => {
  if (question.ask !== 'host') throw new Error('no host is asked');
  return question.script;
};

describe('a host that is full of secrets is asked', () => {
  test.each([
    ['by the clinic', () => chartScript('n0ncen0nce')],
    ['by the plan', () => scriptOf(hostFacts('10.0.0.1').question)],
    ['whose it is', () => scriptOf(carried.question)],
    ['by preflight', () => scriptOf(preflight({ targets: [], etcd: false }).question)],
  ] as const)('%s, and no program is started with one', (_, script) => {
    const argv = ask(script());
    expect(argv.split('\n').length).toBeGreaterThan(1);
    expect(said(argv)).toEqual([]);
  });

  test('and one that is planted in a question is caught', () => {
    const argv = ask(
      'head -c 10 /etc/kubernetes/admin.conf >/dev/null\nenv expr x : "$(cat /etc/kubernetes/admin.conf)"; true',
    );
    expect(said(argv).length).toBeGreaterThan(0);
  });
});
