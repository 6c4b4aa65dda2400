/**
 * Which paths a host is asked for, by the very patterns that its script has: "is not there" is said of nothing else.
 */
import { places as certificates } from '../../facts/chart/certificates.js';
import { places as keys } from '../../facts/chart/keys.js';

/** A path with other letters is cut where the script finds it. */
const plain = /^[A-Za-z0-9_./-]+$/;

/** `pattern` as `case` of sh has it: words parted by `|`, and before `) ;; ` those that are left out. */
export const looksFor = (pattern: string): ((path: string) => boolean) => {
  const [first = '', second] = pattern.split(') ;; ');
  const out = second === undefined ? undefined : words(first);
  const wanted = words(second ?? first);
  return path => plain.test(path) && out?.test(path) !== true && wanted.test(path);
};

/** In `case` a `*` crosses slashes. */
const words = (pattern: string): RegExp =>
  new RegExp(
    `^(?:${pattern
      .split('|')
      .map(word =>
        word
          .trim()
          .replace(/[.+?^${}()\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('[!', '[^'),
      )
      .join('|')})$`,
  );

export const looksForCertificate = looksFor(certificates.wanted);
export const looksForKey = looksFor(keys.wanted);
