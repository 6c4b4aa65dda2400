/** Which Kubewizard this is: another version may ask for other things by the same file. */
import manifest from '../../package.json' with { type: 'json' };

export const kwVersion: string = manifest.version;
