/** What a control plane trusts of each CA, and what marks of a rotation lie there: public certificates alone. */
import type { AuthorityMarks } from '../../model/rotated-authorities.js';
import { authorityFiles, type AuthorityFile, authorityKeys } from '../../model/rotated-authorities.js';
import { scripts, sh, type Script } from '../../shell/sh.js';

const limit = 32_768;

/** Whoever has the key of a CA is asked about it: control planes. No line of a key leaves the host. */
export const authoritiesScript: Script = scripts(
  [
    sh`kw_authority() { [ ! -s "$2" ] || { printf '%s=' "$1"; sed -n '/-BEGIN CERT/,/-END CERT/p' "$2" | \
head -c ${limit} | base64 | tr -d '\\n'; echo; }; }`,
    ...authorityKeys.map(name => {
      const { trust, signer, next, key } = authorityFiles(name);
      return sh`[ ! -s ${key} ] || { kw_authority ${`trust-${name}`} ${trust}; \
kw_authority ${`signer-${name}`} ${signer}; kw_authority ${`next-${name}`} ${next}; }`;
    }),
  ],
  '\n',
);

/** undefined: it has the key of no CA. @param seen Lines of `name=value`. */
export const readAuthorities = (seen: ReadonlyMap<string, string>): AuthorityMarks | undefined => {
  const found = authorityKeys.flatMap(name => {
    const of = (file: AuthorityFile): string | undefined => pemIn(seen.get(`${file}-${name}`));
    const trust = of('trust');
    const [signer, next] = [of('signer'), of('next')];
    return trust === undefined
      ? []
      : [[name, { trust, ...(signer !== undefined && { signer }), ...(next !== undefined && { next }) }] as const];
  });
  return found.length > 0 ? Object.fromEntries(found) : undefined;
};

const pemIn = (base64: string | undefined): string | undefined =>
  base64 === undefined || !/^[A-Za-z0-9+/=]+$/.test(base64) ? undefined : Buffer.from(base64, 'base64').toString();
