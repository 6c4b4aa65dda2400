/** Law L7 on the host itself: what is secret in a file is not in the answer of the question that reads it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { files } from '../../src/facts/chart/files.js';
import { kubeconfigs } from '../../src/facts/chart/kubeconfigs.js';

const of = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const head = of('QJXZ', 6);
const base64 = fc.tuple(head, of('ghijklmpqrsuvwyGHKLMN+/', 18)).map(parts => `${parts.join('')}==`);
const password = fc.tuple(head, of('abcdefgh0123456789_.+%^!~', 6)).map(parts => parts.join(''));

type Form = (one: string, other: string) => string;

/** Of an encryption configuration: the key of `secret`, in every way to write it. */
const encryption: readonly Form[] = [
  (one, other) => `      - name: a\n        secret: ${one}\n      - name: b\n        secret: ${other}\n`,
  (one, other) => `      - secret: "${one}"\n        name: a\n      - secret: '${other}' # old\n`,
  (one, other) => `      - {name: a, secret: ${one}}\n      - { "secret": '${other}', name: b }\n`,
  (one, other) => `keys: [{"name":"a","secret":"${one}"},{"name":"b","secret" : "${other}"}]\n`,
  (one, other) => `{"x":[{"secret":"${one.replaceAll('/', '\\/')}"},{"secret":"${other.replace('=', '\\u003d')}"}]}\n`,
  (one, other) => `{"password":"${one}", "secret":"${other}"}\n`,
  (one, other) => `{"secret":"${one}", "password":"${other}", "more": 1}\n`,
  (one, other) => `      - secret: |\n          ${one}\n        name: a\n      - secret: >-\n          ${other}\n`,
  (one, other) => `      - secret:\n          ${one}\n        name: a\n      - secret: !!str ${other}\n`,
  (one, other) => `    "secret":\n      "${one}",\n    "name": "a", "secret": &k ${other}\n`,
];
/** Of a configuration or a pod: what its name says to be secret. */
const named: readonly Form[] = [
  (one, other) => `{"password": "${one}", "mtu": 1, "token": "${other}"}\n`,
  (one, other) => `{"password": "${one}\\"${other}", "mtu": 1}\n`,
  (one, other) => `  password: |\n    ${one}\n    a: ${other}\n  mtu: 1\n`,
  (one, other) => `  password:\n    ${one}\n  bearerToken: ${other}\n`,
  (one, other) => `  password: "${one}\n    ${other}"\n`,
  (one, other) => `  initial-cluster-token: etcd, password: ${one}\n  apiToken: '${other}'\n`,
  (one, other) => `        - name: DB_PASSWORD\n          value: |\n            ${one}\n            ${other}\n`,
  (one, other) => `        - name: DB_PASSWORD\n          value: "${one}\\"${other}"\n`,
  (one, other) => `    - --token=${one}\n    - --client-secret\n    - ${other}\n`,
  (one, other) => `-----BEGIN RSA PRIVATE KEY-----\n${one}\n${other}\n-----END RSA PRIVATE KEY-----\n`,
];

/** Of an object of kind Secret: all of its values, whatever their names. */
const inObjects: readonly Form[] = [
  (one, other) => `metadata: {name: a}\ndata:\n  a.conf: ${one}\n  b: ${other}\ntype: Opaque\n`,
  (one, other) => `stringData:\n    a: "${one}"\n    b: |\n      plain\n\n      ${other}\nimmutable: true\n`,
  (one, other) => `data: {a: ${one}, b: ${other}}\n`,
  (one, other) => `"data": {\n  "a": "${one}",\n  "b": "${other}"\n},\n`,
  (one, other) => `---\nkind: ConfigMap\n---\n- stringData:\n    a: >-\n      ${one}\n      ${other}\n`,
  (one, other) => `x: {"apiVersion":"v1","data":{"a":"${one}"},"stringData":{"b":"${other}"}}\n`,
  (one, other) => `applied: "{\\"data\\":{\\"a\\":\\"${one}\\",\\"b\\":\\"${other}\\"}}"\n`,
];

interface Host {
  readonly texts: Readonly<Record<string, string>>;
  /** Names of links, and what they lead to. */
  readonly links?: Readonly<Record<string, string>>;
  readonly configs?: readonly string[];
}

