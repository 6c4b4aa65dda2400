/** Secrets that stand behind the words of one program or of its configuration, by the manual of each. */
import { pattern } from '../pattern.js';
import { hiddenBehind, next, nextOrRight, type Rule, starts, word } from './of-commands.js';

/** The rest of a program's own words on its line. */
const line = '[^\\n]{0,200}?';
const after = (words: string): Rule => hiddenBehind(`${starts}${words}\\s+`, '');
/** One option of a program that is a secret there, and another thing elsewhere. */
const option = (programs: string, letter: string): Rule =>
  hiddenBehind(`${starts}(?:${programs})(?=["'\\s,])${line}[\\s"']-${letter}${nextOrRight}`, '');
/** `USER<mark>PASSWORD` behind an option. */
const userAnd = (programs: string, options: string, user: string): Rule =>
  hiddenBehind(`${starts}(?:${programs})(?=["'\\s,])${line}[\\s"'](?:${options})${nextOrRight}`, user);

const samba = 'smb\\w+|rpcclient|net|pdbedit|winexe|samba-tool';
const snmp = 'snmp(?!d\\b|trapd\\b)\\w+';
const plain = '(?!-|\\d+\\s)\\S+';
/** Flags and the numbers that are theirs: a few, or a log of nothing else is read once for each of its words. */
const flags = '(?:\\s+-\\S+|\\s+\\d+){0,9}';

