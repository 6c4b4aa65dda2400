/** Which Kubewizard this is: another version, or another build of it, may ask for other things by the same file. */
import manifest from '../../package.json' with { type: 'json' };

/** A digest of the sources, written in by build.mjs; absent where they run as they lie there. */
declare const KW_BUILD: string | undefined;

export const kwVersion: string = manifest.version;

/** `0.1.0+3f2a90c1d2e4`. */
export const kwBuild: string = typeof KW_BUILD === 'string' ? `${kwVersion}+${KW_BUILD}` : kwVersion;
