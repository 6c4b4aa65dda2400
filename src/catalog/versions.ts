/** Kubernetes version numbers: `1.29.3`, without a leading v. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Undefined when the text is not an exact version. */
export const parseVersion = (text: string): Version | undefined => {
  const match = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,6})$/.exec(text);
  return match ? { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) } : undefined;
};

/** Negative when `a` is older than `b`; throws on what is not a version. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [exact(a), exact(b)];
  return left.major - right.major || left.minor - right.minor || left.patch - right.patch;
};

/** `1.29.3` → 29; throws on what is not a version. */
export const minorOf = (version: string): number => exact(version).minor;

/** `1.29` → 29. */
export const minorNumber = (minor: string): number => {
  const match = /^1\.(\d+)$/.exec(minor);
  if (!match) throw new Error(`no minor of Kubernetes: ${minor}`);
  return Number(match[1]);
};

const exact = (text: string): Version => {
  const version = parseVersion(text);
  if (!version) throw new Error(`no exact version: ${text}`);
  return version;
};
