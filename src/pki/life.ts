/** When a leaf is renewed, and when it should have been: one definition for timer, plan and doctor. */
export interface Life {
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
}

/** The timer of a control plane renews when this part of a life is over. */
export const renewedAt = { parts: 2, of: 3 };

/** A certificate is valid from so long before it was signed: clocks differ. */
export const backdatedMs = 5 * 60_000;

/** Truncated to seconds, as certificates are. */
export const signedBefore = ({ notBefore }: Pick<Life, 'notBefore'>, since: Date): boolean =>
  Date.parse(notBefore) + backdatedMs < Math.floor(since.getTime() / 1000) * 1000;

const dayMs = 86_400_000;
/** Of a life of many years a fifth is years: nobody needs to know then. */
const mostDays = 90;

/** Four fifths of its life are over, and 90 days at most are left: the timer has been due for long by then. */
export const isNearItsEnd = ({ notBefore, notAfter }: Life, now: Date): boolean => {
  const [from, until] = [Date.parse(notBefore), Date.parse(notAfter)];
  return until - now.getTime() < Math.min((until - from) / 5, mostDays * dayMs);
};

/** One that ends with its CA is as long as it can be: signed again it would end on the same day. */
export const isRenewable = (notAfter: string, authorityEnds: string): boolean =>
  Date.parse(notAfter) < Date.parse(authorityEnds);
