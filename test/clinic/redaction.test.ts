/**
 * The kinds of secrets that texts of hosts hold, each by a generator: random values, in every place and quoting in
 * which such a value is written. A rule that knows one example only fails here.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactTree } from '../../src/model/redaction/redact.js';
import { hideKeys } from '../../src/facts/file.js';

const of = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ';
const word = `${letters}0123456789`;
/** What people and generators put into passwords, and a shell takes without quotes. */
const password = fc.tuple(of(word, 4), of(`${word}_.+-=%^!~`, 4, 20)).map(parts => parts.join(''));
const name = of('abcdefghijklmnop', 3, 10);

/** Each writes one value as a text. */
type Form = (secret: string) => string;
type Forms = readonly Form[];

/** A variable of the environment, wherever one is written. */
const variables = (variable: string): Forms => [
  secret => `${variable}=${secret}`,
  secret => `export ${variable}=${secret}; exec app`,
  secret => `export ${variable}='${secret}'`,
  secret => `export ${variable}="${secret}"`,
  secret => `Environment=${variable}=${secret}`,
  secret => `Environment="${variable}=${secret}" "PATH=/usr/bin"`,
  secret => `  "Env": ["PATH=/bin", "${variable}=${secret}"]`,
  secret => `        - name: ${variable}\n          value: ${secret}\n`,
  secret => `        - name: ${variable}\n          value: "${secret}"\n`,
  secret => `{"name": "${variable}", "value": "${secret}"}`,
  secret => `{"name":"${variable}","value":"${secret}"}`,
  secret => `${variable}: ${secret}\n`,
  secret => `${variable}: "${secret}"\n`,
  secret => `{"${variable}": "${secret}"}`,
  secret => `docker run -e ${variable}=${secret} image`,
];
/** A flag with a value. */
const flags = (flag: string): Forms => [
  secret => `app ${flag} ${secret} --port 6379`,
  secret => `app ${flag}=${secret} --port 6379`,
  secret => `app ${flag} '${secret}'`,
  secret => `app ${flag}="${secret}"`,
  secret => `    - ${flag}\n    - ${secret}\n`,
  secret => `    - ${flag}=${secret}\n`,
  secret => `    - "${flag}"\n    - "${secret}"\n`,
  secret => `["app", "${flag}", "${secret}"]`,
  secret => `["app","${flag}=${secret}"]`,
];

interface Kind {
  readonly value: fc.Arbitrary<string>;
  readonly forms: Forms;
}
const forge = (prefix: string, alphabet: string, min: number, max: number): Kind => ({
  value: of(alphabet, min, max).map(tail => `${prefix}${tail}`),
  forms: [
    secret => secret,
    secret => `git clone https://${secret}@forge.example/a.git`,
    secret => `curl -H "PRIVATE-TOKEN: ${secret}" https://forge.example`,
    secret => `level=error msg="bad credentials" value=${secret}`,
    secret => `{"auth":"${secret}"}`,
  ],
});
const hook = (before: string): Kind => ({
  value: fc.tuple(of(word, 8, 12), of(`${word}-_`, 20, 40)).map(parts => parts.join('/')),
  forms: [
    secret => `url: ${before}${secret}\n`,
    secret => `"api_url":"${before}${secret}"`,
    secret => `Post "${before}${secret}": dial tcp: i/o timeout`,
    secret => `curl -d x ${before}${secret}`,
  ],
});

