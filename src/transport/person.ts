/** Who runs kw on this machine, and so whose files are not a stranger's. */

/** `sudo`: whom sudo made root, and whose folders are therefore theirs too. */
export interface Person {
  readonly uid: number;
  readonly sudo?: number;
}

let before: number | undefined;

/** @param uid SUDO_UID, as the face of the program found it in its environment. */
export const cameBySudo = (uid: string | undefined): void => {
  before = /^\d{1,10}$/.test(uid ?? '') ? Number(uid) : undefined;
};

/** Only root is told by sudo who it was before: whoever else has the variable says it of themselves. */
export const whoRuns = (): Person => {
  const uid = process.geteuid?.() ?? 0;
  return uid === 0 && before !== undefined ? { uid, sudo: before } : { uid };
};

export const isOurs = (uid: number, { uid: own, sudo }: Person): boolean => uid === 0 || uid === own || uid === sudo;
