/** The first read waits at most this long for the first picture (INTERFACES "Resources"). */
export const firstPictureMs = 5_000;
