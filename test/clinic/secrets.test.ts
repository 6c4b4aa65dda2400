/** Law L7: what is planted anywhere in the evidence never leaves in a bundle or a report. */
import { expect, test } from 'vitest';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBundle, writeBundle } from '../../src/clinic/bundle/bundle.js';
import { chartToJson, hostSections } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import { redact, redactTree } from '../../src/model/redaction/redact.js';
import { cutDown, lists } from '../../src/engine/gather/api-lists.js';
import type { Resource } from '../../src/model/resource.js';
import { baseChart } from './fixture.js';
import { testAuthority } from './issued.js';

const key = testAuthority('ca').keyPem;
const body = key.split('\n').slice(1, -2).join('');
const jwt =
  'eyJhbGciOiJSUzI1NiIsImtpZCI6IngifQ.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6eDp5In0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg';
const planted: Readonly<Record<string, readonly [text: string, secret: string]>> = {
  'a key in a file': [`before\n${key}after`, body.slice(0, 40)],
  'a key cut off': [key.slice(0, 120), body.slice(20, 50)],
  'a key in a kubeconfig': [
    `    client-key-data: ${Buffer.from(key).toString('base64')}\n`,
    Buffer.from(key).toString('base64').slice(50, 90),
  ],
  'an encryption key': [
    '      - name: k1\n        secret: c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTEyMzQ=\n',
    'c2VjcmV0LXNlY3JldC1zZWNyZXQ',
  ],
  'a bearer token in a log': [`GET /api Authorization: Bearer ${jwt}`, jwt.slice(20, 60)],
  'a service account token': [`token: ${jwt}`, jwt.slice(60, 100)],
  'a bootstrap token': ['kubeadm join --token abcdef.0123456789abcdef 10.0.0.1:6443', '0123456789abcdef'],
  'a password in argv': ['--etcd-password=hunter2hunter2', 'hunter2hunter2'],
  'a password in a URL': ['https_proxy=http://user:s3cr3tpass@proxy:3128', 's3cr3tpass'],
  'a password of keepalived': [
    '    authentication {\n        auth_type PASS\n        auth_pass qwertz12\n    }',
    'qwertz12',
  ],
  'a password of haproxy’s page': ['    stats auth admin:st4tspass', 'st4tspass'],
  'a password of haproxy’s list': ['    user jane insecure-password pl4inpass', 'pl4inpass'],
  'a hash of haproxy’s list': ['    user jane password $5$rounds$h4shh4sh', 'h4shh4sh'],
  'a static token': ['31ada4fd-adec-460c-809a-9e56ceb75269,jane,1001,"dev,ops"', '460c-809a-9e56ceb75269'],
  'a secret of Azure': ['{"aadClientId": "x", "aadClientSecret": "azur3 s3cr3t"}', 'azur3 s3cr3t'],
  'a secret of OpenStack': ['[Global]\napplication-credential-secret = 0penst4ck\n', '0penst4ck'],
  'a registry’s auth': [
    '  [plugins."x".registry.configs."r".auth]\n    auth = "cmVnaXN0cnk6cGFzcw=="\n',
    'cmVnaXN0cnk6cGFzcw',
  ],
  'a token of two words': ['kubelet --token t0ken0fs0mebody --v 2', 't0ken0fs0mebody'],
  'a token of two lines': ['    - --bearer-token\n    - t0ken0ftw0lines\n', 't0ken0ftw0lines'],
  'a password of a manifest': ['    - name: DB_PASSWORD\n      value: m4nifest pass\n', 'm4nifest pass'],
  'a password of blanks': ['db:\n  password: c0rrect horse battery\n  port: 1\n', 'horse battery'],
  'a block of YAML': ['  client-secret: |\n    bl0ckline1\n    bl0ckline2\n  port: 1\n', 'bl0ckline2'],
  'a key of WireGuard': ['[WireGuard]\nPrivateKey=yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n', 'lXXJte14tji3zlMNq'],
  'a user of etcdctl': ['etcdctl --user root:etcdp4ss get /', 'etcdp4ss'],
  'a password of mysql': ['mysql -h db -u root -pS3sam0pen shop', 'S3sam0pen'],
  'a password of mysqld’s health check': ['mysqladmin ping -uroot -pS3sam0ping', 'S3sam0ping'],
  'a password of redis': ['redis-server --requirepass r3d1spass --port 6379', 'r3d1spass'],
  'a password of redis’ client': ['redis-cli -a r3d1scli ping', 'r3d1scli'],
  'a password of redis’ file': ['requirepass: r3d1sfile\n', 'r3d1sfile'],
  MYSQL_PWD: ['Environment=MYSQL_PWD=mysqlpwd1', 'mysqlpwd1'],
  'a data source of Go': ['--dsn=root:g0pass@tcp(10.0.0.5:3306)/shop', 'g0pass'],
  'a webhook of Slack': ['url: https://hooks.slack.com/services/T0000/B0000/XXXXsecretXXXX', 'XXXXsecretXXXX'],
  'a webhook of Discord': ['https://discord.com/api/webhooks/123456/aBcDeFsEcReT', 'aBcDeFsEcReT'],
  'a token of GitHub': [
    'git clone https://x@github.com/a ghp_0123456789abcdefghijABCDEFGHIJ012345',
    'ghp_0123456789abcdefghij',
  ],
  'a token of GitLab': ['curl -H "PRIVATE-TOKEN: glpat-abcdefghij0123456789"', 'glpat-abcdefghij0123456789'],
  'a key of AWS': ['AKIAIOSFODNN7EXAMPLE', 'AKIAIOSFODNN7EXAMPLE'],
  'a key of a wireless network': ['    psk: w1rel3ss\n', 'w1rel3ss'],
  'a key of age': ['# created\nAGE-SECRET-KEY-1QJXZQJXZQJXZQJXZQJXZQJXZ', 'QJXZQJXZ'],
  'a signed URL of Azure': [
    'curl -T a https://x.blob.core.windows.net/b/a?sv=2024&sig=s1gn4ture%3D&se=2026',
    's1gn4ture',
  ],
  'a signed URL of S3': ['GET /b/a?X-Amz-Expires=60&X-Amz-Signature=s1gn4ture', 's1gn4ture'],
  'an approle of Vault': ['role_id: a\nsecret_id: s3cret-id-0123', 's3cret-id-0123'],
  'an approle in argv': ['vault write auth/approle/login role_id=a secret_id=s3cretid0123', 's3cretid0123'],
  'a flag of both name and password': ['proxy --basic-auth=anna:b4sicpass --port 1', 'b4sicpass'],
  'a word for openssl': ['tar c / | openssl enc -aes-256-cbc -pbkdf2 -k 3ncpass -out a', '3ncpass'],
  'a variable by its end': ['export DIGITALOCEAN_ACCESS_TOKEN=d0t0kend0token', 'd0t0kend0token'],
  'a variable of systemd': ['Environment=AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI', 'wJalrXUtnFEMI'],
};

