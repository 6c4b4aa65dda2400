/** Nothing secret enters a chart: what a host's script should have left out is taken out here once more. */

const gone = 'REDACTED';

const rules: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, gone],
  // The same, base64 once more, as kubeconfigs hold it ("-----BEGIN" of EC, RSA and plain keys).
  [/\bLS0tLS1CRUdJTiB(?:FQyBQUklWQVRF|SU0EgUFJJVkFURS|QUklWQVRF|FTkNSWVBURUQg)[A-Za-z0-9+/=\s]{20,}/g, gone],
  [/((?:client-key-data|id-token|refresh-token|access-token|client-secret|password|passwd|auth_pass|aws_secret_access_key)["']?\s*[:=]\s*["']?)[^\s"',}\\]+/gi, `$1${gone}`],
  // `secret: <base64>` of an encryption configuration; a digest of it stays comparable.
  [/(\bsecret["']?\s*:\s*["']?)(?!sha256:)[A-Za-z0-9+/]{20,}={0,2}/g, `$1${gone}`],
  [/((?<!initial-cluster-)\btoken["']?\s*[:=]\s*["']?)(?!REDACTED)[^\s"',}\\]{6,}/gi, `$1${gone}`],
  [/(--(?!initial-cluster-token)[a-z-]*(?:password|token|secret)[= ])(?!\/)\S+/g, `$1${gone}`],
  [/(authorization["']?\s*[:=]\s*\[?["']?\s*(?:bearer|basic)\s+)[^\s"'\]]+/gi, `$1${gone}`],
  [/(\bbearer\s+)[A-Za-z0-9._~+/-]{12,}=*/gi, `$1${gone}`],
  // JSON web tokens; bootstrap tokens keep their public half.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, gone],
  [/\b([a-z0-9]{6})\.[a-z0-9]{16}\b/g, `$1.${gone}`],
  [/(\w+:\/\/[^\s:/@]+:)[^\s@/]+(@)/g, `$1${gone}$2`],
];

export const redact = (text: string): string => rules.reduce((now, [pattern, put]) => now.replace(pattern, put), text);

/** Every string in a tree; the tree itself where nothing changed would be no saving worth its code. */
export const redactTree = <T>(value: T): T => {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map(redactTree) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, secretName.test(key) && typeof each === 'string' && !/^(sha256:|\/|pki\/|encryption\/|$)/.test(each) ? gone : redactTree(each)])) as T;
};

const secretName = /^(token|token-secret|password|client-key-data|secret|auth|identitytoken)$/i;
