/** How secrets look in texts: files, logs, argv, manifests. Each rule names the format that it comes from. */
import { pattern } from '../pattern.js';
import { hiddenBehind, next, path, type Rule, rulesOfCommands } from './of-commands.js';

type Put = (whole: string, ...groups: readonly string[]) => string;

const gone = 'REDACTED';

/**
 * Names whose value is secret wherever they stand. `[\w.-]secret` is somebody's secret (aadClientSecret); alone it may
 * be a volume.
 */
const key = `(?:${[
  '[\\w.-]secret|password|passwd|passphrase|auth_pass|requirepass|masterauth|psk|wpa-psk|client-key-data',
  '(?:id|refresh|access|bearer|api|auth|secret)-?token|identitytoken|\\w(?<!initial_cluster)_token',
  '\\w_(?:pwd|pass|psk|secret|apikey)|secret[-_]id',
  'aws_secret_access_key|(?:secret[-_]?access|access|api|private|preshared|storage|account)[-_]?key',
].join('|')})`;

// A path or a digest is not a secret, and what is gone is gone.
const kept = `(?!REDACTED|sha256:|${path})`;
const quoted = '"(?:\\\\[^\\n]|[^"\\\\\\n])*"|\\\\"[^"\\n]*"|\'[^\'\\n]*\'';

// Without bounds like {0,40}: each is unrolled, and the engine ends the program where a rule becomes too large.
/** A quote, escaped as often as a text is inside of others. */
const mark = '(?:\\\\*["\'])?';
/** Ends of names of variables. */
const ends =
  '(?:(?:\\b|_)(?:TOKEN|PASS|PSK|SECRET|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)|_PWD|PASSWORD|PASSWD)';

const isKept = new RegExp(`^\\\\?["'](?:REDACTED|sha256:|${path}|\\\\?["'])`);
/** What was quoted stays quoted: JSON must stay JSON. */
const value: Put = (_, head = '', found = '') => {
  const [quote = ''] = /^\\?["']/.exec(found) ?? [];
  return isKept.test(found) ? `${head}${found}` : `${head}${quote}${gone}${quote}`;
};

const webhooks = pattern(
  /hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks/,
  /|[\w.-]+\.webhook\.office\.com\/webhookb2|[\w.-]+\/hooks/,
);

const flag =
  '(?<![\\w-])--?(?!-?initial-cluster-token)[\\w-]*' +
  '(?:pass(?:word|wd|phrase)?|token|secret|secret-id|basic-auth|requirepass|masterauth|' +
  '(?:api|access|private|secret)-?key)';
const databases = '\\b(?:mysql\\w*|mariadb[\\w-]*|psql|redis-cli|mongo\\w*)\\b[\\s\\S]{0,300}?';

export const rules: readonly (readonly [RegExp, string | Put] | Rule)[] = [
  ...rulesOfCommands,
  [
    pattern(
      /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/g,
      /(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]*PRIVATE KEY-----|(?:\\n|[\sA-Za-z0-9+/=])*)/,
    ),
    gone,
  ],
  // What forges, clouds and chats give out says what it is by its first letters.
  [
    pattern(
      /\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bgl(?:pat|ptt|rt|dt)-[\w-]{16,}|\bxox[abprs]-[\w-]{10,}/g,
      /|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{20,}|\bdckr_pat_[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}/,
      /|\bAIza[\w-]{30,}|\bsk-[\w-]{20,}|\bAGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,}/,
    ),
    gone,
  ],
  // Whoever knows the URL of a webhook may write there.
  [new RegExp(`(\\bhttps:\\/\\/(?:${webhooks.source})\\/)(?!REDACTED)[^\\s"'<>]+`, 'gi'), `$1${gone}`],
  // So may whoever knows a signed URL of a store, until it ends: backups are sent by them.
  [/([?&](?:sig|signature|x-(?:amz|goog)-signature)=)(?!REDACTED)[^\s&"'<>]+/gi, `$1${gone}`],
  [/(\bapi\.telegram\.org\/bot\d+:)[\w-]+/g, `$1${gone}`],
  // mysql and its relatives: the value stands right behind the letter.
  hiddenBehind(`${databases}[\\s"',]-p(?!rotocol|ort|-)`, '', 'gi'),
  hiddenBehind(`${databases}[\\s,]`, '-p(?!rotocol|ort|-)', 'gi'),
  hiddenBehind(`${databases}[\\s"',]-a${next}`, '(?!-)', 'gi'),
  // A flag and its value: one word, two words, or two lines of a manifest's list.
  hiddenBehind('', `${flag}=`, 'gi'),
  hiddenBehind(`${flag}${next}`, '(?!-)', 'gi'),
  // redis.conf.
  hiddenBehind('(?<![\\w-])(?:requirepass|masterauth)[ \\t]+', '', 'gi'),
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
  hiddenBehind(`${key}\\\\?["']?[ \\t]*[:=][ \\t]*`, '', 'gi'),
  // keepalived, haproxy: the value stands behind a blank.
  [
    /(\bauth_pass\s+|insecure-password\s+|\buser\s+\S+\s+password\s+|\bstats\s+auth\s+[^\s:]+:)(?!REDACTED)\S+/gi,
    `$1${gone}`,
  ],
  // `"auth": "…"` of a registry, in JSON or TOML.
  [/(\bauth\\?["']?\s*[:=]\s*)(\\?"[^"\n]*"|'[^'\n]*')/gi, value],
  // `secret: <base64>` of an encryption configuration; a digest of it stays comparable.
  [/(\bsecret["']?\s*:\s*["']?)(?!sha256:)[A-Za-z0-9+/]{20,}={0,2}/g, `$1${gone}`],
  hiddenBehind('\\bsecret=', '', 'gi'),
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
  [/(authorization\\?["']?(?:\s*[:=]\s*|\s+)\[?\\?["']?\s*(?:bearer|basic)\\?\s+)[^\s"'\]\\]+/gi, `$1${gone}`],
  [/(\bbearer\s+)[A-Za-z0-9._~+/-]{12,}=*/gi, `$1${gone}`],
  // JSON web tokens; bootstrap tokens keep their public half.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, gone],
  [/\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, `$1.${gone}`],
  // --token-auth-file: token,user,uid,"groups".
  [/^(?!-)[A-Za-z0-9+/=_-]{16,}(?=,[^\s,=]+,[^\s,=]+(?:,"[^"\n]*")?[ \t\r]*$)/gm, gone],
  [/(\b\w+:\/\/[^\s:/@]*:)[^\s@/]+(@)/g, `$1${gone}$2`],
];

/** Cheap, and true of every text that a rule could change: most texts of an API are none. */
export const mayHold = pattern(
  /PRIVATE KEY|LS0tLS1|gh[pousr]_|github_pat|gl(?:pat|ptt|rt|dt)-|xox[abprs]-|hf_|npm_|dckr_|AKIA|ASIA|AIza|\bsk-/im,
  /|hooks?\b|_pwd|psk|masterauth|@(?:tcp|unix|udp)\(|[?&][\w-]*sig|openssl/,
  /|from-literal|-stdin|user(?:add|mod)|ldap|ipmitool|zip|vault|rabbitmqctl|smbclient|login|sudo/,
  /|mysql|mariadb|psql|mongo|redis|pass|secret|token|auth|bearer|eyJ/,
  /|:\/\/|key|credential|--user|\s-u\s|\b[a-z0-9]{6}\.[a-z0-9]{16}\b|^[A-Za-z0-9+/=_-]{16,},/,
);
