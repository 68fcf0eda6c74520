import manifest from '../../package.json' with { type: 'json' };

export const { version: ferryVersion } = manifest;