export const rulesOfPrograms: readonly Rule[] = [
  // net-snmp: snmpd.conf, its tools, its users.
  hiddenBehind(`${word('r[ow]community6?|trapcommunity')}[ \\t]+`, ''),
  after('com2sec6?(?:\\s+-Cn\\s+\\S+)?\\s+(?!-)\\S+\\s+\\S+'),
  after('(?:trap2?sink|informsink)\\s+\\S+'),
  after('createUser(?:\\s+-e\\s+\\S+)?\\s+\\S+\\s+(?:MD5|SHA[\\d-]*)'),
  hiddenBehind(`${starts}createUser\\s${line}\\s(?:AES[\\w-]*|DES)\\s+`, ''),
  ...['c', 'A', 'X'].map(letter => option(snmp, letter)),
  // open-iscsi.
  hiddenBehind(`${starts}iscsiadm\\b${line}\\.auth\\.password(?:_in)?${line}[\\s"'](?:-v|--value)${nextOrRight}`, ''),
  userAnd(samba, '-U|--user(?:name)?', '[^\\s%"\']+%'),
  // MinIO's client: both are named, the key and its secret.
  after('mc(?:\\s+-\\S+){0,9}\\s+(?:alias\\s+set|config\\s+host\\s+add)\\s+\\S+\\s+\\S+'),
  after('mc(?:\\s+-\\S+){0,9}\\s+(?:alias\\s+set|config\\s+host\\s+add)\\s+\\S+\\s+\\S+\\s+\\S+'),
  // WireGuard's keys are of one length; its programs take files else.
  hiddenBehind(`${starts}(?:private|preshared)-key${next}`, '(?=[A-Za-z0-9+/]{42}[A-Za-z0-9+/=]=)'),
  ...['s', 'a'].map(letter => option('ldappasswd', letter)),
  option('mongo\\w*', 'p'),
  option('sqlcmd|bcp|mosquitto_\\w+', 'P'),
  after(`htpasswd(?=${flags}\\s+-\\w*b)(?!${flags}\\s+-\\w*n)(?:\\s+-\\S+|\\s+\\d+)+\\s+${plain}\\s+\\S+`),
  after(`htpasswd(?=${flags}\\s+-\\w*b)(?=${flags}\\s+-\\w*n)(?:\\s+-\\S+|\\s+\\d+)+\\s+${plain}`),
  after('mosquitto_passwd\\s+-\\w*b\\w*\\s+\\S+\\s+\\S+'),
  // rclone: its file, and how it is written.
  hiddenBehind(`${word('pass2?')}[ \\t]*=[ \\t]*`, '(?!(?:\\d{1,4}|true|false)(?![\\w]))'),
  hiddenBehind(`${starts}rclone\\s+config\\s${line}\\s\\w*(?:pass2?|password|secret|key|token)(?:=|\\s+)`, ''),
  after('rclone\\s+obscure'),
  userAnd('curl|http|https', '--proxy-user|-[A-Za-z]*[uUa]', '[^\\s:"\'/=]+:(?!\\/\\/)'),
  userAnd('etcdctl', 'user\\s+add', '[^\\s:"\']+:'),
  hiddenBehind(';\\s*pwd\\s*=\\s*', '(?![/~])', 'gi'),
  hiddenBehind(`${word('_auth')}[ \\t]*=[ \\t]*`, ''),
  hiddenBehind(`${starts}authorization\\b[^\\n]{0,400}?\\b(?:response|signature|mac)=`, '', 'gi'),
  // Databases: as a language, as files of theirs, as words of their shells.
  hiddenBehind(
    `${starts}(?:identified\\s+(?:with\\s+\\S+\\s+)?(?:by|as)(?:\\s+password)?|password)` +
      `(?:\\s*\\(\\s*|\\s+)(?=\\\\*["'])`,
    '',
    'gi',
  ),
  hiddenBehind(`${starts}user\\s+\\S+\\s+(?:on|off|reset\\S*|sanitize-payload)\\s${line}>`, ''),
  hiddenBehind(`${starts}auth-pass\\s+\\S+\\s+`, ''),
  after(`db2\\s${line}\\suser\\s+\\S+\\s+using`),
  hiddenBehind(`${starts}sqlplus(?:\\s+-\\S+){0,9}\\s+`, '[^\\s/@]+\\/'),
  hiddenBehind(`${starts}jdbc:oracle:\\w+:`, '[^\\s/@]+\\/'),
  hiddenBehind(`:(?:5432|5433|6432|\\*):[\\w*-]+:[\\w.*-]+:`, ''),
  after('machine\\s+\\S+\\s+login\\s+\\S+\\s+password'),
  // Directories and mail.
  hiddenBehind(`${word('bind_?pw|root_?pw')}[ \\t]+`, '', 'gi'),
  hiddenBehind(`${starts}static:`, '[^\\s:"\']+:'),
  hiddenBehind('\\[[\\w.-]+\\]:\\d+[ \\t]+', '[^\\s:"\']+:'),
  // Networks.
  hiddenBehind(`${starts}nmcli\\s${line}\\s(?:password|\\S*\\.(?:psk|password))${next}`, ''),
  after('wpa_passphrase\\s+\\S+'),
  after(`radtest${flags}\\s+\\S+`),
  after(`radtest${flags}\\s+\\S+\\s+\\S+\\s+\\S+\\s+\\d+`),
  hiddenBehind(`${starts}virsh\\s+secret-set-value\\s${line}--base64(?:=|\\s+)`, ''),
  hiddenBehind(`${starts}K10[0-9a-f]{64}::`, '[\\w-]+:'),
];

/** Cheap, and true of every text that one of them could change. */
export const mayHoldPrograms = pattern(
  /community|com2sec|trap2?sink|informsink|createuser|snmp|iscsiadm|mc\s|htpasswd|rclone|curl|https?["',\s]/im,
  /|etcdctl|identified|db2\s|sqlplus|jdbc|nmcli|wpa_|radtest|virsh|K10|static:|\]:\d+[ \t]|sqlcmd|bcp|mosquitto/,
  /|:[\w*-]+:[\w.*-]+:|private-key|preshared-key|ldappasswd|mongo|pass2?[ \t]*=|pwd|_auth|authorization|password\s*\(/,
  /|password\s+\\*["']|user\s|auth-pass|machine\s|_?pw[ \t]|smb|rpcclient|net\s|pdbedit|winexe|samba-tool/,
);
