/** How secrets look in texts: files, logs, argv, manifests. Each rule names the format that it comes from. */
import { pattern } from '../pattern.js';
import { hiddenBehind, next, path, type Rule, rulesOfCommands, word } from './of-commands.js';
import { mayHoldPrograms, rulesOfPrograms } from './of-programs.js';
import { mayHoldTokens, rulesOfTokens } from './of-tokens.js';

type Put = (whole: string, ...groups: readonly string[]) => string;

const gone = 'REDACTED';

/**
 * Names whose value is secret wherever they stand. `[\w.-]secret` is somebody's secret (aadClientSecret); alone it may
 * be a volume.
 */
const key = `(?:${[
  '[\\w.-](?<!v\\d\\w*\\.)secret|password(?:_in)?|passwd|passphrase|auth_pass|requirepass|masterauth',
  'psk|wpa-psk|client-key-data',
  `${word('(?:bind|root|olcroot)_?pw')}|(?:default_)?authtok|wep[-_]key\\d?`,
  '(?:id|refresh|access|bearer|api|auth|secret)-?token|(?:identity|registry)token|\\w(?<!initial_cluster)_token',
  '\\w_(?:pwd|pass|psk|secret|apikey)|secret[-_]id',
  '(?:secret[-_]?access|access|api|private|preshared|storage|account|license)[-_]?key',
  '(?:secret|encryption|master|signing)[-_]key(?:_base)?',
].join('|')})`;

// A path or a digest is not a secret, and what is gone is gone.
const kept = `(?!REDACTED|sha256:|${path})`;
const quoted = '"(?:\\\\[^\\n]|[^"\\\\\\n])*"|\\\\"[^"\\n]*"|\'[^\'\\n]*\'';

// Without bounds like {0,40}: each is unrolled, and the engine ends the program where a rule becomes too large.
/** A quote, escaped as often as a text is inside of others. */
const mark = '(?:\\\\*["\'])?';
/** Ends of names of variables. */
const ends =
  '(?:(?:\\b|_)(?:TOKEN|PASS|PSK|SECRET|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?' +
  '|(?:SECRET|ENCRYPTION|MASTER|LICENSE|SIGNING|APP|AUTH)_KEY(?:_BASE)?)|_PWD|PASSWORD|PASSWD)';