/** Where only the name beside it, or the word before it, says that it is one. */
const trees: Readonly<Record<string, readonly [tree: unknown, secret: string]>> = {
  'a variable of a container': [
    { containers: [{ name: 'db', env: [{ name: 'DB_PASSWORD', value: 'v4riable' }] }] },
    'v4riable',
  ],
  'two words of argv': [['/usr/bin/kubelet', '--token', 'w0rdsw0rds'], 'w0rdsw0rds'],
  'a registry’s password': [
    {
      configs: { 'registry:5000': { auth: { username: 'u', password: 'reg1strypass', identitytoken: 'identt0ken' } } },
    },
    'reg1strypass',
  ],
  'an extra argument': [{ extraArgs: { 'oidc-client-secret': '0idcsecret' } }, '0idcsecret'],
};

test.each(Object.entries(planted))('%s is taken out of a text', (_, [text, secret]) => {
  expect(text).toContain(secret);
  expect(redact(text)).not.toContain(secret);
});

test.each(Object.entries(trees))('%s is taken out of a tree', (_, [tree, secret]) => {
  expect(JSON.stringify(tree)).toContain(secret);
  expect(JSON.stringify(redactTree(tree))).not.toContain(secret);
});

test('what is not a secret stays', () => {
  const volume = {
    volumes: [{ name: 'x', secret: { secretName: 'db-credentials' } }],
    env: [{ name: 'NO_PROXY', value: 'a,b' }],
    args: ['--token-auth-file', '/etc/t.csv', '--initial-cluster-token', 'production'],
  };
  expect(redactTree(volume)).toEqual(volume);
  for (const text of [
    '    secret:\n      secretName: x\n',
    'MountVolume.SetUp failed for volume "a" : secret "b" not found',
    'password:\nport: 1',
    '--tls-private-key-file=/etc/kubernetes/pki/apiserver.key',
    'NO_PROXY=127.0.0.1,10.0.0.0/8,localhost',
    '127.0.0.1,10.96.0.1,localhost',
    '--authorization-mode=Node,RBAC,Webhook',
    'authentication:\n  anonymous:\n    enabled: false',
    '    auth_type PASS\n',
    'authorization:\n  mode: Webhook',
    '--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname',
    '--initial-cluster-token=production',
    '--token-auth-file=/etc/tokens.csv',
    'secret: sha256:0123',
    'tokenReview: webhook',
    '--service-account-key-file=/etc/kubernetes/pki/sa.pub',
  ])
    expect(redact(text)).toBe(text);
});