const kinds: Readonly<Record<string, Kind>> = {
  'mysql -p': {
    value: password,
    forms: ['mysql', 'mysqldump', 'mysqladmin', 'mariadb', 'mariadb-dump', '/usr/bin/mysql'].flatMap(
      (program): Forms => [
        secret => `${program} -h db -u root -p${secret} shop`,
        secret => `${program} -uroot -p'${secret}'`,
        secret => `${program} -uroot -p"${secret}" -e 'select 1'`,
        secret => `["${program}", "-uroot", "-p${secret}"]`,
        secret => `        - ${program}\n        - -uroot\n        - -p${secret}\n`,
        secret => `${program} -uroot --password=${secret}`,
      ],
    ),
  },
  '--requirepass': { value: password, forms: flags('--requirepass') },
  '--masterauth': { value: password, forms: flags('--masterauth') },
  requirepass: {
    value: password,
    forms: [
      secret => `requirepass ${secret}\n`,
      secret => `requirepass "${secret}"\n`,
      secret => `masterauth ${secret}\n`,
    ],
  },
  'redis-cli -a': {
    value: password,
    forms: [secret => `redis-cli -h r -a ${secret} ping`, secret => `redis-cli -a '${secret}' ping`],
  },
  MYSQL_PWD: { value: password, forms: variables('MYSQL_PWD') },
  PGPASSWORD: { value: password, forms: variables('PGPASSWORD') },
  '*_TOKEN': { value: password, forms: ['GITHUB_TOKEN', 'VAULT_TOKEN', 'X9_TOKEN'].flatMap(variables) },
  '*_SECRET': { value: password, forms: variables('CLIENT_SECRET') },
  '*_PASS': { value: password, forms: variables('SMTP_PASS') },
  'a data source': {
    value: of(`${word}_.+-=%^!~#$*`, 6, 20),
    forms: ['tcp(10.0.0.5:3306)', 'tcp(db.example:3306)', 'unix(/run/mysqld.sock)'].flatMap(
      (to): Forms => [
        secret => `--dsn=root:${secret}@${to}/shop`,
        secret => `DSN="app_user:${secret}@${to}/shop?parseTime=true"`,
        secret => `dsn: app:${secret}@${to}/shop\n`,
        secret => `{"dsn":"app:${secret}@${to}/shop"}`,
      ],
    ),
  },
  'a URL': {
    value: of(`${word}_.+-=%^!~`, 6, 20),
    forms: ['http', 'https', 'postgres', 'amqp', 'redis', 'mongodb+srv'].flatMap(
      (scheme): Forms => [
        secret => `${scheme}://user:${secret}@host.example:1234/x`,
        secret => `"${scheme}://user:${secret}@host.example/x"`,
      ],
    ),
  },
  psk: {
    value: password,
    forms: [
      secret => `    psk: ${secret}\n`,
      secret => `    psk="${secret}"\n`,
      secret => `psk=${secret}\n`,
      secret => `{"psk": "${secret}"}`,
      secret => `  password: "${secret}"\n  psk: '${secret}'\n`,
    ],
  },
  Slack: hook('https://hooks.slack.com/services/'),
  Discord: hook('https://discord.com/api/webhooks/'),
  'Discord of old': hook('https://discordapp.com/api/webhooks/'),
  Mattermost: hook('https://chat.example/hooks/'),
  Teams: hook('https://firm.webhook.office.com/webhookb2/'),
  'Telegram bot': {
    value: fc.tuple(of('0123456789', 9), of(`${word}_-`, 35)).map(parts => parts.join(':')),
    forms: [secret => `https://api.telegram.org/bot${secret}/sendMessage`, secret => `bot_token: ${secret}\n`],
  },
  // What nothing in its name says: only that it stands in a Secret.
  'kind: Secret': {
    value: password,
    forms: [
      secret => `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  a.conf: ${secret}\ntype: Opaque\n`,
      secret => `apiVersion: v1\nstringData:\n    a: "${secret}"\n    b: 1\nkind: Secret\n`,
      secret => `kind: "Secret"\nstringData:\n  a: |\n    first\n    ${secret}\n  b: c\n`,
      secret => `items:\n- apiVersion: v1\n  data:\n    a: ${secret}\n  kind: Secret\n- kind: Pod\n`,
      secret => `{"apiVersion":"v1","data":{"a":"${secret}"},"kind":"Secret"}`,
      secret => JSON.stringify({ kind: 'Secret', stringData: { x: 'y', a: secret } }, undefined, 2),
      secret => `kind: Secret\ndata: {a: ${secret}, b: c}\n`,
    ],
  },
  'GitHub, classic': forge('ghp_', word, 36, 40),
  'GitHub, app': forge('ghs_', word, 36, 40),
  'GitHub, fine-grained': forge('github_pat_', `${word}_`, 40, 82),
  GitLab: forge('glpat-', `${word}-_`, 20, 30),
  'GitLab runner': forge('glrt-', `${word}-_`, 20, 30),
  'Slack token': forge('xoxb-', `${word}-`, 20, 50),
  npm: forge('npm_', word, 36, 36),
  'Docker Hub': forge('dckr_pat_', `${word}-_`, 27, 27),
};

