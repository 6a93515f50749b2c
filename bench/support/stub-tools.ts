/** Tools of the plain server. The reference stays "the SDK v2 with 31 stub tools", so that runs of different builds compare. */
export const stubTools = 31;