const answer = (script: string, { texts, links = {}, configs = [] }: Host): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kw-secrets-'));
  try {
    const at = (name: string): string => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      return join(folder, name);
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(at(name), text);
    for (const [name, to] of Object.entries(links)) symlinkSync(join(folder, to), at(name));
    return execFileSync('sh', {
      input: script,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      env: {
        PATH: process.env.PATH,
        LC_ALL: 'C',
        kw_named: [...Object.keys(texts), ...Object.keys(links)].map(name => join(folder, name)).join('\n'),
        kw_configs: configs.map(name => join(folder, name)).join('\n'),
        kw_found: '',
      },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const kinds = {
  EncryptionConfiguration: [base64, encryption],
  NetConfig: [password, named],
  'NetConfig\n---\nkind: Secret': [base64, inObjects],
} as const;

test.each(Object.entries(kinds))('a file of kind %s leaves no secret in the answer', (kind, [value, forms]) => {
  const all = forms.flatMap((form, at) =>
    fc.sample(fc.tuple(value, value), 12).map(([one, other], number) => ({
      name: `f-${at}-${number}.yaml`,
      text: form(one, other),
      secrets: [one, other],
    })),
  );
  const output = answer(files.question.script, {
    texts: Object.fromEntries(all.map(({ name, text }) => [name, `kind: ${kind}\n${text}last: 1\n`])),
  });
  for (const { text, secrets } of all)
    for (const secret of secrets)
      for (const part of secret.split(/[/=]/).filter(one => one.length > 5))
        expect([text, output.includes(part)]).toEqual([text, false]);
  // Whatever was hidden, what stands behind it is still there.
  expect(output.match(/^=last: 1$/gm)).toHaveLength(all.length);
});

test('digests of keys are the same, however the file writes them', () => {
  const key = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo/+A==';
  const digest = createHash('sha256').update(key).digest('hex');
  const texts = {
    'a.yaml': `kind: EncryptionConfiguration\nkeys:\n  - secret: ${key}\n`,
    'b.yaml': `kind: EncryptionConfiguration\nkeys: [{secret: ${key}}]\n`,
    'c.yaml': `{"kind":"EncryptionConfiguration","keys":[{"secret":"${key.replace('/', '\\/')}"}]}\n`,
  };
  expect(answer(files.question.script, { texts }).split(`sha256:${digest}`)).toHaveLength(4);
});

test('the kind of an object may stand behind its values, and other files keep theirs', () => {
  const texts = {
    'a.yaml': 'data:\n  x: QJXZQJ\nmetadata:\n  name: a\nkind: Secret\n',
    'b.yaml': 'items:\n- data:\n    x: QJXZQJ\n  kind: "Secret"\n- kind: Pod\n',
    'c.yaml': 'kind: ConfigMap\ndata:\n  x: plain\n',
    'd.yaml': 'kind: SecretProviderClass\ndata:\n  x: plain\n',
    'e.json': '{"data":{"x":"QJXZQJ"},"kind":"Secret"}\n',
  };
  const output = answer(files.question.script, {
    // Of a kind that the question reads, wherever it lies.
    texts: Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, `kind: NetConfig\n---\n${text}`])),
  });
  expect(output).not.toContain('QJXZQJ');
  expect(output).toContain('=  name: a');
  expect(output).toContain('=- kind: Pod');
  expect(output.match(/^= {2}x: plain$/gm)).toHaveLength(2);
});

test('a link brings the text of no file that would not come by its own name', () => {
  const output = answer(files.question.script, {
    texts: { 'real/shadow': 'root:QJXZQJhash:1\n', 'real/pod.yaml': 'kind: Policy\nplain: 1\n' },
    links: { 'etc/haproxy.cfg': 'real/shadow', 'etc/keepalived.conf': 'real/pod.yaml' },
  });
  expect(output).toContain('etc/haproxy.cfg');
  expect(output).not.toContain('QJXZQJ');
  expect(output).toContain('=plain: 1');
});

test('a file that a configuration only calls a kubeconfig leaves nothing of it in the answer', () => {
  const texts = {
    'srv/shadow': 'root:QJXZQJhash:19000:0:99999:7:::\n',
    'srv/env': 'kind: Pod\nA=QJXZQJenv\n',
    'srv/node': 'apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: a\n  user: {token: QJXZQJtoken, x: 1}\n',
    'srv/j': '{"kind": "Config", "users": [{"user": {"password": "QJXZQJ\\"QJXZQJ", "token":"QJXZQJ"}}]}\n',
    'srv/x.kubeconfig': 'hello QJXZQJ\n',
  };
  const output = answer(kubeconfigs.question.script, { texts, configs: Object.keys(texts) });
  expect(output).not.toContain('QJXZQJ');
  expect(output.match(/^#config .*$/gm)?.map(line => line.split('/').at(-1))).toEqual(['x.kubeconfig', 'node', 'j']);
});