describe.each(Object.entries(kinds))('%s', (_, { value, forms }) => {
  const cases = fc.record({
    secret: value,
    form: fc.constantFrom(...forms),
    before: fc.constantFrom('', 'x', '2026-01-01T00:00:00Z INFO ', '{"a":1}'),
    after: fc.constantFrom('', 'and more', '# end'),
  });
  test('is taken out, whatever its value is and wherever it is written', () => {
    fc.assert(
      fc.property(cases, ({ secret, form, before, after }) => {
        const line = form(secret);
        const text = `${before}\n${line}\n${after}`;
        expect([line, redact(text).includes(secret)]).toEqual([line, false]);
        // What a plan and `kw drift` show of a file is held to the same.
        expect([line, hideKeys(text).includes(secret)]).toEqual([line, false]);
      }),
      { numRuns: 150 },
    );
  });
  test('is taken out of a tree, and out of JSON in a string', () => {
    fc.assert(
      fc.property(cases, name, ({ secret, form }, key) => {
        const line = form(secret);
        expect([line, JSON.stringify(redactTree({ [key]: [line] })).includes(secret)]).toEqual([line, false]);
        const nested = JSON.stringify({ [key]: line });
        expect([nested, redact(nested).includes(secret)]).toEqual([nested, false]);
      }),
      { numRuns: 100 },
    );
  });
});

test('a variable of a container, and a word after its flag, is taken out of every tree', () => {
  const pairs = fc.tuple(
    fc.constantFrom('MYSQL_PWD', 'GITHUB_TOKEN', 'X_TOKEN', 'PGPASSWORD', 'SMTP_PASS', 'WIFI_PSK', 'CLIENT_SECRET'),
    fc.constantFrom('--requirepass', '--masterauth', '--token', '--password', '-a'),
    password,
  );
  fc.assert(
    fc.property(pairs, ([variable, flag, secret]) => {
      const words = [flag === '-a' ? 'redis-cli' : 'app', flag, secret];
      const tree = { env: [{ name: variable, value: secret }], args: words, map: { [variable]: secret } };
      expect([variable, flag, JSON.stringify(redactTree(tree)).includes(secret)]).toEqual([variable, flag, false]);
    }),
  );
});

test('of a Secret the names and all that is around stay, and another object keeps its data', () => {
  const text = 'kind: Secret\nmetadata:\n  name: a\ndata:\n  x: eA==\n  y: |\n    b\ntype: Opaque\n';
  const other = '---\nkind: ConfigMap\ndata:\n  x: plain\n---\nkind: SecretProviderClass\ndata:\n  x: plain\n';
  expect(redact(text + other)).toBe(
    `kind: Secret\nmetadata:\n  name: a\ndata:\n  x: REDACTED\n  y: REDACTED\n\ntype: Opaque\n${other}`,
  );
});

test('a URL: a key where a user stands goes, and a password with an @ in it goes whole', () => {
  const url = fc.tuple(fc.constantFrom('https', 'postgres', 'amqp'), of(word, 20, 40), password, password, password);
  fc.assert(
    fc.property(url, ([scheme, key, one, two, three]) => {
      const shown = redact(`dsn: ${scheme}://1a${key}:${one}@sentry.example/42`);
      expect(shown).toMatch(/^dsn: \w+:\/\/REDACTED:REDACTED@sentry\.example\/42$/);
      const many = redact(`dial ${scheme}://app:${one}@${two}@${three}@db-1.example:5432/x failed`);
      expect(many).toBe(`dial ${scheme}://app:REDACTED@db-1.example:5432/x failed`);
    }),
  );
  for (const text of [
    'https://anna:REDACTED@forge.example/a@v1.2',
    'mongodb://replication-of-the-shop:REDACTED@db-1:27017,db-2:27017/x',
    'image docker://registry.example:5000/a@sha256:0123',
    'https://abcdefghijklmnop0123456789:6443/healthz',
  ])
    expect(redact(text)).toBe(text);
});

test('a key of Ceph, of 16 bytes and of 32', () => {
  const keys = fc.tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(16, 32),
    fc.uint8Array({ minLength: 40, maxLength: 40 }),
  );
  fc.assert(
    fc.property(keys, ([type, long, random]) => {
      // Type, seconds, nanoseconds, length, key: little-endian.
      const head = Buffer.from([type, 0, ...random.slice(32), long, 0]);
      const key = Buffer.concat([head, random.slice(0, long)]).toString('base64');
      for (const line of [`key = ${key}`, `adding ${key} to the ring`, `{"key":"${key}"}`])
        expect(redact(line)).not.toContain(key.slice(4, 16));
    }),
  );
});