test('what hosts print costs linear time, whatever it is', () => {
  const began = performance.now();
  for (const unit of [
    '-',
    'a',
    ' ',
    '"',
    'token ',
    '--',
    'a:',
    'secret',
    'user ',
    '-----BEGIN EC PRIVATE KEY-----',
    'a,',
    'eyJ',
    'name: ',
  ])
    redact(`password ${unit.repeat(200_000 / unit.length)}`);
  expect(performance.now() - began).toBeLessThan(60_000);
});

test('planted in every section, every list of the API and the cluster file, nothing of it is in the bundle', () => {
  const base = baseChart('five');
  const at = { host: 'kw-1', source: 'test', at: base.now };
  const texts = Object.values(planted).map(([text]) => text);
  const all = {
    texts,
    ...Object.fromEntries(texts.map((text, n) => [`k${n}`, text])),
    ...Object.fromEntries(Object.values(trees).map(([tree], n) => [`t${n}`, tree])),
  };
  const section = { ...at, value: all } as unknown as never;
  const object = {
    metadata: { name: 'x', namespace: 'kube-system', annotations: { all: texts.join('\n') } },
    data: all,
    spec: { template: { spec: all } },
  };
  const chart: Chart = {
    ...base,
    spec: { ...base.spec, extra: all } as unknown as NonNullable<Chart['spec']>,
    wanted: [
      ...(base.wanted ?? []),
      { ...base.wanted?.find(one => one.kind === 'object'), want: { body: all } } as unknown as Resource,
    ],
    api: {
      version: section,
      objects: Object.fromEntries(Object.keys(base.api.objects).map(list => [list, { ...at, value: [object] }])),
    },
    hosts: new Map(
      [...base.hosts].map(([name, host]) => [
        name,
        { ...host, ...Object.fromEntries(hostSections.map(one => [one, section])) },
      ]),
    ),
  };
  const bundle = gunzipSync(writeBundle(chart)).toString();
  for (const [name, [, secret]] of [...Object.entries(planted), ...Object.entries(trees)])
    expect(bundle.includes(secret), name).toBe(false);
});

test('planted in an object of every list, nothing of it comes into the chart', () => {
  const env = [
    { name: 'DB_PASSWORD', value: 'v4riable' },
    { name: 'PLAIN', value: 'pl4invalue' },
  ];
  const spec = {
    nodeName: 'n',
    containers: [{ name: 'c', env, args: ['--token', 'w0rdsw0rds'], command: ['x', '--password=pa55word'] }],
    initContainers: [{ name: 'i', env }],
  };
  for (const list of lists) {
    const kept = cutDown(list, {
      metadata: { name: 'x', namespace: 'kube-system', annotations: { note: 'token: abcdef.0123456789abcdef' } },
      type: 'Warning',
      message: 'password=pa55word',
      spec: /deployments|daemonsets/.test(list.name) ? { template: { spec } } : spec,
      data: { 'x.yaml': '- name: DB_PASSWORD\n  value: v4riable' },
    });
    for (const secret of ['v4riable', 'w0rdsw0rds', 'pa55word', '0123456789abcdef'])
      expect(JSON.stringify(kept ?? '').includes(secret), `${list.name}: ${secret}`).toBe(false);
    if (/deployments|daemonsets|pods/.test(list.name)) expect(JSON.stringify(kept)).not.toContain('pl4invalue');
  }
});

test('a bundle is the same bytes for the same chart, and opens as that chart', () => {
  const chart = baseChart('kubeadm');
  const bytes = writeBundle(chart);
  expect(writeBundle(baseChart('kubeadm')).equals(bytes)).toBe(true);
  expect(chartToJson(readBundle(bytes)) === chartToJson(chart)).toBe(true);
});

test('damaged and hostile bundles are refused with a reason, sections of nonsense are missing', () => {
  const bytes = writeBundle(baseChart('five'));
  for (const bad of [
    Buffer.alloc(0),
    Buffer.from('hello'),
    bytes.subarray(0, bytes.length / 2),
    Buffer.concat([bytes.subarray(0, 20), Buffer.from('junk')]),
  ])
    expect(() => readBundle(bad)).toThrow(RangeError);
  const text = chartToJson(baseChart('five'));
  const odd = JSON.parse(text) as { hosts: Record<string, Record<string, unknown>> };
  odd.hosts['kw-1'] = { name: 'kw-1', files: 'nonsense' };
  const host = readBundle(gzipSync(JSON.stringify(odd))).hosts.get('kw-1');
  expect(host && 'missing' in host.files && 'missing' in host.logs).toBe(true);
});