const isKept = new RegExp(`^\\\\?["'](?:REDACTED|sha256:|${path}|\\\\?["'])`);
/** What was quoted stays quoted: JSON must stay JSON. */
const value: Put = (_, head = '', found = '') => {
  const [quote = ''] = /^\\?["']/.exec(found) ?? [];
  return isKept.test(found) ? `${head}${found}` : `${head}${quote}${gone}${quote}`;
};

const flag =
  '(?<![\\w-])--?(?!-?initial-cluster-token)[\\w-]*' +
  '(?:pass(?:word|wd|phrase)?|token|secret|secret-id|basic-auth|requirepass|masterauth|' +
  '(?:api|access|private|secret|auth|certificate|encryption)-?key)';
const databases = '\\b(?:mysql\\w*|mariadb[\\w-]*|psql|redis-cli|mongo\\w*)\\b[\\s\\S]{0,300}?';

const general: readonly Any[] = [
  [
    pattern(
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/g,
      /(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]*PRIVATE KEY-----|(?:\\n|[\sA-Za-z0-9+/=])*)/,
    ),
    gone,
  ],
  // mysql and its relatives: the value stands right behind the letter.
  hiddenBehind(`${databases}[\\s"',]-p(?!rotocol|ort|-)`, '', 'gi'),
  hiddenBehind(`${databases}[\\s,]`, '-p(?!rotocol|ort|-)', 'gi'),
  hiddenBehind(`${databases}[\\s"',]-a${next}`, '(?!-)', 'gi'),
  // A flag and its value: one word, two words, or two lines of a manifest's list.
  hiddenBehind('', `${flag}=`, 'gi'),
  hiddenBehind(`${flag}${next}`, '(?!-)', 'gi'),
  // redis.conf.
  hiddenBehind(`${word('requirepass|masterauth')}[ \\t]+`, '', 'gi'),
  // Variables, by the end of their names: GITHUB_TOKEN, MYSQL_PWD.
  hiddenBehind('', `\\b\\w*${ends}=`),
  hiddenBehind(`\\b\\w*${ends}=`, ''),
  // A data source of Go's database drivers.
  [/((?<![\w.-])[\w.-]+:)(?!\/\/)[^\s@:/'"]+(@(?:tcp|unix|udp)\()/g, `$1${gone}$2`],
  // The same, base64 once more, as kubeconfigs hold it ("-----BEGIN" of EC, RSA, OpenSSH and plain keys).
  [/\bLS0tLS1CRUdJTiB(?:FQyBQUklWQVRF|SU0EgUFJJVkFURS|QUklWQVRF|FTkNSWVBURUQg|PUEVOU1NI)[A-Za-z0-9+/=\s]{20,}/g, gone],
  // A block of YAML: everything that is indented deeper than its key.
  [
    new RegExp(
      `^([ \\t]*)((?:- )?["']?[\\w.-]*${key}["']?:[ \\t]*)[|>][^\\n]*\\n(?:\\1[ \\t]+[^\\n]*(?:\\n|$))+`,
      'gmi',
    ),
    `$1$2${gone}\n`,
  ],
  // A line of YAML or INI, whose value may hold blanks.
  [
    new RegExp(
      `^([ \\t]*(?:-[ \\t]+)?["']?[\\w.-]*${key}["']?[ \\t]*[:=][ \\t]*)${kept}(?!["'{[|>\\s])[^\\n]+$`,
      'gmi',
    ),
    `$1${gone}`,
  ],
  [
    pattern(
      /^([ \t]*(?:-[ \t]+)?["']?(?:secret|auth)["']?[ \t]*[:=][ \t]*)/gm,
      /(\\?"[^"\n]*"|'[^'\n]*'|(?!REDACTED|sha256:|\/|[{[])[^\s"',}]+)(?=[ \t,]*(?:#.*)?$)/,
    ),
    value,
  ],
  hiddenBehind(`${key}\\\\*["']?[ \\t]*(?:::|[:=])[ \\t]*`, '', 'gi'),
  // keepalived, haproxy: the value stands behind a blank.
  [
    /(\bauth_pass\s+|insecure-password\s+|\buser\s+\S+\s+password\s+|\bstats\s+auth\s+[^\s:]+:)(?!REDACTED)\S+/gi,
    `$1${gone}`,
  ],
  // `"auth": "…"` of a registry, in JSON or TOML.
  [/((?<![\w-])auth\\?["']?\s*[:=]\s*)(\\?"[^"\n]*"|'[^'\n]*')/gi, value],
  // `secret: <base64>` of an encryption configuration; a digest of it stays comparable.
  [/(\bsecret["']?\s*:\s*["']?)(?!sha256:)[A-Za-z0-9+/]{20,}={0,2}/g, `$1${gone}`],
  hiddenBehind('\\bsecret[ \\t]*=[ \\t]*', '', 'gi'),
  hiddenBehind('(?<!initial-cluster-)\\btoken["\']?[ \\t]*[:=][ \\t]*', '(?=[^\\s"\',}\\\\]{6})', 'gi'),
  // `- name: DB_PASSWORD` and its value, in a manifest.
  [
    new RegExp(
      `(\\bname${mark}:\\s*${mark}[\\w.-]*(?:pass(?:word|wd|phrase)|secret|token|credential|_pwd|_pass|_psk|` +
        `(?:api|access|private|storage|account)_?key)[\\w.-]*${mark},?(?:\\s|\\\\+n)*${mark}value${mark}:[ \\t]*)` +
        `(${quoted}|(?!REDACTED)[^\\s"'\\\\][^\\n\\\\]*)`,
      'gi',
    ),
    value,
  ],
  [/(authorization\\*["']?(?:\s*[:=]\s*|\s+)\[?\\*["']?\s*(?:bearer|basic)\\?\s+)[^\s"'\]\\]+/gi, `$1${gone}`],
  [/(\bbearer\s+)[A-Za-z0-9._~+/-]{12,}=*/gi, `$1${gone}`],
  // Bootstrap tokens keep their public half.
  [/\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, `$1.${gone}`],
  // --token-auth-file: token,user,uid,"groups".
  [/^(?!-)[A-Za-z0-9+/=_-]{16,}(?=,[^\s,=]+,[^\s,=]+(?:,"[^"\n]*")?[ \t\r]*$)/gm, gone],
  // What stands behind one `@` and before the next is still the password.
  [/(\b\w+:\/\/[^\s:/@[]*:)(?!\d{1,5}(?:[/?#]|$))[^\s@"'<>]{1,200}(?:@[^\s@/?#,"'<>]{1,200}){0,9}(@)/g, `$1${gone}$2`],
  // A key where a user stands, with anything for a password: letters and digits mixed, as no name is.
  [/(\b\w+:\/\/)(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20,}(?=:[^\s@/"'<>]{0,200}@)/g, `$1${gone}`],
  // A token in the place of a user, as forges and Sentry have it.
  [/((?<!ssh)\b\w+:\/\/)(?!REDACTED)[^\s:/@"'<>]{16,}(?=@)/g, `$1${gone}`],
];

type Any = readonly [RegExp, string | Put] | Rule;

/** In the order in which they are tried; those of a group only on a text that `when` finds something in. */
export const groups: readonly { readonly when?: RegExp; readonly rules: readonly Any[] }[] = [
  { rules: rulesOfCommands },
  { when: mayHoldPrograms, rules: rulesOfPrograms },
  { rules: rulesOfTokens },
  { rules: general },
];

/** Cheap, and true of every text that a rule could change: most texts of an API are none. */
export const mayHold = pattern(
  /PRIVATE KEY|LS0tLS1|_pwd|pwd=|psk|masterauth|@(?:tcp|unix|udp)\(|openssl|bindpw|rootpw|authtok|wep.key/im,
  /|from-literal|-stdin|user(?:add|mod)|ldap|ipmitool|zip|vault|rabbitmqctl|smbclient|login|sudo|<<<|echo|printf/,
  /|mysql|mariadb|psql|mongo|redis|pass|secret|token|auth|bearer/,
  /|:\/\/|key|credential|--user|\s-u\s|\b[a-z0-9]{6}\.[a-z0-9]{16}\b|^[A-Za-z0-9+/=_-]{16,},/,
  new RegExp(`|${mayHoldTokens.source}|${mayHoldPrograms.source}`),
);
