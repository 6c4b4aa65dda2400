/** How people write secrets into commands: each form by a generator of what it hides. */
import fc from 'fast-check';

const of = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const word = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789';

/** Of letters that no command here has in a row: by them a piece of a secret is known. */
const head = of('QJXZ', 4);
/** What a shell takes as one word without quotes. */
export const bare = fc.tuple(head, of(`${word}_.+-=%^!~@:,/`, 4, 20)).map(parts => parts.join(''));
/** What it takes within either quote; neither half of it may be left. */
export const quoted = fc
  .tuple(head, of(`${word}#;&|<>`, 2, 8), head, of(`${word}$*()[]{}`, 2, 8))
  .map(([a, b, c, d]) => `${a}${b} ${c}${d}`);

type Form = (secret: string) => string;

/** Where a word stands, whatever it is: `form` is given it with its quotes, if it has some. */
const words: readonly Form[] = [
  ...['sshpass -p ', 'sshpass -p', '/usr/bin/sshpass -v -p '].map(
    (head): Form =>
      said =>
        `${head}${said} ssh root@10.0.0.1 reboot`,
  ),
  ...['--from-literal=password=', '--from-literal password=', '--from-literal=tls.crt=', '--from-literal=x='].map(
    (head): Form =>
      said =>
        `kubectl create secret generic db ${head}${said} --from-literal=b=${said} -n shop`,
  ),
  ...[
    '--password',
    '--token',
    '--docker-password',
    '--db-pass',
    '--api-key',
    '--client-secret',
    '--passphrase',
  ].flatMap((flag): Form[] => [
    said => `app login ${flag} ${said} --port 1`,
    said => `app login ${flag}=${said} --port 1`,
    said => `sh -c "app ${flag}=${said}"`,
  ]),
  ...['PGPASSWORD', 'MYSQL_PWD', 'PASSWORD', 'PASS', 'TOKEN', 'SECRET', 'DB_PASSWORD', 'VAULT_TOKEN', 'K', 'X'].flatMap(
    (name): Form[] =>
      name.length < 2
        ? []
        : [
            said => `${name}=${said} psql -h db shop`,
            said => `env A=b ${name}=${said} psql -h db shop`,
            said => `/usr/bin/env ${name}=${said} /usr/bin/app`,
          ],
  ),
  ...['OS_PASSWORD', 'AWS_SECRET_ACCESS_KEY', 'RESTIC_PASSWORD', 'API_KEY', 'DB_CREDENTIALS', 'LDAP_PASSWD'].map(
    (name): Form =>
      said =>
        `export ${name}=${said}; run`,
  ),
  ...['docker', 'podman', 'nerdctl', 'helm registry', 'buildah', '/usr/bin/skopeo'].flatMap((program): Form[] => [
    said => `${program} login -u anna -p ${said} registry.example`,
    said => `${program} login registry.example -u anna -p=${said}`,
  ]),
  said => `useradd -m -p ${said} anna`,
  said => `usermod -p ${said} anna`,
  said => `htpasswd -b /etc/users anna ${said}`,
  said => `htpasswd -bc /etc/users anna ${said}`,
  said => `ldapsearch -x -D cn=admin -w ${said} -b dc=x`,
  said => `ipmitool -H bmc -U admin -P ${said} power off`,
  said => `openssl rsa -in a.key -passin pass:${said} -out b.key`,
  said => `zip -P ${said} a.zip a`,
  said => `vault login ${said}`,
  said => `rabbitmqctl add_user anna ${said}`,
  said => `redis-cli -a ${said} ping`,
  said => `mysql -uroot -p${said} shop`,
];
/** Where the value is the end of one word that may be quoted as a whole: `echo 'root:PASSWORD'`. */
const within: readonly (readonly [string, string, string])[] = [
  ['echo ', 'root:', ' | chpasswd'],
  ['printf "%s\\n" ', 'root:', ' | sudo chpasswd -c SHA512'],
  ['chpasswd <<<', 'root:', ''],
  ['echo ', '', ' | passwd --stdin root'],
  ['echo ', '', ' | sudo -S reboot'],
  ['echo ', '', ' | docker login --password-stdin -u anna'],
  ['curl -H ', 'Authorization: Bearer ', ' https://10.0.0.1:6443/'],
  ['curl -H ', 'Authorization: Basic ', ' https://10.0.0.1:6443/'],
  ['curl --header ', 'Authorization: Token ', ' https://10.0.0.1/'],
  ['curl --header=', 'X-Vault-Token: ', ' https://10.0.0.1/'],
  ['curl -H ', 'X-Api-Key: ', ' https://10.0.0.1/'],
  ['curl -u ', 'anna:', ' https://10.0.0.1/'],
  ['curl --user ', 'anna:', ' https://10.0.0.1/'],
  ['mount -t cifs -o ', 'username=anna,password=', ' //nas/a /mnt'],
  ['smbclient -U ', 'anna%', ' //nas/a'],
];

/** A command, and the pieces of its secret: none of them may be shown. */
export const secretCommand: fc.Arbitrary<readonly [command: string, pieces: readonly string[]]> = fc.oneof(
  fc
    .record({ form: fc.constantFrom(...words), secret: bare })
    .map(({ form, secret }) => [form(secret), [secret]] as const),
  fc
    .record({ form: fc.constantFrom(...words), secret: quoted, quote: fc.constantFrom("'", '"') })
    .map(({ form, secret, quote }) => {
      const command = form(`${quote}${secret}${quote}`);
      // Quotes within the same quotes end them.
      return [command.replace(/^sh -c "(.*)"$/s, 'sh -c $1'), secret.split(' ')] as const;
    }),
  fc
    .record({ at: fc.constantFrom(...within), secret: fc.oneof(bare, quoted), quote: fc.constantFrom("'", '"') })
    .map(
      ({ at: [before, name, after], secret, quote }) =>
        [`${before}${quote}${name}${secret}${quote}${after}`, secret.split(' ')] as const,
    ),
  fc
    .record({ at: fc.constantFrom(...within.filter(([, name]) => !name.includes(' '))), secret: bare })
    .map(({ at: [before, name, after], secret }) => [`${before}${name}${secret}${after}`, [secret]] as const),
);

/** What sudo writes down of a script: the words of its argv, without their quotes. */
export const byShell = (command: string): readonly string[] => [
  command,
  `/bin/sh -c ${command}`,
  `/usr/bin/bash -c cd /srv && ${command}`,
];
